/** Namespaces of the calling thread. @see namespaces(7) */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../abi/fcntl.ts";
import type { NamespaceLink, NamespaceType } from "../abi/namespaces.ts";
import * as sched from "../abi/sched.ts";
import { flagsText } from "../abi/text.ts";
import type { Bytes } from "../bytes.ts";
import { stat } from "../dir.ts";
import { check, syscall } from "../syscall.ts";
import { cStringOf } from "./text.ts";

const flagNames = (flags: number): string => flagsText(sched, /^CLONE_/, flags);

/**
 * Puts the calling thread into new namespaces.
 *
 * What it does to this process: it moves one of several threads, the one that runs this
 * JavaScript, and for good. Synchronous functions are in the new namespaces from now on, and so is
 * whatever this thread starts: children, workers. What Deno does on threads that it started
 * before, as asynchronous file operations, is not. So this is for scripts that are only there to
 * become something else; in anything larger {@linkcode clone} a child. One by one:
 *
 * - `CLONE_NEWUSER` always fails with EINVAL, since Deno has several threads.
 * - `CLONE_NEWPID` leaves this process where it is. The next child is PID 1 of the new namespace;
 *   when it has ended no other can be started (ENOMEM). Until `setns("/proc/self/ns/pid")` no
 *   thread can be started either: `new Worker` fails with EINVAL, `Deno.Command.outputSync()` makes
 *   Deno panic, and so may any `await`, in which Deno starts threads for itself. {@linkcode clone}
 *   needs none: start the child, go back, and only then await.
 * - `CLONE_NEWTIME` is for children only, too. Threads do not mind.
 * - `CLONE_NEWNS` separates this thread's working directory, root and umask from those of the
 *   other threads: after `Deno.chdir()` a relative path can mean one thing to a synchronous function
 *   and another to an asynchronous one.
 *
 * @param flags CLONE_NEW* and, to stop sharing them with the other threads, CLONE_FS, CLONE_FILES,
 * CLONE_SYSVSEM.
 * @throws {SyscallError} EPERM without CAP_SYS_ADMIN in the current user namespace; EINVAL for
 * CLONE_NEWUSER and unknown flags; ENOSPC where a limit of /proc/sys/user is reached.
 * @see unshare(2)
 *
 * @example A host name that no other process sees; for root, hence not run with the tests
 * ```ts ignore
 * import { CLONE_NEWUTS, gethostname, sethostname, unshare } from "@nido/nido";
 *
 * unshare(CLONE_NEWUTS);
 * sethostname("nest");
 * console.log(gethostname()); // nest
 * ```
 *
 * @example What Deno cannot do
 * ```ts
 * import { CLONE_NEWUSER, SyscallError, unshare } from "@nido/nido";
 *
 * try {
 *   unshare(CLONE_NEWUSER);
 * } catch (error) {
 *   if (!(error instanceof SyscallError)) throw error;
 *   console.log(error.code); // EINVAL
 * }
 * ```
 */
export function unshare(flags: number): void {
  check(syscall("unshare", flags), "unshare", flagNames(flags));
}

/**
 * Puts the calling thread into a namespace that exists.
 *
 * What it does to this process: the same as {@linkcode unshare}, to one of its several threads.
 *
 * - A user namespace cannot be joined (EINVAL) nor a time namespace (EUSERS), since Deno has
 *   several threads; use a plan and {@linkcode clone}.
 * - A mount namespace only after `unshare(CLONE_FS)` or `unshare(CLONE_NEWNS)` (EINVAL before):
 *   the thread then has a root and a working directory of its own, which become the namespace's
 *   root.
 * - A PID namespace is joined by children only, and no thread can be started until
 *   `setns("/proc/self/ns/pid")`, which must come before any `await`: see {@linkcode unshare}.
 *
 * @param target A path, as "/proc/PID/ns/net" or a file it is bound to, or a descriptor: of such
 * a file, or of a process, whose namespaces named by `flags` are then joined (Linux 5.8).
 * @param flags The CLONE_NEW* that it must be; 0 for any one. Of a process: those to join.
 * @throws {SyscallError} EINVAL, EUSERS as above, or if the namespace is not of the type; EPERM
 * without CAP_SYS_ADMIN in the user namespace that owns it and in the current one; EBADF; of
 * openat(2): ENOENT, EACCES.
 * @throws {TypeError} if the path has a NUL.
 * @see setns(2)
 *
 * @example
 * ```ts
 * import { CLONE_NEWUTS, setns, SyscallError } from "@nido/nido";
 *
 * try {
 *   setns("/proc/self/ns/uts", CLONE_NEWUTS);
 * } catch (error) {
 *   if (!(error instanceof SyscallError)) throw error;
 *   console.log(error.code); // EPERM for who is not root
 * }
 * ```
 */
export function setns(target: number | Bytes, flags = 0): void {
  if (typeof target === "number") {
    check(syscall("setns", target, flags), "setns", `${target}, ${flagNames(flags)}`);
    return;
  }
  const path = cStringOf(target, "the path");
  const fd = check(
    syscall("openat", AT_FDCWD, path.memory, O_RDONLY | O_CLOEXEC, 0),
    "openat",
    `AT_FDCWD, ${path.shown}, O_RDONLY|O_CLOEXEC`,
  );
  try {
    check(syscall("setns", fd, flags), "setns", `${path.shown}, ${flagNames(flags)}`);
  } finally {
    syscall("close", fd);
  }
}

/** A namespace. Two are the same if both their `dev` and their `inode` are. */
export interface Namespace {
  /** As in /proc/PID/ns. */
  readonly type: NamespaceType;
  /** The number that `readlink /proc/PID/ns/TYPE` and lsns(8) show: an unsigned 32-bit integer. */
  readonly inode: number;
  /** Of the nsfs that its file is on, of which a machine has one: major × 2^20 + minor. */
  readonly dev: number;
}

/**
 * The namespace that a process is in. Changes nothing.
 *
 * @param pid As /proc numbers it; "self" is this process's main thread, "thread-self" the calling
 * thread.
 * @param type As in /proc/PID/ns; with "_for_children" the namespace that its next children will be in.
 * @throws {SyscallError} of statx(2): ENOENT if there is no such process, no such namespace type
 * in this kernel, or no first process yet in a namespace for children; EACCES if it is another
 * user's process.
 * @see namespaces(7), "The /proc/pid/ns/ directory"
 *
 * @example
 * ```ts
 * import { namespaceOf } from "@nido/nido";
 *
 * const { type, inode } = namespaceOf("self", "uts");
 * console.log(`${type}:[${inode}]`); // uts:[4026531838]
 * ```
 */
export function namespaceOf(pid: number | "self" | "thread-self", type: NamespaceLink): Namespace {
  const { ino, dev } = stat(`/proc/${pid}/ns/${type}`);
  return { type: type.replace("_for_children", "") as NamespaceType, inode: ino, dev };
}
