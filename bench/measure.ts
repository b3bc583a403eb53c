/** Measures programs side by side: how long they run, and how much memory they keep while waiting. */

/** A program with the arguments that make it do its part of the comparison. */
export interface Contender {
  readonly label: string;
  /** The program's path: a search in PATH would count as its time. */
  readonly path: string;
  readonly args: readonly string[];
}

/** What the runs of a contender took, in milliseconds. */
export interface Times {
  readonly label: string;
  readonly median: number;
  readonly least: number;
}

/** Memory of processes, in KiB. */
export interface Memory {
  readonly rss: number;
  readonly pss: number;
}

const WARM_UP = 5;

const median = (sorted: readonly number[]): number => {
  const middle = sorted.length >> 1;
  const upper = sorted[middle]!;
  return sorted.length % 2 ? upper : (sorted[middle - 1]! + upper) / 2;
};

/** Why the contender cannot do its work here, or undefined if it can. */
export function problemOf({ path, args }: Contender): string | undefined {
  const command = new Deno.Command(path, { args: [...args], stdin: "null", stdout: "null" });
  const { success, code, stderr } = command.outputSync();
  if (success) return undefined;
  return new TextDecoder().decode(stderr).trim().split("\n")[0] || `exit status ${code}`;
}

function time(command: Deno.Command, label: string): number {
  const start = performance.now();
  const { success, code } = command.outputSync();
  const took = performance.now() - start;
  // A contender that fails early would look fast.
  if (!success) throw new Error(`${label} failed while it was measured, exit status ${code}`);
  return took;
}

/**
 * Runs all contenders in each round, so that what slows the machine for a while slows all of them.
 * Rounds begin with another contender and change direction, so that none always follows the same.
 */
export function race(contenders: readonly Contender[], rounds: number): Times[] {
  const lanes = contenders.map(({ label, path, args }) => ({
    label,
    command: new Deno.Command(path, {
      args: [...args],
      stdin: "null",
      stdout: "null",
      stderr: "null",
    }),
    taken: [] as number[],
  }));
  for (let round = -WARM_UP; round < rounds; round++) {
    const first = (round + WARM_UP) % lanes.length;
    const order = [...lanes.slice(first), ...lanes.slice(0, first)];
    for (const { command, label, taken } of round % 2 ? order.reverse() : order) {
      const took = time(command, label);
      if (round >= 0) taken.push(took);
    }
  }
  return lanes.map(({ label, taken }) => {
    const sorted = taken.sort((a, b) => a - b);
    return { label, median: median(sorted), least: sorted[0]! };
  });
}

/** Does something while there are this many processes more, which sleep. */
export async function withProcesses<T>(count: number, work: () => T): Promise<T> {
  const script = `i=0; while [ $i -lt ${count} ]; do sleep 600 & pids="$pids $!"; i=$((i + 1)); done
    echo ready; read end; kill $pids`;
  const shell = new Deno.Command("/bin/sh", {
    args: ["-c", script],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  try {
    const { done } = await shell.stdout.getReader().read();
    if (done) throw new Error(`Cannot start ${count} processes`);
    return work();
  } finally {
    // Should this end before, its end of the pipe closes as well.
    await shell.stdin.close();
    await shell.status;
  }
}

const readProc = (pid: number, file: string): string =>
  Deno.readTextFileSync(`/proc/${pid}/${file}`);

function childrenOf(pid: number): number[] {
  return readProc(pid, `task/${pid}/children`).split(" ").filter(Boolean).map(Number);
}

/** The process and its descendants, from the oldest to `sleep`, or undefined if that is not there yet. */
function chainTo(pid: number, program: string): number[] | undefined {
  const chain = [pid];
  for (const one of chain) {
    if (readProc(one, "comm").trim() === program) return chain;
    chain.push(...childrenOf(one));
  }
  return undefined;
}

function memoryOf(pid: number): Memory {
  const text = readProc(pid, "smaps_rollup");
  const field = (name: string): number => {
    const found = text.match(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m"));
    if (!found) throw new Error(`Cannot find ${name} in /proc/${pid}/smaps_rollup`);
    return Number(found[1]);
  };
  return { rss: field("Rss"), pss: field("Pss") };
}

function kill(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The memory of each process that waits for `sleep`, which the contender must run. */
export async function waiting({ label, path, args }: Contender): Promise<Memory[]> {
  const child = new Deno.Command(path, {
    args: [...args],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let chain: number[] | undefined;
  try {
    for (let tries = 0; !chain && tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      chain = chainTo(child.pid, "sleep");
    }
    if (!chain) throw new Error(`${label} does not come to run sleep`);
    return chain.slice(0, -1).map(memoryOf);
  } finally {
    // The waiters end with what they wait for.
    kill(chain?.at(-1) ?? child.pid);
    await child.status;
  }
}
