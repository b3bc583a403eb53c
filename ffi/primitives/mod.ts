/**
 * The bare system calls about namespaces, with the kernel's constants: a part of nido.
 *
 * They change the thread that calls them: what that means for a process of several threads, as Deno
 * is, each one says first. All of them need `--allow-ffi`. Each is named as its page in section 2 of
 * the manual, in camelCase where that has an underscore; {@linkcode namespaceOf} only looks.
 *
 * @module
 *
 * @example The user namespace of this process
 * ```ts
 * import { namespaceOf } from "@nido/nido/primitives";
 *
 * console.log(namespaceOf("self", "user").inode); // 4026531837
 * ```
 */
import "../deno.ts";

export { type Namespace, namespaceOf, setns, unshare } from "./namespaces.ts";
export { mount, pivotRoot, umount } from "./mounts.ts";
export { getdomainname, gethostname, setdomainname, sethostname } from "./hostname.ts";
export { SyscallError } from "../errors.ts";
export type { Bytes } from "../bytes.ts";
export {
  NAMESPACE_FLAGS,
  NAMESPACE_TYPES,
  type NamespaceLink,
  type NamespaceType,
} from "../abi/namespaces.ts";
export {
  CLONE_FILES,
  CLONE_FS,
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  CLONE_SYSVSEM,
} from "../abi/sched.ts";
export {
  MNT_DETACH,
  MNT_EXPIRE,
  MNT_FORCE,
  MS_BIND,
  MS_DIRSYNC,
  MS_LAZYTIME,
  MS_MANDLOCK,
  MS_MOVE,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_PRIVATE,
  MS_RDONLY,
  MS_REC,
  MS_RELATIME,
  MS_REMOUNT,
  MS_SHARED,
  MS_SILENT,
  MS_SLAVE,
  MS_STRICTATIME,
  MS_SYNCHRONOUS,
  MS_UNBINDABLE,
  UMOUNT_NOFOLLOW,
} from "../abi/mount.ts";
