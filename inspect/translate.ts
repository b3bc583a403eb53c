/** PIDs of one PID namespace in the numbers of another. @see pid_namespaces(7) */
import { AT_FDCWD } from "../ffi/abi/fcntl.ts";
import { ESRCH } from "../ffi/abi/errno.ts";
import { stat } from "../ffi/dir.ts";
import { openNamespace, parentOf, pidFrom, pidIn } from "../ffi/nsfs.ts";
import { close } from "../ffi/fast_calls.ts";
import { ifReadable, pids } from "./proc.ts";
import { pidsOf } from "./process.ts";

/** Between which PID namespaces. */
export interface Translation {
  /** The number is counted in this process's PID namespace; in the caller's if it is left out. */
  readonly from?: number;
  /** The result is to be counted in this process's PID namespace; in the caller's if it is left out. */
  readonly to?: number;
}

/**
 * Translates a PID from one PID namespace to another: the number inside to the number outside, or
 * the other way round. Asks the kernel (since Linux 6.11), or else compares the `NSpid` lines of
 * /proc, which does the same for processes that the caller's /proc shows.
 *
 * @param pid A PID or TID as the processes in the namespace of `from` number it.
 * @param between Processes as the caller numbers them, each for the PID namespace that it is in.
 * @returns undefined where there is no such process, or it is not visible in the namespace of `to`.
 * @throws {SyscallError} ENOENT: `from` or `to` has ended; EACCES: the caller may not ptrace it.
 * @see ioctl_nsfs(2), pid_namespaces(7)
 *
 * @example
 * ```ts
 * import { translatePid } from "@nido/nido";
 *
 * // What a process that says "I am 2" in the PID namespace of process 4103 is called here:
 * // translatePid(2, { from: 4103 })
 * if (translatePid(Deno.pid, { to: Deno.pid }) !== Deno.pid) throw new Error("Cannot be");
 * ```
 */
export function translatePid(pid: number, between: Translation = {}): number | undefined {
  const { from, to } = between;
  const here = from === undefined ? pid : fromNamespaceOf(from, pid);
  return here === undefined || to === undefined ? here : inNamespaceOf(to, here);
}

function withNamespaceOf<T>(process: number, use: (fd: number) => T): T {
  const fd = openNamespace(`/proc/${process}/ns/pid`, AT_FDCWD);
  try {
    return use(fd);
  } finally {
    close(fd);
  }
}

function fromNamespaceOf(process: number, pid: number): number | undefined {
  const result = withNamespaceOf(process, (fd) => pidFrom(fd, pid));
  if (result > 0) return result;
  return result === -ESRCH ? undefined : fromByProc(process, pid);
}

function inNamespaceOf(process: number, pid: number): number | undefined {
  const result = withNamespaceOf(process, (fd) => pidIn(fd, pid));
  if (result > 0) return result;
  return result === -ESRCH ? undefined : inByProc(process, pid);
}

/** The PID namespaces of a process, its own first, up to the first that the caller may see. */
function pidNamespacesOf(pid: number): number[] {
  const inodes: number[] = [];
  const open = ifReadable(() => openNamespace(`/proc/${pid}/ns/pid`, AT_FDCWD)) ?? -1;
  for (let fd = open; fd >= 0;) {
    inodes.push(stat("", fd).ino);
    const parent = parentOf(fd);
    close(fd);
    fd = parent;
  }
  return inodes;
}

/** What {@linkcode translatePid} does `to` a namespace on a kernel before Linux 6.11. */
export function inByProc(process: number, pid: number): number | undefined {
  const [namespace] = pidNamespacesOf(process);
  const inward = ifReadable(() => pidsOf(pid))?.toReversed();
  const level = namespace === undefined ? -1 : pidNamespacesOf(pid).indexOf(namespace);
  return level < 0 ? undefined : inward?.[level];
}

/** What {@linkcode translatePid} does `from` a namespace on a kernel before Linux 6.11. */
export function fromByProc(process: number, pid: number): number | undefined {
  const level = (ifReadable(() => pidsOf(process))?.length ?? 0) - 1;
  return pids().find((candidate) =>
    ifReadable(() => pidsOf(candidate))?.[level] === pid && inByProc(process, candidate) === pid
  );
}
