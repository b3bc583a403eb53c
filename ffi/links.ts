/** Lists the network interfaces of a network namespace, through a socket of it. */
import {
  IFLA_IFNAME,
  IFLA_INFO_KIND,
  IFLA_LINK,
  IFLA_LINK_NETNSID,
  IFLA_LINKINFO,
  IFLA_MASTER,
  NLM_F_DUMP,
  NLMSG_DONE,
  RTM_GETLINK,
  RTM_NEWLINK,
} from "./abi/rtnetlink.ts";
import { NLM_F_REQUEST, NLMSG_ERROR } from "./abi/socket.ts";
import { aligned, attributesIn, numberIn, stringIn } from "./attributes.ts";
import { memory, syscall } from "./syscall.ts";

/** A network interface. */
export interface Link {
  readonly index: number;
  /** At most 15 bytes; anything but a slash, a colon or white space may be in it. */
  readonly name: string;
  /** "veth", "bridge" …; missing of hardware and lo. */
  readonly kind?: string;
  /** The index of the interface that it is linked to: of a veth, the peer. */
  readonly peer?: number;
  /** The nsid of the peer's network namespace; missing if that is the same one. */
  readonly peerNetnsid?: number;
  /** The index of the bridge, bond or the like that it is a part of. */
  readonly master?: number;
}

/** struct nlmsghdr (len 0, type 4, flags 6, seq 8, pid 12), then struct ifinfomsg (index 20), then attributes. */
const HEADER = 16;
const INDEX = 20;
const ATTRIBUTES = 32;

/** The largest part of a dump, in bytes. */
const PIECE_BYTES = 65536;

/** All interfaces of the network namespace that the NETLINK_ROUTE socket is of; undefined if the kernel does not tell. */
export function linksOf(socket: number): Link[] | undefined {
  const request = memory(ATTRIBUTES);
  const view = new DataView(request.buffer);
  view.setUint32(0, request.length, true);
  view.setUint16(4, RTM_GETLINK, true);
  view.setUint16(6, NLM_F_REQUEST | NLM_F_DUMP, true);
  if (syscall("sendto", socket, request, request.length, 0, null, 0) < 0) return undefined;
  const links: Link[] = [];
  const piece = memory(PIECE_BYTES);
  while (true) {
    const length = syscall("recvfrom", socket, piece, piece.length, 0, null, null);
    if (length <= 0) return undefined;
    const { found, end } = parseLinks(piece.subarray(0, length));
    links.push(...found);
    if (end === "error") return undefined;
    if (end === "done") return links;
  }
}

/** Decodes a part of an answer to RTM_GETLINK: interfaces, and whether it is the last part. */
export function parseLinks(bytes: Uint8Array): { found: Link[]; end?: "done" | "error" } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found: Link[] = [];
  for (let at = 0; at + HEADER <= bytes.length;) {
    const length = view.getUint32(at, true);
    const type = view.getUint16(at + 4, true);
    if (type === NLMSG_DONE) return { found, end: "done" };
    if (type === NLMSG_ERROR || length < HEADER || at + length > bytes.length) {
      return { found, end: "error" };
    }
    if (type === RTM_NEWLINK && length >= ATTRIBUTES) {
      const index = view.getInt32(at + INDEX, true);
      found.push(linkIn(index, bytes.subarray(at + ATTRIBUTES, at + length)));
    }
    at += aligned(length);
  }
  return { found };
}

function linkIn(index: number, bytes: Uint8Array): Link {
  const attributes = attributesIn(bytes);
  const info = attributes.get(IFLA_LINKINFO);
  const kind = info && stringIn(attributesIn(info).get(IFLA_INFO_KIND));
  const peer = numberIn(attributes.get(IFLA_LINK));
  const master = numberIn(attributes.get(IFLA_MASTER));
  const peerNetnsid = numberIn(attributes.get(IFLA_LINK_NETNSID));
  return {
    index,
    name: stringIn(attributes.get(IFLA_IFNAME)),
    ...(kind ? { kind } : {}),
    ...(peer ? { peer } : {}),
    ...(peerNetnsid === undefined ? {} : { peerNetnsid }),
    ...(master ? { master } : {}),
  };
}
