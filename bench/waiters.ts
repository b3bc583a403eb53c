/** Launchers that wait for a program of theirs: which processes they are, and how large. */

const SLEEP = "sleep";
const LONGEST_MS = 10_000;

/** Memory of processes, in KiB. @see proc_pid_smaps(5) */
export interface Memory {
  readonly processes: number;
  readonly rss: number;
  /** Pages that several processes share count in part. */
  readonly pss: number;
}

const readProc = (pid: number, file: string): string =>
  Deno.readTextFileSync(`/proc/${pid}/${file}`);

function parentOf(pid: number): number {
  // pid (comm) state ppid: only comm can have blanks and parentheses.
  return Number(readProc(pid, "stat").match(/.*\) \S (\d+)/s)?.[1]);
}

/** A launch has ended. */
class Gone extends Error {}

/** The children of all its threads. */
function childrenOf(pid: number): number[] {
  const threads = Array.from(Deno.readDirSync(`/proc/${pid}/task`), ({ name }) => name);
  const lists = threads.map((thread) => readProc(pid, `task/${thread}/children`));
  return lists.flatMap((list) => list.split(" ").filter(Boolean).map(Number));
}

/** The process that sleeps: this one, or the one among its descendants; undefined if it is not there yet. */
function sleeperOf(pid: number): number | undefined {
  const found = [pid];
  for (const one of found) {
    try {
      if (readProc(one, "comm").trim() === SLEEP) return one;
      found.push(...childrenOf(one));
    } catch (error) {
      if (one === pid) throw new Gone("ends before its program runs", { cause: error });
      // One that only helped to start it has ended.
    }
  }
  return undefined;
}

/** Whether a process waits for something. @see proc_pid_stat(5) */
const isAsleep = (pid: number): boolean => / S /.test(readProc(pid, "stat").replace(/^.*\)/, ""));

/**
 * The processes between this one and the sleep that a launch comes to run, when it does and they wait for it:
 * what they need no more they may give back only then.
 *
 * @param pid The process that was started, or sleep's own.
 * @throws {Error} if it never does.
 */
export async function waiting(pid: number): Promise<number[]> {
  const end = performance.now() + LONGEST_MS;
  let sleeper: number | undefined;
  while ((sleeper = sleeperOf(pid)) === undefined) {
    if (performance.now() > end) throw new Error(`does not come to run ${SLEEP}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const waiters: number[] = [];
  for (let one = parentOf(sleeper); one !== Deno.pid; one = parentOf(one)) {
    if (!(one > 1)) throw new Error(`Process ${sleeper} has lost its launcher`);
    waiters.push(one);
  }
  while (!waiters.every(isAsleep)) {
    if (performance.now() > end) throw new Error("comes to no rest while its program runs");
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return waiters;
}

/** The memory of processes, together. */
export function memoryOf(pids: readonly number[]): Memory {
  const sum = { processes: pids.length, rss: 0, pss: 0 };
  for (const pid of pids) {
    const text = readProc(pid, "smaps_rollup");
    const field = (name: string): number => {
      const found = text.match(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m"));
      if (!found) throw new Error(`Cannot find ${name} in /proc/${pid}/smaps_rollup`);
      return Number(found[1]);
    };
    sum.rss += field("Rss");
    sum.pss += field("Pss");
  }
  return sum;
}

/** Ends the sleeper of a launch, and so its launcher; that at once, if it has come to none. */
export function end(pid: number): void {
  try {
    Deno.kill(sleeperOf(pid) ?? pid, "SIGKILL");
  } catch (error) {
    // It has ended by itself.
    if (!(error instanceof Gone || error instanceof Deno.errors.NotFound)) throw error;
  }
}
