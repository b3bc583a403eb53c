/** Reads processes for a watch. */
import { NAMESPACE_LINKS, type NamespaceLink } from "../../ffi/abi/namespaces.ts";
import { close } from "../../ffi/fast_calls.ts";
import { cString } from "../../ffi/syscall.ts";
import { livingThread, type NamespaceInodes, statusOf } from "../process.ts";
import { ifReadable, inodeOfLink, openFolder, readLine } from "../proc.ts";
import { parseStat, type ProcessStat } from "../stat.ts";
import { type ProcessSummary, summaryOf } from "../process_summary.ts";

/** A process that a watch knows. */
export interface KnownProcess {
  readonly starttime: number;
  readonly session: number;
  /** When it was first seen. */
  readonly since: number;
  /** Kernel threads are not told of, and never leave the first namespaces. */
  readonly kthread: boolean;
  told: ProcessSummary;
  /** Empty where the caller may not look. */
  namespaces: NamespaceInodes;
}

const NAMES = NAMESPACE_LINKS.map((link) => [link, cString(link)] as const);

/** Whether it was started by its parent. What lost its parent has another, but is still in that one's session. */
export function isChildOf({ told, session }: KnownProcess, parent: KnownProcess): boolean {
  return !parent.kthread && (session === parent.session || session === told.pid);
}

/** The namespaces of a process; empty where the caller may not look, undefined if it has ended. */
function readNamespaces(task: string): NamespaceInodes | undefined {
  const folder = ifReadable(() => openFolder(`${task}/ns`));
  if (folder === undefined) return undefined;
  try {
    const found: Partial<Record<NamespaceLink, number>> = {};
    for (const [link, name] of NAMES) {
      const inode = inodeOfLink(folder, name);
      if (inode > 0) found[link] = inode;
    }
    return found;
  } finally {
    close(folder);
  }
}

/** As {@linkcode readNamespaces}; of another thread where the first has ended. */
export function namespacesNow(pid: number): NamespaceInodes | undefined {
  const found = readNamespaces(`${pid}`);
  if (found?.user === undefined || found.mnt !== undefined) return found;
  const status = ifReadable(() => statusOf(pid));
  const living = status && livingThread(status);
  return living === undefined ? found : readNamespaces(`${pid}/task/${living}`);
}

/** /proc/PID/stat; undefined if it has ended. */
export function statNow(pid: number): ProcessStat | undefined {
  return ifReadable(() => parseStat(readLine(`${pid}/stat`)));
}

function told(pid: number): ProcessSummary | undefined {
  return ifReadable(() => summaryOf(pid, statusOf(pid), pid));
}

/** Reads a process; undefined if it has ended meanwhile, or is hidden. */
export function readKnown(pid: number, now: number): KnownProcess | undefined {
  const stat = statNow(pid);
  if (!stat) return undefined;
  const { starttime, session, kthread, ppid, comm } = stat;
  const process = kthread ? { pid, ppid, pids: [pid], name: comm, command: "", uid: 0 } : told(pid);
  if (!process) return undefined;
  const namespaces = kthread ? {} : namespacesNow(pid) ?? {};
  return { starttime, session, since: now, kthread, told: process, namespaces };
}

/** Whether it has executed another program: then it is told of by that. One that only renames itself has not. */
export function hasExecuted(known: KnownProcess): boolean {
  const { pid, name, command } = known.told;
  const now = ifReadable(() => readLine(`${pid}/comm`))?.replace(/\n$/, "");
  if (now === undefined || now === name) return false;
  const fresh = told(pid);
  // The arguments of what ends are gone before it is.
  if (!fresh || fresh.command === "") return false;
  known.told = fresh;
  return fresh.command !== command;
}
