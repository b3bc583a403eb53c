/** Sets up what is in a new network namespace. @see netdevice(7) */
import {
  AF_INET,
  IFF_UP,
  IPPROTO_IP,
  SIOCSIFFLAGS,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
} from "../../ffi/abi/socket.ts";
import { encode } from "../../ffi/bytes.ts";
import type { Outcome } from "../../engine/builder/calls.ts";
import { data } from "../../engine/operand.ts";
import type { Variable } from "../../engine/value.ts";
import { type Context, failed } from "../context.ts";
import { LOOPBACK_HINTS } from "./hints.ts";

/** struct ifreq { char ifr_name[16]; short ifr_flags; … } */
function loopback(): Uint8Array {
  const request = new Uint8Array(40);
  request.set(encode("lo"));
  request[16] = IFF_UP;
  return request;
}

/** Opens a socket to set interfaces by. */
export function openSocket({ s }: Context, fails: Outcome): Variable {
  const args = [AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_IP];
  return s.call("socket", args, "a socket to set interfaces by", { result: "socket", fails });
}

/** Sets the loopback interface up by a socket. The kernel gives it its addresses then. */
export function setUp({ s }: Context, socket: Variable, fails: Outcome): void {
  const up = data(loopback(), '{ifr_name="lo", ifr_flags=IFF_UP}');
  s.call("ioctl", [socket, SIOCSIFFLAGS, up], "lo is up", { fails });
}

/** Sets the loopback interface up. */
export function setLoopbackUp(context: Context): void {
  const socket = openSocket(context, failed("socket failed", LOOPBACK_HINTS));
  setUp(context, socket, failed("cannot set lo up", LOOPBACK_HINTS));
  context.s.call("close", [socket], "the socket is done", { fails: "ignored" });
}

/** Sets up what is asked for. */
export function setUpNetwork(context: Context): void {
  const { s, spec: { loopback }, request } = context;
  s.if(request.isGiven(loopback), () => setLoopbackUp(context));
}
