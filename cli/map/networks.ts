/** The interfaces of network namespaces, and which of them are pairs. */
import { type Link, linksOf } from "../../ffi/links.ts";
import { NetnsIds } from "../../ffi/netlink.ts";
import { ownerOf } from "../../ffi/nsfs.ts";
import { close } from "../../ffi/fast_calls.ts";
import { type Holder, openHolder } from "../../inspect/holder.ts";
import type { ListedNamespace } from "../../inspect/namespaces.ts";
import type { NamespaceInodes } from "../../inspect/process.ts";
import { ifReadable, readText } from "../../inspect/proc.ts";
import { effectiveUser } from "../../launch/run/facts.ts";
import { netSocketIn, ownNetSocket } from "../../launch/run/net_socket.ts";
import { type Found, pairsIn, parseNetDev } from "./links.ts";
import type { LinkEnd } from "./model.ts";

/** What is known of networks. */
export interface Networks {
  /** The names of interfaces by network namespace. */
  readonly links: ReadonlyMap<number, readonly string[]>;
  readonly pairs: readonly (readonly [LinkEnd, LinkEnd])[];
  /** What each namespace tells of its interfaces, of those that could be asked. */
  readonly found: readonly Found[];
  /** How many namespaces could not be asked which of their interfaces are pairs. */
  readonly untold: number;
}

function open({ type, processes, holders }: ListedNamespace): number {
  const inside = processes.slice(0, 2).map(({ pid }) =>
    ({ kind: "process", pid, link: type }) as const
  );
  for (const holder of [...inside, ...holders.slice(0, 8)] satisfies Holder[]) {
    const fd = openHolder(holder);
    if (fd >= 0) return fd;
  }
  return -1;
}

/** A socket in the namespace, which root or its owner may open. */
function socketIn(one: ListedNamespace, fd: number, own: NamespaceInodes): number {
  if (one.ns === own.net) return ownNetSocket();
  if (effectiveUser() === 0 || one.owner === own.user) return netSocketIn(fd);
  const user = ownerOf(fd);
  if (user < 0) return user;
  try {
    return netSocketIn(fd, user);
  } finally {
    close(user);
  }
}

/** The nsids in the namespace of a socket: only asked for if a veth of it has its peer elsewhere. */
function numbersFor(
  socket: number,
  links: readonly Link[],
  fds: ReadonlyMap<number, number>,
): Map<number, number> {
  using ids = new NetnsIds(socket);
  const numbers = new Map<number, number>();
  if (!links.some(({ kind, peerNetnsid }) => kind === "veth" && peerNetnsid !== undefined)) {
    return numbers;
  }
  for (const [ns, fd] of fds) {
    const number = ids.of(fd);
    if (number !== undefined && number >= 0) numbers.set(number, ns);
  }
  return numbers;
}

/** The names alone, from /proc/PID/net/dev of a process in it. */
function namesOnly({ processes }: ListedNamespace): readonly string[] | undefined {
  const [first] = processes;
  return first && ifReadable(() => parseNetDev(readText(`${first.pid}/net/dev`)));
}

/** Asks all network namespaces. */
export function readNetworks(
  namespaces: readonly ListedNamespace[],
  own: NamespaceInodes,
): Networks {
  const fds = new Map<number, number>();
  try {
    for (const one of namespaces) {
      const fd = open(one);
      if (fd >= 0) fds.set(one.ns, fd);
    }
    const links = new Map<number, readonly string[]>();
    const found: Found[] = [];
    for (const one of namespaces) {
      const fd = fds.get(one.ns);
      const socket = fd === undefined ? -1 : socketIn(one, fd, own);
      const told = socket < 0 ? undefined : linksOf(socket);
      if (socket >= 0) {
        const peers = numbersFor(socket, told ?? [], fds);
        if (told) found.push({ ns: one.ns, links: told, peers });
      }
      const names = told?.map(({ name }) => name) ?? namesOnly(one);
      if (names) links.set(one.ns, names);
    }
    return { links, pairs: pairsIn(found), found, untold: namespaces.length - found.length };
  } finally {
    for (const fd of fds.values()) close(fd);
  }
}
