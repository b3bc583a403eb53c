/** The library's `watch()`. */
import type { WatchEvent } from "./event.ts";
import { Watcher } from "./watcher.ts";

/** How to watch. */
export interface WatchOptions {
  /** Milliseconds between two looks: 100 unless it is given. What is shorter than that may be missed. */
  readonly interval?: number;
  /** Ends the watch. */
  readonly signal?: AbortSignal;
}

const INTERVAL = 100;

/** Waits, or until the signal is aborted. */
function sleep(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener("abort", end);
  });
}

/**
 * Tells of namespaces, processes and mounts as they come and go, until the loop is left or the signal is aborted.
 *
 * It looks again and again, at little cost: `/proc/loadavg` tells whether a process has come or gone, poll(2) of a
 * mountinfo for each mount namespace (512 at most) whether a mount has; old processes are looked at in turn, whether they
 * have entered another namespace. With 2,000 processes at rest that takes some 1 % of a processor. The kernel's
 * process connector would tell of each process, but of no namespace, and only root outside of all containers.
 *
 * Changes nothing, but a mount namespace may live on for one interval after its last process. PIDs and uids are as the
 * caller's namespaces number them. Not told of are kernel threads, threads that are in other namespaces than their process,
 * what the caller may not look into, and what is there for less than an interval. The kernel gives the number of a
 * namespace that is gone to the next one: where that comes within an interval, it is told of as entered, not as new.
 *
 * @throws {SyscallError} of openat(2): ENOENT where no proc is mounted on /proc.
 * @see namespaces(7), proc_pid_mounts(5)
 *
 * @example The network namespaces of the next second, and who makes them
 * ```ts
 * import { watch } from "@nido/nido";
 *
 * for await (const event of watch({ signal: AbortSignal.timeout(1000) })) {
 *   if (event.kind !== "namespace" || event.change !== "new" || event.type !== "net") continue;
 *   console.log(`net:[${event.ns}]`, event.by?.pid, event.by?.command);
 * }
 * ```
 */
export async function* watch(
  { interval = INTERVAL, signal }: WatchOptions = {},
): AsyncGenerator<WatchEvent, void, void> {
  if (!(interval > 0)) throw new RangeError(`interval: ${interval} is no number above 0`);
  using watcher = new Watcher();
  while (!signal?.aborted) {
    yield* watcher.look(interval);
    await sleep(interval, signal);
  }
}
