/** ioctls of namespace files. @see ioctl_nsfs(2) */
import { O_CLOEXEC, O_RDONLY } from "./abi/fcntl.ts";
import { NAMESPACE_FLAGS, NAMESPACE_TYPES, type NamespaceType } from "./abi/namespaces.ts";
import {
  NS_GET_NSTYPE,
  NS_GET_OWNER_UID,
  NS_GET_PARENT,
  NS_GET_PID_FROM_PIDNS,
  NS_GET_PID_IN_PIDNS,
  NS_GET_USERNS,
} from "./abi/nsfs.ts";
import { openat } from "./fast_calls.ts";
import { check, cString, memory, syscall } from "./syscall.ts";

/** A descriptor of a namespace. @throws {SyscallError} of openat(2). */
export function openNamespace(path: string, dirfd: number): number {
  return check(openat(dirfd, cString(path), O_RDONLY | O_CLOEXEC), "openat", path);
}

/** A descriptor of the user namespace that owns this namespace; -EPERM if the caller may not see it. */
export function ownerOf(fd: number): number {
  return syscall("ioctl", fd, NS_GET_USERNS);
}

/** A descriptor of the parent of a user or PID namespace; -EPERM if it has none or the caller may not see it. */
export function parentOf(fd: number): number {
  return syscall("ioctl", fd, NS_GET_PARENT);
}

/** The type of the namespace that a descriptor is of; undefined if it is of none. */
export function typeOf(fd: number): NamespaceType | undefined {
  const flag = syscall("ioctl", fd, NS_GET_NSTYPE);
  return flag < 0 ? undefined : NAMESPACE_TYPES.find((type) => NAMESPACE_FLAGS[type] === flag);
}

/** The uid that made a user namespace, as the caller sees it; undefined if the kernel does not tell. */
export function ownerUidOf(fd: number): number | undefined {
  const uid = memory(4);
  if (syscall("ioctl", fd, NS_GET_OWNER_UID, uid) < 0) return undefined;
  return new DataView(uid.buffer).getUint32(0, true);
}

/** Translates a TID of the PID namespace of `fd` to the caller's, or -errno. */
export function pidFrom(fd: number, pid: number): number {
  return syscall("ioctl", fd, NS_GET_PID_FROM_PIDNS, pid);
}

/** Translates a TID of the caller's PID namespace to that of `fd`, or -errno. */
export function pidIn(fd: number, pid: number): number {
  return syscall("ioctl", fd, NS_GET_PID_IN_PIDNS, pid);
}
