/** Which processes have which sockets open. */
import { numbers, openDirectory } from "../../ffi/dir.ts";
import { close } from "../../ffi/fast_calls.ts";
import { cString } from "../../ffi/syscall.ts";
import { parseSocketLink } from "../ns_link.ts";
import { ifReadable, nameOfPathless } from "../proc.ts";

/** A process that has a socket open. */
export interface SocketHolder {
  /** As the caller's /proc numbers it. */
  readonly pid: number;
  /** Its descriptors of the socket. */
  readonly fds: readonly number[];
}

/** The sockets of a process: its descriptors by inode number. None where the caller may not look. */
function socketsOf(pid: number): Map<number, number[]> {
  const sockets = new Map<number, number[]>();
  const folder = ifReadable(() => openDirectory(`/proc/${pid}/fd`));
  if (folder === undefined) return sockets;
  try {
    for (const fd of ifReadable(() => numbers(folder)) ?? []) {
      const inode = parseSocketLink(nameOfPathless(folder, cString(String(fd))) ?? "");
      if (inode !== undefined) sockets.set(inode, [...(sockets.get(inode) ?? []), fd]);
    }
  } finally {
    close(folder);
  }
  return sockets;
}

/** The processes that have each of these sockets open, in the order of `pids`, whatever namespaces they are in. */
export function socketHolders(
  pids: readonly number[],
  wanted: ReadonlySet<number>,
): Map<number, SocketHolder[]> {
  const holders = new Map<number, SocketHolder[]>();
  for (const pid of pids) {
    for (const [inode, fds] of socketsOf(pid)) {
      if (!wanted.has(inode)) continue;
      holders.set(inode, [...(holders.get(inode) ?? []), { pid, fds }]);
    }
  }
  return holders;
}
