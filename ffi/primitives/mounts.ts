/** Mounts of the calling thread's mount namespace. @see mount_namespaces(7) */
import * as mountFlags from "../abi/mount.ts";
import { flagsText } from "../abi/text.ts";
import type { Bytes } from "../bytes.ts";
import { check, syscall } from "../syscall.ts";
import { cStringOf } from "./text.ts";

/**
 * Mounts a file system, or changes a mount: binds, moves, remounts, or sets its propagation.
 *
 * What it does to this process: the mount is in the calling thread's mount namespace, for all
 * processes there to see; it stays when this process has ended. Only after
 * `unshare(CLONE_NEWNS)` is it this thread's alone, see {@linkcode unshare}; and even then it
 * goes to other namespaces through a shared parent mount, unless `/` was made MS_PRIVATE or
 * MS_SLAVE, recursively, before.
 *
 * @param source A device, the directory or file to bind, or any word; null where there is nothing
 * to name.
 * @param target An existing directory, or a file for a file.
 * @param type The file system, as in /proc/filesystems; null for MS_BIND, MS_MOVE, MS_REMOUNT and
 * propagation.
 * @param flags MS_*.
 * @param data Options of the file system: "size=1m,mode=755".
 * @throws {SyscallError} EPERM without CAP_SYS_ADMIN in the user namespace that owns the mount
 * namespace; EBUSY, EINVAL, ENODEV, ENOENT, ENOTDIR and what the file system adds.
 * @throws {TypeError} if a text has a NUL.
 * @see mount(2)
 *
 * @example
 * ```ts
 * import { mount, MS_NODEV, MS_NOSUID, SyscallError } from "@nido/nido";
 *
 * try {
 *   mount("none", "/no/such/folder", "tmpfs", MS_NOSUID | MS_NODEV, "size=1m");
 * } catch (error) {
 *   if (!(error instanceof SyscallError)) throw error;
 *   console.log(error.code); // ENOENT
 * }
 * ```
 */
export function mount(
  source: Bytes | null,
  target: Bytes,
  type: Bytes | null,
  flags = 0,
  data: Bytes | null = null,
): void {
  const [from, to, what, options] = [
    cStringOf(source, "the source"),
    cStringOf(target, "the target"),
    cStringOf(type, "the type"),
    cStringOf(data, "the data"),
  ];
  const shown = [from.shown, to.shown, what.shown, flagsText(mountFlags, /^MS_/, flags)];
  check(
    syscall("mount", from.memory, to.memory, what.memory, flags, options.memory),
    "mount",
    [...shown, options.shown].join(", "),
  );
}

/**
 * Takes the topmost mount away from a path.
 *
 * What it does to this process: the mount is gone from the calling thread's mount namespace, for
 * all processes there, and for namespaces that get its events.
 *
 * @param target A path, as the calling thread sees it.
 * @param flags MNT_DETACH, MNT_FORCE, MNT_EXPIRE, UMOUNT_NOFOLLOW.
 * @throws {SyscallError} EPERM without CAP_SYS_ADMIN in the user namespace that owns the mount
 * namespace; EBUSY while it is in use (MNT_DETACH does not mind); EINVAL if the path is no mount
 * point, or a mount that came locked from a more privileged namespace; ENOENT.
 * @throws {TypeError} if the path has a NUL.
 * @see umount(2)
 *
 * @example
 * ```ts
 * import { MNT_DETACH, SyscallError, umount } from "@nido/nido";
 *
 * try {
 *   umount("/no/such/folder", MNT_DETACH);
 * } catch (error) {
 *   if (!(error instanceof SyscallError)) throw error;
 *   console.log(error.message); // Cannot umount2("/no/such/folder", MNT_DETACH): …
 * }
 * ```
 */
export function umount(target: Bytes, flags = 0): void {
  const path = cStringOf(target, "the target");
  const shown = `${path.shown}, ${flagsText(mountFlags, /^MNT_|^UMOUNT_/, flags)}`;
  check(syscall("umount2", path.memory, flags), "umount2", shown);
}

/**
 * Makes another mount the root of the calling thread's mount namespace.
 *
 * What it does to this process: `/` and the working directory of every thread and process of the
 * namespace that were the old root become the new one. Never call it in the machine's own mount
 * namespace: after `unshare(CLONE_NEWNS)` it is about the calling thread only, while Deno's other
 * threads, which do asynchronous file operations, stay where they were.
 *
 * @param newRoot A directory that is a mount point.
 * @param putOld A directory at or below `newRoot` to move the old root to; the same as `newRoot`
 * to stack both, and then `umount(".", MNT_DETACH)`.
 * @throws {SyscallError} EPERM without CAP_SYS_ADMIN in the user namespace that owns the mount
 * namespace; EINVAL if `newRoot` is no mount point, if one of the mounts involved or their
 * parents is shared, or if the current root is the initial ramfs; EBUSY if `newRoot` is on the
 * current root mount.
 * @throws {TypeError} if a path has a NUL.
 * @see pivot_root(2)
 *
 * @example
 * ```ts
 * import { pivotRoot, SyscallError } from "@nido/nido";
 *
 * try {
 *   pivotRoot("/no/such/root", "/no/such/root");
 * } catch (error) {
 *   if (!(error instanceof SyscallError)) throw error;
 *   console.log(error.code); // ENOENT, or EPERM for who is not root
 * }
 * ```
 */
export function pivotRoot(newRoot: Bytes, putOld: Bytes): void {
  const [root, old] = [cStringOf(newRoot, "newRoot"), cStringOf(putOld, "putOld")];
  const shown = `${root.shown}, ${old.shown}`;
  check(syscall("pivot_root", root.memory, old.memory), "pivot_root", shown);
}
