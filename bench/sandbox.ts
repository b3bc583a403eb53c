/** How long sandboxes take, and each bind in them. */
import { aims, type Bench, type Findings, leftOut } from "./bench.ts";
import { able, type Absent, file } from "./contender.ts";
import type { Argv } from "./launchers.ts";
import { table } from "./markdown.ts";
import { race, type Times } from "./race.ts";
import { timesOfUser } from "./ordinary.ts";
import { manyBinds, type Sandbox } from "./sandbox_lines.ts";
import { OWN, sandboxers } from "./sandboxers.ts";
import { overhead, overheadRatio, timesTable } from "./times_table.ts";

const TRUE: Argv = ["/bin/true"];
const BASE = TRUE[0];
const COUNTS = [10, 100, 1000] as const;

/** Measures one sandbox. */
export async function benchSandbox(bench: Bench, sandbox: Sandbox): Promise<Findings> {
  const absent: Absent[] = [];
  const contenders = await able(
    [file(BASE, BASE), ...await sandboxers(bench, sandbox, TRUE)],
    absent,
  );
  const { warmUp, rounds } = bench.effort;
  const times = await race(contenders, { warmUp, counted: rounds });
  return findingsOf(sandbox.name, times, absent);
}

/** The same as an ordinary user starts them, where root measures: files, which that user may not change. */
export async function benchOrdinary(bench: Bench, sandbox: Sandbox): Promise<Findings> {
  const name = `${sandbox.name}, as an ordinary user`;
  const { times, absent } = await timesOfUser(bench, sandbox, TRUE);
  return findingsOf(name, times, absent);
}

function findingsOf(name: string, times: readonly Times[], absent: readonly Absent[]): Findings {
  return {
    section: {
      title: `Sandbox: ${name}`,
      blocks: [timesTable(times, BASE, ["bwrap"]), ...leftOut(absent)],
    },
    aims: aims(OWN.map((label) => ({
      what: `${label}, overhead ÷ bwrap's: ${name}`,
      figure: overheadRatio(times, label, { base: BASE, peer: "bwrap" }),
      atMost: 0.5,
    }))),
  };
}

/** Measures roots with more and more binds beside the same root without them. */
export async function benchBinds(bench: Bench): Promise<Findings> {
  const absent: Absent[] = [];
  const { effort } = bench;
  const labels = [...OWN, "bwrap"];
  const contenders = async (count: number, of: string) =>
    (await able(await sandboxers(bench, manyBinds(count), TRUE), absent))
      .map((one) => ({ ...one, label: `${one.label}, ${of}` }));
  const rows: string[][] = [];
  const asked: Parameters<typeof aims>[0][number][] = [];
  for (const count of COUNTS) {
    const lanes = [...await contenders(0, "none"), ...await contenders(count, "binds")];
    const counted = Math.max(1, Math.ceil(effort.rounds / (count < 1000 ? 3 : 15)));
    const times: readonly Times[] = await race(lanes, {
      warmUp: Math.min(effort.warmUp, 2),
      counted,
    });
    const each = (label: string): number | undefined => {
      const took = overhead(times, `${label}, binds`, `${label}, none`);
      return took === undefined ? undefined : took / count;
    };
    const ratio = (label: string): number | undefined => {
      const [own, peer] = [each(label), each("bwrap")];
      return own === undefined || peer === undefined ? undefined : own / peer;
    };
    for (const label of labels) {
      const took = each(label);
      if (took === undefined) continue;
      const shown = ratio(label)?.toFixed(2) ?? "";
      rows.push([`${label}, ${count} binds`, (took * 1000).toFixed(1), shown]);
    }
    asked.push(...OWN.map((label) => ({
      what: `${label}, each of ${count} binds ÷ bwrap's`,
      figure: ratio(label),
      atMost: 1,
    })));
  }
  const unable = new Map(absent.map((one) => [one.label, one]));
  return {
    section: {
      title: "Binds: what each costs in a sandbox",
      blocks: [
        "What a root with so many binds of a file takes longer than the same root without them, divided by\n" +
        "their number.",
        table([["", "µs each", "÷ bwrap's"], ...rows]),
        ...leftOut([...unable.values()]),
      ],
    },
    aims: aims(asked),
  };
}
