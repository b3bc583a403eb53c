/** The few words by which a process is told of. */
import { commandLine } from "./cmdline.ts";
import { argumentsOf } from "./process.ts";
import { ifReadable } from "./proc.ts";
import type { Status } from "./status.ts";

/** A process in few words. It may have ended since. */
export interface ProcessSummary {
  /** As the caller's /proc numbers it. */
  readonly pid: number;
  /** Its parent when it was read; 0 where that is in a PID namespace that this /proc does not show. */
  readonly ppid: number;
  /** The PID at every level, the caller's first, the innermost last. */
  readonly pids: readonly number[];
  /** The name of the program, at most 15 bytes; any character may be in it. */
  readonly name: string;
  /** The arguments with spaces between, up to 128 KiB; empty of a kernel thread and a zombie. */
  readonly command: string;
  /** Effective user id, as the caller's user namespace numbers it. */
  readonly uid: number;
}

/** What its status says, and its command line. @param thread One that lives; undefined where the command is not asked for. */
export function summaryOf(
  pid: number,
  { ppid, nspid, name, uid }: Status,
  thread: number | undefined,
): ProcessSummary {
  const command = thread === undefined
    ? ""
    : ifReadable(() => commandLine(argumentsOf(thread))) ?? "";
  return { pid, ppid, pids: nspid, name, command, uid: uid[1] };
}
