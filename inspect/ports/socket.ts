/** Asks a socket of another process, for there is no file about sockets of a network namespace without processes. */
import { ENOTCONN } from "../../ffi/abi/errno.ts";
import {
  AF_INET,
  AF_INET6,
  IPPROTO_IPV6,
  IPPROTO_MPTCP,
  IPPROTO_TCP,
  IPPROTO_UDP,
  IPV6_V6ONLY,
  SO_ACCEPTCONN,
  SO_PROTOCOL,
  SOL_SOCKET,
} from "../../ffi/abi/socket.ts";
import { stat } from "../../ffi/dir.ts";
import { pidfdGetfd, pidfdOpen } from "../../ffi/pidfd.ts";
import { close } from "../../ffi/fast_calls.ts";
import { memory, syscall } from "../../ffi/syscall.ts";
import type { Address } from "./address.ts";
import type { Listening, Protocol } from "./proc_net.ts";

/** struct sockaddr_in6: family 0, port 2 (network order), address of IPv4 4, of IPv6 8. */
const SOCKADDR = 28;

const PROTOCOLS: Readonly<Record<number, Protocol>> = {
  [IPPROTO_TCP]: "tcp",
  [IPPROTO_MPTCP]: "tcp",
  [IPPROTO_UDP]: "udp",
};

/** Lets `ask` ask a socket; undefined where the caller may not have it. Changes nothing of it. */
function withSocket<T>(pid: number, fd: number, ask: (socket: number) => T): T | undefined {
  const pidfd = pidfdOpen(pid);
  if (pidfd < 0) return undefined;
  const socket = pidfdGetfd(pidfd, fd);
  close(pidfd);
  if (socket < 0) return undefined;
  try {
    return ask(socket);
  } finally {
    close(socket);
  }
}

/** How much room there is, where the kernel writes how much it has taken. */
function sizeOf(room: Uint8Array): Uint8Array<ArrayBuffer> {
  const size = memory(4);
  new DataView(size.buffer).setUint32(0, room.length, true);
  return size;
}

/** An option whose value is an int; undefined if the socket has none. */
function option(socket: number, level: number, name: number): number | undefined {
  const value = memory(4);
  const result = syscall("getsockopt", socket, level, name, value, sizeOf(value));
  return result < 0 ? undefined : new DataView(value.buffer).getInt32(0, true);
}

function nameOf(socket: number): { address: Address; port: number } | undefined {
  const name = memory(SOCKADDR);
  if (syscall("getsockname", socket, name, sizeOf(name)) < 0) return undefined;
  const view = new DataView(name.buffer);
  const [family, port] = [view.getUint16(0, true), view.getUint16(2)];
  if (family === AF_INET) return { address: name.slice(4, 8), port };
  return family === AF_INET6 ? { address: name.slice(8, 24), port } : undefined;
}

function hasPeer(socket: number): boolean {
  const name = memory(SOCKADDR);
  return syscall("getpeername", socket, name, sizeOf(name)) !== -ENOTCONN;
}

/** What a descriptor waits for, if it is a socket that waits; the owner is that of its inode. */
export function askSocket(pid: number, fd: number): Listening | undefined {
  return withSocket(pid, fd, (socket) => {
    const protocol = PROTOCOLS[option(socket, SOL_SOCKET, SO_PROTOCOL) ?? -1];
    const name = protocol && nameOf(socket);
    if (!name || name.port === 0) return undefined;
    const waits = protocol === "tcp"
      ? option(socket, SOL_SOCKET, SO_ACCEPTCONN) === 1
      : !hasPeer(socket);
    if (!waits) return undefined;
    const { ino: inode, uid } = stat("", socket);
    return { protocol, ...name, inode, uid };
  });
}

/** Whether a socket of IPv6 leaves out IPv4; undefined where the caller may not ask. */
export function isOnlyIpv6(pid: number, fd: number): boolean | undefined {
  const only = withSocket(pid, fd, (socket) => option(socket, IPPROTO_IPV6, IPV6_V6ONLY));
  return only === undefined ? undefined : only !== 0;
}
