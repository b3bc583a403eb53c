/** What keeps a namespace alive. @see namespaces(7), "Namespace lifetime" */
import { ENXIO } from "../ffi/abi/errno.ts";
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../ffi/abi/fcntl.ts";
import { encode } from "../ffi/bytes.ts";
import { netNamespaceOf, pidfdGetfd, pidfdOpen } from "../ffi/pidfd.ts";
import { close, openat } from "../ffi/fast_calls.ts";
import { cString } from "../ffi/syscall.ts";
import type { NamespaceId } from "./ns_link.ts";
import type { NamespaceLink } from "../ffi/abi/namespaces.ts";

/** One thing that keeps a namespace alive. PIDs and TIDs are as the caller's /proc numbers them. */
export type Holder =
  /** A process that is in it. */
  | { readonly kind: "process"; readonly pid: number; readonly link: NamespaceLink }
  /** A thread that is in it while its process (its first thread) is not. */
  | {
    readonly kind: "thread";
    readonly pid: number;
    readonly tid: number;
    readonly link: NamespaceLink;
  }
  /** A process or thread whose next children will be in it: `pid_for_children`, `time_for_children`. */
  | {
    readonly kind: "for_children";
    readonly pid: number;
    readonly tid: number;
    readonly link: NamespaceLink;
  }
  /** An open descriptor of it. */
  | { readonly kind: "descriptor"; readonly pid: number; readonly fd: number }
  /** A socket that was made in it: of network namespaces. */
  | {
    readonly kind: "socket";
    readonly pid: number;
    readonly fd: number;
    readonly inode: number;
  }
  /** A bind mount of its file, as the processes of a mount namespace see it. */
  | {
    readonly kind: "mount";
    /** Below the root directory of that process. */
    readonly path: string;
    /** A process in that mount namespace. */
    readonly pid: number;
    /** The mount namespace, by inode number. */
    readonly mnt: number;
    /** Whether it is the caller's mount namespace. */
    readonly here: boolean;
  }
  /** A child: of user and PID namespaces. */
  | ({ readonly kind: "child" } & NamespaceId)
  /** A namespace that it owns: of user namespaces. */
  | ({ readonly kind: "owned" } & NamespaceId);

/** A path by which the namespace can be opened; undefined where there is none. */
export function holderPath(holder: Holder): string | undefined {
  switch (holder.kind) {
    case "process":
      return `/proc/${holder.pid}/ns/${holder.link}`;
    case "thread":
    case "for_children":
      return holder.tid === holder.pid
        ? `/proc/${holder.pid}/ns/${holder.link}`
        : `/proc/${holder.pid}/task/${holder.tid}/ns/${holder.link}`;
    case "descriptor":
      return `/proc/${holder.pid}/fd/${holder.fd}`;
    case "mount":
      return holder.here ? holder.path : `/proc/${holder.pid}/root${holder.path}`;
    default:
      return undefined;
  }
}

/** A descriptor of the namespace, or -errno. */
export function openHolder(holder: Holder): number {
  const path = holderPath(holder);
  if (path !== undefined) return openat(AT_FDCWD, cString(encode(path)), O_RDONLY | O_CLOEXEC);
  if (holder.kind !== "socket") return -ENXIO;
  const pidfd = pidfdOpen(holder.pid);
  if (pidfd < 0) return pidfd;
  try {
    return openBySocket(pidfd, holder.fd);
  } finally {
    close(pidfd);
  }
}

/** A descriptor of the network namespace of another process's socket, or -errno. */
export function openBySocket(pidfd: number, fd: number): number {
  const socket = pidfdGetfd(pidfd, fd);
  if (socket < 0) return socket;
  try {
    return netNamespaceOf(socket);
  } finally {
    close(socket);
  }
}
