/**
 * A new network namespace that the waiter makes while its child mounts, and then hands over: it takes the
 * kernel as long as all others and the mounts of a root. @see unix(7), SCM_RIGHTS
 */
import { CLONE_NEWNET } from "../../ffi/abi/sched.ts";
import {
  AF_UNIX,
  MSG_CMSG_CLOEXEC,
  MSG_NOSIGNAL,
  SCM_RIGHTS,
  SIOCGSKNS,
  SOCK_CLOEXEC,
  SOCK_STREAM,
  SOL_SOCKET,
} from "../../ffi/abi/socket.ts";
import type { Outcome, Outcomes } from "../../engine/builder/calls.ts";
import { all, any, not, type When } from "../../engine/condition.ts";
import { struct } from "../../engine/struct.ts";
import type { Context } from "../context.ts";
import { refused } from "../namespaces/create.ts";
import { knownTypes } from "../namespaces/hints.ts";
import { CMSGHDR, IOVEC, MSGHDR } from "../structs.ts";
import { openSocket, setUp, setUpNetwork } from "./steps.ts";

/** What it has as long as nothing is handed over: no descriptor. */
const NONE = -1;

/** The bytes of a message of rights with one descriptor. */
const RIGHTS_BYTES = 20;

/** How a network namespace comes to the program's process. */
export interface Handover {
  /** Whether the waiter makes it. */
  readonly isMade: When;
  /** In the waiter, which has all that it opens closed behind that. What it cannot do the child does. */
  give(): void;
  /** In its child, with all that is mounted: it is in its network namespace from here on, which is set up. */
  take(): void;
}

/**
 * Prepares it, in the waiter to be. Whoever is told of the child before it may go on would find it in the
 * network of the waiter.
 *
 * @param isKept Whether new namespaces are bound to files, by the waiter, before its child may go on.
 */
export function handoverOf(context: Context, isKept: When): Handover {
  const { s, spec, request } = context;
  const told = [spec.infoFd, spec.statusFd, spec.blockFd];
  const isAsked = all(
    request.includes(spec.namespaces, "net"),
    request.isGiven(spec.newRoot),
    request.isGiven(spec.fork),
    not(any(isKept, ...told.map((fd) => request.isGiven(fd)))),
  );
  if (isAsked === false) return { isMade: false, give() {}, take: () => setUpNetwork(context) };

  const isMade = s.variable("hands over", 0);
  const ends = s.memory("ends", 8);
  const rights = struct(s, "rights", CMSGHDR);
  const message = struct(s, "message", MSGHDR);
  s.if(isAsked, () => {
    s.block(({ leave }) => {
      const args = [AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends];
      s.call("socketpair", args, "to hand the network namespace over", { fails: leave });
      const parts = struct(s, "parts", IOVEC, { base: s.memory("letter", 1), bytes: 1 });
      rights.fill({ bytes: RIGHTS_BYTES, level: SOL_SOCKET, type: SCM_RIGHTS, fd: NONE });
      message.fill({ parts: parts.at, count: 1, control: rights.at, controlBytes: CMSGHDR.bytes });
      isMade.set(1);
    });
  });
  return {
    isMade: isMade.is(1),
    give: () =>
      s.if(isMade.is(1), () => {
        s.block(({ leave }) => {
          create(context, leave);
          const socket = openSocket(context, leave);
          s.if(request.isGiven(spec.loopback), () => setUp(context, socket, leave));
          const net = s.call("ioctl", [socket, SIOCGSKNS, 0], "the network namespace", {
            result: "network",
            fails: leave,
          });
          rights.set("fd", net);
          const giver = s.variable("giver", ends.half());
          s.call("sendmsg", [giver, message.at, MSG_NOSIGNAL], "hand it over", {
            fails: "ignored",
          });
        });
      }),
    take: () =>
      s.block(({ leave: done }) => {
        s.if(isMade.is(1), () => {
          s.call("close", [s.variable("giver", ends.half())], "the waiter's", { fails: "ignored" });
          s.block(({ leave }) => {
            const taker = s.variable("taker", ends.half(4));
            s.call("recvmsg", [taker, message.at, MSG_CMSG_CLOEXEC], "what the waiter has made", {
              fails: "ignored",
            });
            s.call("close", [taker], "it is handed over", { fails: "ignored" });
            const net = s.variable("network", rights.get("fd"));
            s.call("setns", [net, CLONE_NEWNET], "join the network namespace", { fails: leave });
            s.call("close", [net], "it is joined", { fails: "ignored" });
            done();
          });
          create(context, refused(context, knownTypes(["net"])));
        });
        setUpNetwork(context);
      }),
  };
}

function create({ s }: Context, fails: Outcome | Outcomes): void {
  s.call("unshare", [CLONE_NEWNET], "new namespace: net", { fails });
}
