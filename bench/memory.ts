/** How much memory a launcher holds while its program runs. */
import { aims, type Bench, type Findings, leftOut } from "./bench.ts";
import { type Absent, type Contender, measureEach, QUIET } from "./contender.ts";
import { type Argv, bwrap, frozenLoad, library, unshare, unshareWords } from "./launchers.ts";
import { FIVE_WITH_PROC } from "./load.ts";
import { table } from "./markdown.ts";
import { runtime } from "./runtimes.ts";
import { end, type Memory, memoryOf, waiting } from "./waiters.ts";

/** Should it ever be left behind, it ends by itself. */
const SLEEP: Argv = ["/bin/sleep", "20"];

async function measure({ command }: Contender): Promise<Memory> {
  const child = command(QUIET).spawn();
  try {
    return memoryOf(await waiting(child.pid));
  } finally {
    end(child.pid);
    await child.status;
  }
}

/** Measures one launcher of each. */
export async function benchMemory(bench: Bench): Promise<Findings> {
  const load = FIVE_WITH_PROC;
  const folder = bench.folder();
  const { compiled } = bench;
  const absent: Absent[] = [];
  const found = await measureEach(
    [
      frozenLoad(`${folder}/frozen`, load, SLEEP),
      library(load, SLEEP),
      "problem" in compiled
        ? { label: "nido unshare", problem: compiled.problem }
        : compiled.nido("unshare", ...unshareWords(load, SLEEP)),
      unshare(load, SLEEP),
      bwrap(load, SLEEP),
      runtime("crun", `${folder}/crun`, load, SLEEP),
      runtime("runc", `${folder}/runc`, load, SLEEP),
    ],
    absent,
    measure,
  );
  const peer = found.get("bwrap")?.pss;
  const ratio = (label: string): number | undefined => {
    const own = found.get(label)?.pss;
    return own === undefined || peer === undefined ? undefined : own / peer;
  };
  const rows = [...found].map(([label, { processes, rss, pss }]) => [
    label,
    `${processes}`,
    `${rss}`,
    `${pss}`,
    ratio(label)?.toFixed(2) ?? "",
  ]);
  return {
    section: {
      title: "Memory: one waiting launcher",
      blocks: [
        `Its processes together, with ${load.name}, while the program sleeps. Of pages that several processes\n` +
        "share Rss counts all, and Pss a part in each.",
        table([["", "processes", "Rss KiB", "Pss KiB", "Pss ÷ bwrap's"], ...rows]),
        ...leftOut(absent),
      ],
    },
    aims: aims([
      ...["frozen file", "Command"].map((label) => ({
        what: `${label}, memory of a waiting launcher ÷ bwrap's`,
        figure: ratio(label),
        atMost: 0.1,
      })),
      {
        what: "`nido unshare`, memory of a waiting launcher",
        figure: found.get("nido unshare")?.pss,
        atMost: 64,
        unit: "KiB",
      },
    ]),
  };
}
