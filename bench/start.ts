/** How long Deno takes to start behind the binary's front. */
import { aims, type Bench, type Findings, leftOut } from "./bench.ts";
import { able, type Absent, type Contender } from "./contender.ts";
import { race } from "./race.ts";
import { overhead, timesTable } from "./times_table.ts";

/** Measures commands that need Deno, and one that its front answers, beside an empty program. */
export async function benchStart({ effort, compiled }: Bench): Promise<Findings> {
  const absent: Absent[] = [];
  const asked: (Contender | Absent)[] = "problem" in compiled
    ? [{ label: "nido --help", problem: compiled.problem }]
    : [compiled.empty, ...["--version", "--help", "lsns"].map((word) => compiled.nido(word))];
  const contenders = await able(asked, absent);
  const rounds = { warmUp: 2, counted: Math.ceil(effort.rounds / 5) };
  const times = await race(contenders, rounds);
  return {
    section: {
      title: "Start: commands that need Deno",
      blocks: [timesTable(times, "an empty program", []), ...leftOut(absent)],
    },
    aims: aims([{
      what: "`nido --help` over an empty program",
      figure: overhead(times, "nido --help", "an empty program"),
      atMost: 4,
      unit: "ms",
    }]),
  };
}
