/** How much memory a launcher holds while its program runs. */
import { aims, type Bench, type Findings, leftOut } from "./bench.ts";
import { type Absent, type Contender, measureEach, QUIET } from "./contender.ts";
import { type Argv, bwrap, frozenLoad, library, unshare, unshareWords } from "./launchers.ts";
import { FIVE_WITH_PROC } from "./load.ts";
import { type Section, table } from "./markdown.ts";
import { runtime } from "./runtimes.ts";
import { PLAIN } from "./sandbox_lines.ts";
import { OWN, sandboxers } from "./sandboxers.ts";
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

/** What launchers hold, and how much of bwrap's that is. */
interface Held {
  readonly section: Section;
  readonly pss: (label: string) => number | undefined;
  readonly ratio: (label: string) => number | undefined;
}

/** Measures one launcher of each. @param what What they launch. */
async function hold(
  title: string,
  what: string,
  contenders: readonly (Contender | Absent)[],
): Promise<Held> {
  const absent: Absent[] = [];
  const found = await measureEach(contenders, absent, measure);
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
      title,
      blocks: [
        `Its processes together, with ${what}, while the program sleeps. Of pages that several processes\n` +
        "share Rss counts all, and Pss a part in each.",
        table([["", "processes", "Rss KiB", "Pss KiB", "Pss ÷ bwrap's"], ...rows]),
        ...leftOut(absent),
      ],
    },
    pss: (label) => found.get(label)?.pss,
    ratio,
  };
}

/** Measures launchers of namespaces. */
export async function benchMemory(bench: Bench): Promise<Findings> {
  const load = FIVE_WITH_PROC;
  const folder = bench.folder();
  const { compiled } = bench;
  const { section, pss, ratio } = await hold("Memory: one waiting launcher", load.name, [
    frozenLoad(`${folder}/frozen`, load, SLEEP),
    library(load, SLEEP),
    "problem" in compiled
      ? { label: "nido unshare", problem: compiled.problem }
      : compiled.nido("unshare", ...unshareWords(load, SLEEP)),
    unshare(load, SLEEP),
    bwrap(load, SLEEP),
    runtime("crun", `${folder}/crun`, load, SLEEP),
    runtime("runc", `${folder}/runc`, load, SLEEP),
  ]);
  return {
    section,
    aims: aims([
      ...["frozen file", "Command"].map((label) => ({
        what: `${label}, memory of a waiting launcher ÷ bwrap's`,
        figure: ratio(label),
        atMost: 0.1,
      })),
      {
        what: "`nido unshare`, memory of a waiting launcher",
        figure: pss("nido unshare"),
        atMost: 64,
        unit: "KiB",
      },
    ]),
  };
}

/** Measures what waits for a sandbox: in most a launcher, and a PID 1. */
export async function benchSandboxMemory(bench: Bench): Promise<Findings> {
  const contenders = await sandboxers(bench, PLAIN, SLEEP);
  const { section, pss } = await hold("Memory: one waiting sandbox", PLAIN.name, contenders);
  return {
    section,
    aims: aims(OWN.map((label) => ({
      what: `${label}, memory of a waiting sandbox`,
      figure: pss(label),
      atMost: 64,
      unit: "KiB",
    }))),
  };
}
