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
import { type Context, failed } from "../context.ts";
import { LOOPBACK_HINTS } from "./hints.ts";

/** struct ifreq { char ifr_name[16]; short ifr_flags; … } */
function loopback(): Uint8Array {
  const request = new Uint8Array(40);
  request.set(encode("lo"));
  request[16] = IFF_UP;
  return request;
}

/** What comes of failures. */
interface Refused {
  readonly socket: Outcome;
  readonly ioctl: Outcome;
}

const SAID: Refused = {
  socket: failed("socket failed", LOOPBACK_HINTS),
  ioctl: failed("cannot set lo up", LOOPBACK_HINTS),
};

/** Sets the loopback interface up. The kernel gives it its addresses then. */
export function setLoopbackUp({ s }: Context, refused: Refused = SAID): void {
  const args = [AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_IP];
  const socket = s.call("socket", args, "a socket to set interfaces by", {
    result: "socket",
    fails: refused.socket,
  });
  s.call(
    "ioctl",
    [socket, SIOCSIFFLAGS, data(loopback(), '{ifr_name="lo", ifr_flags=IFF_UP}')],
    "lo is up",
    { fails: refused.ioctl },
  );
  s.call("close", [socket], "the socket is done", { fails: "ignored" });
}

/** Sets up what is asked for. */
export function setUpNetwork(context: Context): void {
  const { s, spec: { loopback }, request } = context;
  s.if(request.isGiven(loopback), () => setLoopbackUp(context));
}

/**
 * The same in a process that has time for it while another mounts: that finds it done, or waits in the kernel
 * until it is. It takes as long as ten mounts.
 */
export function setUpBeside(context: Context): void {
  const { s, spec: { loopback }, request } = context;
  s.if(request.isGiven(loopback), () => {
    s.block(({ leave }) => setLoopbackUp(context, { socket: leave, ioctl: "ignored" }));
  });
}
