/** How long it takes to enter namespaces that exist. */
import { nsenter } from "../cli/nsenter.ts";
import { Command } from "../mod.ts";
import { aims, type Bench, type Findings, leftOut } from "./bench.ts";
import { able, type Absent, type Contender, file, installed, QUIET } from "./contender.ts";
import { frozen, library, typeWords } from "./launchers.ts";
import { FIVE_WITH_PROC } from "./load.ts";
import { race } from "./race.ts";
import { overhead, ratio, timesTable } from "./times_table.ts";

const BASE = "/bin/true";

/** Measures the entry into all five namespaces of a process. */
export async function benchEnter({ effort, compiled, folder }: Bench): Promise<Findings> {
  const target = library(FIVE_WITH_PROC, ["/bin/sleep", "120"]).command(QUIET).spawn();
  try {
    const { pid } = target;
    // As an ordinary user nsenter 2.38 may neither change groups nor, by --all, enter its own cgroup.
    const types = [...typeWords(FIVE_WITH_PROC), "--preserve-credentials"];
    const words = ["--target", `${pid}`, ...types, BASE];
    const { namespaces } = FIVE_WITH_PROC;
    const join = { target: pid, namespaces, preserveCredentials: true };
    const absent: Absent[] = [];
    const nido: (Contender | Absent)[] = "problem" in compiled
      ? [{ label: "nido nsenter", problem: compiled.problem }]
      : [compiled.nido("nsenter", ...words)];
    const contenders = await able([
      file(BASE, BASE),
      frozen(`${folder()}/frozen`, nsenter, words),
      { label: "Command", command: (streams) => new Command(BASE, { join, ...streams }) },
      installed("nsenter", words),
      ...nido,
    ], absent);
    const times = await race(contenders, { warmUp: effort.warmUp, counted: effort.rounds });
    return {
      section: {
        title: "Enter: five namespaces of a process",
        blocks: [timesTable(times, BASE, ["nsenter"]), ...leftOut(absent)],
      },
      aims: aims([{
        what: "`nido nsenter` ÷ nsenter",
        figure: ratio(times, "nido nsenter", "nsenter"),
        atMost: 0.65,
      }, {
        what: "`nido nsenter` over a frozen file",
        figure: overhead(times, "nido nsenter", "frozen file"),
        atMost: 0.1,
        unit: "ms",
      }]),
    };
  } finally {
    Deno.kill(target.pid, "SIGKILL");
    await target.status;
  }
}
