/** nsids: the numbers that a network namespace has for others. @see rtnetlink(7), linux/net_namespace.h */
import {
  AF_NETLINK,
  NETLINK_ROUTE,
  NETNSA_FD,
  NETNSA_NSID,
  NLM_F_REQUEST,
  NLMSG_ERROR,
  RTM_GETNSID,
  SOCK_CLOEXEC,
  SOCK_RAW,
} from "./abi/socket.ts";
import { close } from "./fast_calls.ts";
import { memory, syscall } from "./syscall.ts";

/** struct nlmsghdr (len 0, type 4, flags 6, seq 8, pid 12), then struct rtgenmsg (family, padding), then attributes. */
const ATTRIBUTES = 16 + 4;
const ATTRIBUTE_HEADER = 4;

/** Asks for nsids through a netlink socket. */
export class NetnsIds implements Disposable {
  readonly #socket: number;

  /** @param socket A NETLINK_ROUTE socket, which dispose closes: nsids are those of its network namespace. Default: the caller's. */
  constructor(
    socket: number = syscall("socket", AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE),
  ) {
    this.#socket = socket;
  }

  /**
   * The nsid of the network namespace that `fd` refers to: -1 if it has none, undefined if the kernel
   * does not tell.
   */
  of(fd: number): number | undefined {
    if (this.#socket < 0) return undefined;
    const request = memory(ATTRIBUTES + ATTRIBUTE_HEADER + 4);
    const view = new DataView(request.buffer);
    view.setUint32(0, request.length, true);
    view.setUint16(4, RTM_GETNSID, true);
    view.setUint16(6, NLM_F_REQUEST, true);
    view.setUint16(ATTRIBUTES, ATTRIBUTE_HEADER + 4, true);
    view.setUint16(ATTRIBUTES + 2, NETNSA_FD, true);
    view.setInt32(ATTRIBUTES + ATTRIBUTE_HEADER, fd, true);
    if (syscall("sendto", this.#socket, request, request.length, 0, null, 0) < 0) return undefined;
    const answer = memory(4096);
    const length = syscall("recvfrom", this.#socket, answer, answer.length, 0, null, null);
    return length < 0 ? undefined : nsidIn(answer.subarray(0, length));
  }

  [Symbol.dispose](): void {
    if (this.#socket >= 0) close(this.#socket);
  }
}

/** The nsid in an answer to RTM_GETNSID. */
function nsidIn(answer: Uint8Array): number | undefined {
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength);
  if (answer.length < ATTRIBUTES || view.getUint16(4, true) === NLMSG_ERROR) return undefined;
  for (let at = ATTRIBUTES; at + ATTRIBUTE_HEADER + 4 <= answer.length;) {
    const length = view.getUint16(at, true);
    if (view.getUint16(at + 2, true) === NETNSA_NSID) {
      return view.getInt32(at + ATTRIBUTE_HEADER, true);
    }
    if (length < ATTRIBUTE_HEADER) return undefined;
    at += (length + 3) & ~3;
  }
  return undefined;
}
