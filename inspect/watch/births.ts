/** Whether processes have come or gone, from one small file. @see proc_loadavg(5) */
import { ifReadable, readLine } from "../proc.ts";

/** What the file says: how many threads there are, and which PID was given last. */
export interface Births {
  readonly threads: number;
  readonly last: number;
}

/** Reads the text of /proc/loadavg: `0.20 0.18 0.12 1/80 11206`; undefined where it is another's. */
export function parseLoadavg(text: string): Births | undefined {
  const found = /^\S+ \S+ \S+ \d+\/(\d+) (\d+)\n?$/.exec(text);
  return found ? { threads: Number(found[1]), last: Number(found[2]) } : undefined;
}

/** What it says now; undefined where this /proc has no such file, as with subset=pid. */
export function readBirths(): Births | undefined {
  const text = ifReadable(() => readLine("loadavg"));
  return text === undefined ? undefined : parseLoadavg(text);
}

/**
 * Whether a number may have been given to another process meanwhile: PIDs are given in turn, and from the start
 * again after the last.
 */
export function wasGivenAgain(pid: number, before: Births, now: Births): boolean {
  return before.last <= now.last
    ? before.last < pid && pid <= now.last
    : before.last < pid || pid <= now.last;
}
