/**
 * Measures nido beside unshare, lsns, bwrap and runc: `./dev bench [--rounds N]`.
 *
 * It judges by ratios of one run, which carry over to other machines better than times do.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { binary, bwrap, empty, frozen, lsns, runc, unshare } from "./contenders.ts";
import {
  type Contender,
  type Memory,
  problemOf,
  race,
  type Times,
  waiting,
  withProcesses,
} from "./measure.ts";

const TRUE: Contender = { label: "/bin/true", path: "/bin/true", args: [] };

const PROCESSES = 2000;

/** Prints rows with their columns aligned: the first to the left, numbers to the right. */
function printTable(rows: readonly (readonly string[])[]): void {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  for (const row of rows) {
    const cells = row.map((cell, at) =>
      at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)
    );
    console.log(`  ${cells.join("  ")}`);
  }
}

function printMachine(rounds: number): void {
  const cpu = Deno.readTextFileSync("/proc/cpuinfo").match(/^model name\s*:\s*(.*)$/m)?.[1];
  const user = Deno.uid() === 0 ? "root" : `user ${Deno.uid()}`;
  console.log(`cpu     ${cpu ?? Deno.build.arch}, ${navigator.hardwareConcurrency} cores`);
  console.log(`kernel  Linux ${Deno.osRelease()}`);
  console.log(`run     ${rounds} rounds, as ${user}, started by Deno ${Deno.version.deno}`);
}

/** Those that work here; a line says why another is left out. */
function able(contenders: readonly Contender[]): Contender[] {
  return contenders.filter((contender) => {
    const problem = contender.path ? problemOf(contender) : "not there";
    if (problem) console.log(`  left out: ${contender.label}: ${problem}`);
    return !problem;
  });
}

/** A figure beside the most that it is meant to be. */
function printAim(what: string, figure: number, aim: number, unit = ""): void {
  const verdict = figure <= aim ? "met" : "missed";
  console.log(`  ${what}: ${figure.toFixed(2)}${unit}, aim at most ${aim}${unit}: ${verdict}`);
}

const ms = (time: number): string => time.toFixed(3);

/** Prints the times, and each one's difference from the contender of that label. */
function printTimes(times: readonly Times[], base: string): void {
  const plain = times.find(({ label }) => label === base)?.median ?? NaN;
  printTable([
    ["", "median ms", "least ms", `over ${base} ms`, `times ${base}`],
    ...times.map(({ label, median, least }) => [
      label,
      ms(median),
      ms(least),
      ms(median - plain),
      (median / plain).toFixed(2),
    ]),
  ]);
}

function benchImage(folder: string, rounds: number): void {
  console.log("\nImage run from a file: user, pid, mnt, uts, ipc, own /proc, /bin/true");
  const argv = [TRUE.path] as const;
  const times = race(able([TRUE, frozen(folder, argv), unshare(argv), bwrap(argv)]), rounds);
  printTimes(times, TRUE.label);
  const overhead = (label: string): number | undefined => {
    const [own, plain] = [label, TRUE.label].map((name) =>
      times.find((one) => one.label === name)?.median
    );
    return own === undefined || plain === undefined ? undefined : own - plain;
  };
  const image = overhead("nido image");
  for (const [label, aim] of [["unshare", 0.6], ["bwrap", 0.4]] as const) {
    const other = overhead(label);
    if (image === undefined || other === undefined) continue;
    printAim(`overhead over a plain exec, nido image / ${label}`, image / other, aim);
  }
}

function benchBinary(folder: string, base: Contender, rounds: number): void {
  console.log("\nCompiled program: nido unshare around /bin/true");
  const nido = [["-U"], ["-Urpf", "--mount-proc"]].map((options) => ({
    ...binary(folder, "unshare", ...options, TRUE.path),
    label: `nido unshare ${options.join(" ")}`,
  }));
  if (!nido[0]!.path) {
    return console.log("  left out: there is no dist/nido; ./dev build writes it");
  }
  const times = race(able([base, ...nido, runc(folder, TRUE.path)]), rounds);
  printTimes(times, base.label);
  for (const { label } of nido) printOver(times, label, base.label, 4);
}

/** How much longer one took than another, both being started. */
function printOver(times: readonly Times[], label: string, base: string, aim: number): void {
  const [own, plain] = [label, base].map((name) => times.find((one) => one.label === name)?.median);
  if (own !== undefined && plain !== undefined) {
    printAim(`${label} over ${base}`, own - plain, aim, " ms");
  }
}

async function benchList(folder: string, base: Contender, rounds: number): Promise<void> {
  console.log(`\nNamespaces of ${PROCESSES} processes more`);
  const nido = binary(folder, "lsns");
  const times = await withProcesses(
    PROCESSES,
    () => race(able([base, nido, lsns()].filter(({ path }) => path)), rounds),
  );
  printTimes(times, base.label);
  printOver(times, nido.label, base.label, 300);
}

async function benchMemory(folder: string): Promise<void> {
  console.log("\nMemory while waiting for sleep, all waiting processes together");
  // Should it ever be left behind, it ends by itself.
  const argv = ["/bin/sleep", "20"] as const;
  const rows: string[][] = [["", "processes", "Rss KiB", "Pss KiB"]];
  let image: number | undefined;
  const nido = binary(folder, "unshare", "-Urpfui", "--mount-proc", ...argv);
  for (const contender of [frozen(folder, argv), nido, unshare(argv), bwrap(argv)]) {
    if (!contender.path) {
      console.log(`  left out: ${contender.label}: not there`);
      continue;
    }
    let found: Memory[];
    try {
      found = await waiting(contender);
    } catch (error) {
      console.log(`  left out: ${contender.label}: ${(error as Error).message}`);
      continue;
    }
    const sum = (field: keyof Memory): number => found.reduce((all, one) => all + one[field], 0);
    if (contender.label === "nido image") image = sum("rss");
    rows.push([contender.label, `${found.length}`, `${sum("rss")}`, `${sum("pss")}`]);
  }
  printTable(rows);
  // Less than 64 KiB in pages of 4.
  if (image !== undefined) printAim("Rss of the image's waiter", image, 60, " KiB");
}

if (import.meta.main) {
  const options = parseArgs(Deno.args, {
    string: ["rounds"],
    default: { rounds: "200" },
    unknown: (arg) => {
      console.error(`bench: unknown argument "${arg}"; it takes --rounds`);
      Deno.exit(2);
    },
  });
  const rounds = Number(options.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    console.error(`bench: --rounds takes a number from 1 up, not "${options.rounds}"`);
    Deno.exit(2);
  }
  const folder = await Deno.makeTempDir({ prefix: "nido-bench-" });
  try {
    printMachine(rounds);
    benchImage(folder, rounds);
    const base = await empty(folder);
    benchBinary(folder, base, rounds);
    await benchList(folder, base, Math.ceil(rounds / 10));
    await benchMemory(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
