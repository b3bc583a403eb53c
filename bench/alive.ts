/** Many launches that are alive at once: how long until all of them run, and what their launchers hold. */
import { aims, type Bench, type Findings, leftOut } from "./bench.ts";
import { type Absent, type Contender, measureEach, QUIET } from "./contender.ts";
import { type Argv, bwrap, frozenLoad, library, unshare } from "./launchers.ts";
import { FIVE_WITH_PROC } from "./load.ts";
import { table } from "./markdown.ts";
import { PLAIN } from "./sandbox_lines.ts";
import { OWN, sandboxers } from "./sandboxers.ts";
import { end, type Memory, memoryOf, waiting } from "./waiters.ts";

/** Should they ever be left behind, they end by themselves. */
const SLEEP: Argv = ["/bin/sleep", "120"];

interface Crowd extends Memory {
  /** Until the last of them ran, in milliseconds. */
  readonly took: number;
  /** Until all have ended, from when the first was told to. */
  readonly ended: number;
}

async function measure({ command }: Contender, count: number): Promise<Crowd> {
  const launch = command(QUIET);
  const children: ReturnType<typeof launch.spawn>[] = [];
  const waiters: number[] = [];
  const endAll = async (): Promise<void> => {
    for (const { pid } of children) end(pid);
    await Promise.all(children.map(({ status }) => status));
  };
  try {
    const start = performance.now();
    for (let i = 0; i < count; i++) children.push(launch.spawn());
    for (const { pid } of children) waiters.push(...await waiting(pid));
    const took = performance.now() - start;
    const memory = memoryOf(waiters);
    const ending = performance.now();
    await endAll();
    return { took, ended: performance.now() - ending, ...memory };
  } catch (error) {
    await endAll();
    throw error;
  }
}

/** What is measured. */
interface Asked {
  readonly title: string;
  /** What is launched. */
  readonly what: string;
  readonly count: number;
  readonly contenders: readonly (Contender | Absent)[];
  /** Whose memory has an aim. */
  readonly own: readonly string[];
}

/** Measures so many launchers of each. */
async function crowds({ title, what, count, contenders, own }: Asked): Promise<Findings> {
  const absent: Absent[] = [];
  const found = await measureEach(contenders, absent, (one) => measure(one, count));
  const mib = (kib: number): number => kib / 1024;
  const rows = [...found].map(([label, { took, ended, processes, rss, pss }]) => [
    label,
    (took / 1000).toFixed(2),
    (took / count).toFixed(2),
    (ended / 1000).toFixed(2),
    `${processes}`,
    mib(rss).toFixed(1),
    mib(pss).toFixed(1),
  ]);
  return {
    section: {
      title,
      blocks: [
        `Started one by one, with ${what}; the time is until the last of their programs runs, the memory\n` +
        "that of all launchers, without the programs. The end is by a signal to each program.",
        table([["", "s", "ms each", "end s", "processes", "Rss MiB", "Pss MiB"], ...rows]),
        ...leftOut(absent),
      ],
    },
    aims: aims(own.map((label) => ({
      what: `${label}, memory of ${count}: ${what}`,
      figure: found.has(label) ? mib(found.get(label)!.pss) : undefined,
      atMost: 64,
      unit: "MiB",
    }))),
  };
}

/** Measures launches of namespaces. */
export function benchAlive({ effort: { alive: count }, folder }: Bench): Promise<Findings> {
  const load = FIVE_WITH_PROC;
  return crowds({
    title: `Alive: ${count} launches at once`,
    what: load.name,
    count,
    contenders: [
      frozenLoad(`${folder()}/frozen`, load, SLEEP),
      library(load, SLEEP),
      unshare(load, SLEEP),
      bwrap(load, SLEEP),
    ],
    own: ["frozen file", "Command"],
  });
}

/** Measures sandboxes. */
export async function benchSandboxesAlive(bench: Bench): Promise<Findings> {
  const { alive: count } = bench.effort;
  return await crowds({
    title: `Alive: ${count} sandboxes at once`,
    what: PLAIN.name,
    count,
    contenders: await sandboxers(bench, PLAIN, SLEEP),
    own: OWN,
  });
}
