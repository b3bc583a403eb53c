/** Which processes have which sockets open. */
import { numbers, openDirectory } from "../../ffi/dir.ts";
import { close } from "../../ffi/fast_calls.ts";
import { cString } from "../../ffi/syscall.ts";
import { parseSocketLink } from "../ns_link.ts";
import { ifReadable, nameOfPathless } from "../proc.ts";
import { livingThread, statusOf } from "../process.ts";
import type { ScannedProcess } from "../scan.ts";

/** A process that has a socket open. */
export interface SocketHolder {
  /** As the caller's /proc numbers it. */
  readonly pid: number;
  /** Its descriptors of the socket. */
  readonly fds: readonly number[];
}

/** The sockets of a process or thread: its descriptors by inode number. None where the caller may not look. */
function socketsOf(task: string): Map<number, number[]> {
  const sockets = new Map<number, number[]>();
  const folder = ifReadable(() => openDirectory(`/proc/${task}/fd`));
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

/** The sockets of a process, whose first thread may have ended: then it has none. */
function socketsOfProcess({ pid, threads }: ScannedProcess): Map<number, number[]> {
  const sockets = socketsOf(`${pid}`);
  if (sockets.size > 0 || threads < 2) return sockets;
  const living = ifReadable(() => livingThread(statusOf(pid)));
  return living === undefined ? sockets : socketsOf(`${pid}/task/${living}`);
}

/** Which of these processes have each of these sockets open, in their order, whatever namespaces they are in. */
export function socketHolders(
  processes: readonly ScannedProcess[],
  wanted: ReadonlySet<number>,
): Map<number, SocketHolder[]> {
  const holders = new Map<number, SocketHolder[]>();
  for (const process of processes) {
    for (const [inode, fds] of socketsOfProcess(process)) {
      if (!wanted.has(inode)) continue;
      holders.set(inode, [...(holders.get(inode) ?? []), { pid: process.pid, fds }]);
    }
  }
  return holders;
}
