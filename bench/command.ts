/**
 * Measures `Command` beside `Deno.Command("bwrap")` doing the same: `./dev bench` runs what becomes a
 * plan in place of Deno; this is for scripts that go on.
 *
 *     deno run --allow-all bench/command.ts [ROUNDS]
 *
 * @module
 */

import { Command } from "../mod.ts";

const PROGRAM = "/bin/true";
const AT_ONCE = 200;
const ALIVE = 1000;
const QUIET = { stdin: "null", stdout: "null", stderr: "null" } as const;

const BWRAP = ["user", "pid", "uts", "ipc"].map((type) => `--unshare-${type}`)
  .concat("--bind", "/", "/", "--proc", "/proc");

interface Runner {
  readonly label: string;
  run(): Promise<{ readonly success: boolean }>;
}

const command = (program: string, args: string[] = []) =>
  new Command(program, {
    ...QUIET,
    args,
    namespaces: ["user", "pid", "mnt", "uts", "ipc"],
    mapRootUser: true,
    mountProc: true,
  });

const RUNNERS: readonly Runner[] = [
  { label: "Deno.Command true", run: () => new Deno.Command(PROGRAM, QUIET).output() },
  { label: "Command", run: () => command(PROGRAM).output() },
  { label: "Command, spawn()", run: () => command(PROGRAM).spawn().status },
  {
    label: "Deno.Command bwrap",
    run: () => new Deno.Command("bwrap", { ...QUIET, args: [...BWRAP, PROGRAM] }).output(),
  },
];

async function timeOf(use: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await use();
  return performance.now() - start;
}

async function mustSucceed({ label, run }: Runner): Promise<void> {
  if (!(await run()).success) throw new Error(`Cannot measure ${label}: it fails`);
}

const median = (times: readonly number[]): number =>
  times.toSorted((a, b) => a - b)[times.length >> 1]!;

/** Each in turn, round by round, so that what disturbs one disturbs all. */
async function race(rounds: number, measure: (runner: Runner) => Promise<number>): Promise<void> {
  const times = new Map(RUNNERS.map((runner) => [runner, [] as number[]]));
  for (const runner of RUNNERS) await measure(runner);
  for (let round = 0; round < rounds; round++) {
    for (const [runner, list] of times) list.push(await measure(runner));
  }
  const peer = median([...times.values()].at(-1)!);
  for (const [{ label }, list] of times) {
    const ms = median(list);
    console.log(`  ${label.padEnd(20)} ${ms.toFixed(3)} ms   ${(ms / peer).toFixed(2)} of bwrap`);
  }
}

/** Memory that only this process has, in KiB, and its share of what it has in common with others. */
async function pssOf(pid: number): Promise<number> {
  const text = await Deno.readTextFile(`/proc/${pid}/smaps_rollup`);
  return Number(text.match(/^Pss:\s+(\d+) kB$/m)?.[1]);
}

async function benchAlive(): Promise<void> {
  const sleeper = command("sleep", ["600"]);
  const start = performance.now();
  const children = Array.from({ length: ALIVE }, () => sleeper.spawn());
  const each = (performance.now() - start) / ALIVE;
  const sizes = await Promise.all(children.map(async ({ pid }) => {
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    return await pssOf(Number(status.match(/^PPid:\s+(\d+)$/m)?.[1]));
  }));
  const sum = sizes.reduce((all, one) => all + one, 0);
  console.log(
    `  launchers hold ${(sum / 1024).toFixed(1)} MiB, the largest ${Math.max(...sizes)} KiB`,
  );
  console.log(`  ${each.toFixed(3)} ms to start each`);
  await Promise.all(children.map((child) => child[Symbol.asyncDispose]()));
}

if (import.meta.main) {
  const rounds = Number(Deno.args[0] ?? 100);
  console.log(`One after the other, ${rounds} rounds, medians:`);
  await race(rounds, (runner) => timeOf(() => mustSucceed(runner)));
  console.log(`${AT_ONCE} at once, time of each:`);
  await race(
    Math.ceil(rounds / 20),
    async (runner) =>
      await timeOf(() => Promise.all(Array.from({ length: AT_ONCE }, () => mustSucceed(runner)))) /
      AT_ONCE,
  );
  console.log(`${ALIVE} alive at once:`);
  await benchAlive();
}
