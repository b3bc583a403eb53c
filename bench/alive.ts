/** Many launches that are alive at once: how long until all of them run, and what their launchers hold. */
import { aims, type Bench, type Findings, leftOut } from "./bench.ts";
import { type Absent, type Contender, measureEach, QUIET } from "./contender.ts";
import { type Argv, bwrap, frozenLoad, library, unshare } from "./launchers.ts";
import { FIVE_WITH_PROC } from "./load.ts";
import { table } from "./markdown.ts";
import { end, type Memory, memoryOf, waiting } from "./waiters.ts";

/** Should they ever be left behind, they end by themselves. */
const SLEEP: Argv = ["/bin/sleep", "120"];

interface Crowd extends Memory {
  /** Until the last of them ran, in milliseconds. */
  readonly took: number;
}

async function measure({ command }: Contender, count: number): Promise<Crowd> {
  const launch = command(QUIET);
  const children: ReturnType<typeof launch.spawn>[] = [];
  const waiters: number[] = [];
  try {
    const start = performance.now();
    for (let i = 0; i < count; i++) children.push(launch.spawn());
    for (const { pid } of children) waiters.push(...await waiting(pid));
    const took = performance.now() - start;
    return { took, ...memoryOf(waiters) };
  } finally {
    for (const { pid } of children) end(pid);
    await Promise.all(children.map(({ status }) => status));
  }
}

/** Measures so many launchers of each. */
export async function benchAlive({ effort, folder }: Bench): Promise<Findings> {
  const load = FIVE_WITH_PROC;
  const count = effort.alive;
  const absent: Absent[] = [];
  const found = await measureEach(
    [
      frozenLoad(`${folder()}/frozen`, load, SLEEP),
      library(load, SLEEP),
      unshare(load, SLEEP),
      bwrap(load, SLEEP),
    ],
    absent,
    (contender) => measure(contender, count),
  );
  const mib = (kib: number): number => kib / 1024;
  const rows = [...found].map(([label, { took, processes, rss, pss }]) => [
    label,
    (took / 1000).toFixed(2),
    (took / count).toFixed(2),
    `${processes}`,
    mib(rss).toFixed(1),
    mib(pss).toFixed(1),
  ]);
  return {
    section: {
      title: `Alive: ${count} launches at once`,
      blocks: [
        `Started one by one, with ${load.name}; the time is until the last of their programs runs, the memory\n` +
        "that of all launchers, without the programs.",
        table([["", "s", "ms each", "processes", "Rss MiB", "Pss MiB"], ...rows]),
        ...leftOut(absent),
      ],
    },
    aims: aims(["frozen file", "Command"].map((label) => ({
      what: `${label}, memory of ${count} launchers`,
      figure: found.has(label) ? mib(found.get(label)!.pss) : undefined,
      atMost: 64,
      unit: "MiB",
    }))),
  };
}
