/** Owners and parents of namespaces, by ioctl_nsfs(2). */
import type { NamespaceType } from "../ffi/abi/namespaces.ts";
import { stat } from "../ffi/dir.ts";
import type { NetnsIds } from "../ffi/netlink.ts";
import { ownerOf, ownerUidOf, parentOf } from "../ffi/nsfs.ts";
import { close } from "../ffi/fast_calls.ts";

/** What the kernel tells of a namespace. Fields are missing where the caller may not know. */
export interface Relations {
  /** The user namespace that owns it; the parent's of a user namespace. */
  readonly owner?: number;
  /** The parent, of user and PID namespaces. */
  readonly parent?: number;
  /** The uid that made the owning user namespace; of a user namespace, the uid that made it. */
  readonly makerUid?: number;
  /** The number that the caller's network namespace has for it, -1 if none. */
  readonly netnsid?: number;
}

/** Called with each related namespace, while its descriptor is open. */
export type Met = (type: NamespaceType, ns: number, fd: number) => void;

/** Follows a descriptor to a related namespace and closes it. */
function follow(fd: number, type: NamespaceType, met: Met): number | undefined {
  if (fd < 0) return undefined;
  try {
    const { ino } = stat("", fd);
    met(type, ino, fd);
    return ino;
  } finally {
    close(fd);
  }
}

/** Asks the kernel for what a namespace is related to. */
export function relationsOf(
  fd: number,
  type: NamespaceType,
  met: Met,
  netnsIds?: NetnsIds,
): Relations {
  let makerUid = type === "user" ? ownerUidOf(fd) : undefined;
  const owner = follow(ownerOf(fd), "user", (ownerType, ns, ownerFd) => {
    if (type !== "user") makerUid = ownerUidOf(ownerFd);
    met(ownerType, ns, ownerFd);
  });
  // The parent of a user namespace is what owns it.
  const parent = type === "user"
    ? owner
    : type === "pid"
    ? follow(parentOf(fd), "pid", met)
    : undefined;
  const netnsid = type === "net" ? netnsIds?.of(fd) : undefined;
  return {
    ...(owner === undefined ? {} : { owner }),
    ...(parent === undefined ? {} : { parent }),
    ...(makerUid === undefined ? {} : { makerUid }),
    ...(netnsid === undefined ? {} : { netnsid }),
  };
}
