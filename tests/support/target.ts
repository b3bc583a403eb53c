/** Processes to enter: in namespaces that the system's unshare(1) made. */
import { AS_USER, type Running, start } from "./nido.ts";
import { until } from "./patience.ts";

/** A process in new namespaces. */
export interface Target extends AsyncDisposable {
  readonly pid: number;
  /** The process that started it, in the old ones, where it was forked; the same where it was not. */
  readonly starter: number;
}

/** How a target is made. */
export interface TargetOptions {
  readonly as?: "user";
  /** A script that it runs before it is ready. */
  readonly before?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** The children of a process, oldest first. */
export function childrenOf(pid: number): number[] {
  const text = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`);
  return (text.match(/\d+/g) ?? []).map(Number);
}

/** Starts a process by `unshare OPTIONS`, which then sleeps, and waits until it does. */
export async function startTarget(
  options: string,
  { as, before = ":", ...more }: TargetOptions = {},
): Promise<Target> {
  const words = options.split(" ").filter((word) => word);
  const script = `${before}; echo ready; exec sleep 60`;
  const job = start(
    [...(as ? AS_USER : []), "unshare", ...words, "sh", "-c", script],
    more,
  );
  await job.until("ready");
  const starter = job.child.pid;
  const [child] = childrenOf(starter);
  // A shell that has become sleep has no child; unshare --fork has one.
  const pid = await untilSleeping(child ?? starter);
  return { pid, starter, [Symbol.asyncDispose]: () => end(job, [pid, starter]) };
}

/** "ready" comes from the shell, before it becomes sleep. */
async function untilSleeping(pid: number): Promise<number> {
  const comm = (): string => Deno.readTextFileSync(`/proc/${pid}/comm`).trim();
  await until("the shell has become sleep", () => comm() === "sleep", 1);
  return pid;
}

async function end(job: Running, pids: readonly number[]): Promise<void> {
  for (const pid of new Set(pids)) {
    try {
      Deno.kill(pid, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  await job.outcome();
}
