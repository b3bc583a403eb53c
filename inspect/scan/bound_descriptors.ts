/**
 * Descriptors that were opened by a namespace's bind mount, as `ip netns` makes them. Their links
 * in /proc/PID/fd show the path of the mount, as any file's, or `/` when it is no longer mounted.
 */
import { O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { openDirectory, stat } from "../../ffi/dir.ts";
import { typeOf } from "../../ffi/nsfs.ts";
import { close, openat } from "../../ffi/fast_calls.ts";
import { cString } from "../../ffi/syscall.ts";
import type { NamespaceId } from "../ns_link.ts";
import { ifReadable, numbersIn, tryReadLink } from "../proc.ts";
import type { Held } from "./found.ts";

/**
 * Finds them.
 *
 * @param pids The processes whose descriptors are looked at.
 * @param mountPoints Mount points of namespaces, in any mount namespace; `/` for former ones.
 */
export function boundDescriptors(
  pids: readonly number[],
  mountPoints: ReadonlySet<string>,
): Held[] {
  const nsfs = stat("/proc/self/ns/mnt").dev;
  return pids.flatMap((pid) =>
    (ifReadable(() => numbersIn(`${pid}/fd`)) ?? []).flatMap((fd) => {
      const link = tryReadLink(`${pid}/fd/${fd}`);
      if (typeof link === "number" || !mountPoints.has(link)) return [];
      const id = ifReadable(() => namespaceAt(`/proc/${pid}/fd`, String(fd), nsfs));
      return id ? [{ id, holder: { kind: "descriptor", pid, fd } }] : [];
    })
  );
}

/** The namespace of a descriptor; undefined if it is none. Only files of nsfs are opened. */
function namespaceAt(folder: string, name: string, nsfs: number): NamespaceId | undefined {
  const dirfd = openDirectory(folder);
  try {
    const { dev, ino } = stat(name, dirfd);
    const fd = dev === nsfs ? openat(dirfd, cString(name), O_RDONLY | O_CLOEXEC) : -1;
    if (fd < 0) return undefined;
    try {
      const type = typeOf(fd);
      return type && { type, ns: ino };
    } finally {
      close(fd);
    }
  } finally {
    close(dirfd);
  }
}
