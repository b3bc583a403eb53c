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
import { data } from "../../engine/operand.ts";
import { type Context, failed } from "../context.ts";
import { LOOPBACK_HINTS } from "./hints.ts";

/** struct ifreq { char ifr_name[16]; short ifr_flags; … } */
function loopback(): Uint8Array {
  const request = new Uint8Array(40);
  request.set(encode("lo"));
  request[16] = IFF_UP;
  return request;
}

/** Sets the loopback interface up. The kernel gives it its addresses then. */
export function setLoopbackUp({ s }: Context): void {
  const args = [AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_IP];
  const socket = s.call("socket", args, "a socket to set interfaces by", {
    result: "socket",
    fails: failed("socket failed", LOOPBACK_HINTS),
  });
  s.call(
    "ioctl",
    [socket, SIOCSIFFLAGS, data(loopback(), '{ifr_name="lo", ifr_flags=IFF_UP}')],
    "lo is up",
    { fails: failed("cannot set lo up", LOOPBACK_HINTS) },
  );
  s.call("close", [socket], "the socket is done", { fails: "ignored" });
}

/** Sets up what is asked for. */
export function setUpNetwork(context: Context): void {
  const { s, spec: { loopback }, request } = context;
  s.if(request.isGiven(loopback), () => setLoopbackUp(context));
}
