/** Asks the kernel by which interface it would send to an address. @see rtnetlink(7), linux/rtnetlink.h */
import { RTA_DST, RTA_OIF, RTM_GETROUTE, RTM_NEWROUTE, RTN_UNICAST } from "./abi/rtnetlink.ts";
import { AF_INET, AF_INET6, NLM_F_REQUEST } from "./abi/socket.ts";
import { attributesIn, numberIn } from "./attributes.ts";
import { memory, syscall } from "./syscall.ts";

/** struct nlmsghdr (len 0, type 4, flags 6, seq 8, pid 12), then struct rtmsg (family 16, dst_len 17, type 23), then attributes. */
const FAMILY = 16;
const PREFIX = 17;
const TYPE = 23;
const ATTRIBUTES = 28;
const ATTRIBUTE_HEADER = 4;

/**
 * The index of the interface by which the network namespace of a NETLINK_ROUTE socket sends to an address.
 *
 * @param address 4 or 16 bytes, in network order.
 * @returns undefined where the address is its own, no route leads there, or the kernel does not tell.
 */
export function interfaceTo(socket: number, address: Uint8Array): number | undefined {
  const request = memory(ATTRIBUTES + ATTRIBUTE_HEADER + address.length);
  const view = new DataView(request.buffer);
  view.setUint32(0, request.length, true);
  view.setUint16(4, RTM_GETROUTE, true);
  view.setUint16(6, NLM_F_REQUEST, true);
  view.setUint8(FAMILY, address.length === 4 ? AF_INET : AF_INET6);
  view.setUint8(PREFIX, 8 * address.length);
  view.setUint16(ATTRIBUTES, ATTRIBUTE_HEADER + address.length, true);
  view.setUint16(ATTRIBUTES + 2, RTA_DST, true);
  request.set(address, ATTRIBUTES + ATTRIBUTE_HEADER);
  if (syscall("sendto", socket, request, request.length, 0, null, 0) < 0) return undefined;
  const answer = memory(4096);
  const length = syscall("recvfrom", socket, answer, answer.length, 0, null, null);
  return length < 0 ? undefined : interfaceIn(answer.subarray(0, length));
}

/** The interface in an answer to RTM_GETROUTE, where it is a route to others. */
export function interfaceIn(answer: Uint8Array): number | undefined {
  if (answer.length < ATTRIBUTES) return undefined;
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength);
  if (view.getUint16(4, true) !== RTM_NEWROUTE || view.getUint8(TYPE) !== RTN_UNICAST) {
    return undefined;
  }
  const length = Math.min(view.getUint32(0, true), answer.length);
  return numberIn(attributesIn(answer.subarray(ATTRIBUTES, length)).get(RTA_OIF));
}
