/** pidfds, and descriptors of other processes. @see pidfd_open(2), pidfd_getfd(2) */
import { SIOCGSKNS } from "./abi/socket.ts";
import { syscall } from "./syscall.ts";

/** A descriptor of a process, or -errno. Linux 5.3. */
export function pidfdOpen(pid: number): number {
  return syscall("pidfd_open", pid, 0);
}

/** A duplicate of a descriptor of that process, or -errno. Linux 5.6; needs the right to ptrace it. */
export function pidfdGetfd(pidfd: number, fd: number): number {
  return syscall("pidfd_getfd", pidfd, fd, 0);
}

/** A descriptor of the network namespace of a socket, or -errno. Needs CAP_NET_ADMIN in that namespace. */
export function netNamespaceOf(socket: number): number {
  return syscall("ioctl", socket, SIOCGSKNS);
}
