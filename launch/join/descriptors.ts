/**
 * Joining namespaces by descriptors that the launch is started with. Nothing else changes by that: no ids,
 * no directories. New namespaces are then made below or in them. @see setns(2)
 */
import { PR_SET_DUMPABLE, SUID_DUMP_DISABLE, SUID_DUMP_USER } from "../../ffi/abi/prctl.ts";
import { EBADF, EINVAL, EPERM } from "../../ffi/abi/errno.ts";
import { NAMESPACE_FLAGS, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { all, any, not, type When } from "../../engine/condition.ts";
import { type Failure, type Hint, words } from "../../engine/failure.ts";
import { filtered } from "../causes.ts";
import { type Context, failed } from "../context.ts";
import type { FoundMap, Ids } from "../ids/caller.ts";
import type { Parameter } from "../parameter.ts";
import type { Asked } from "../request.ts";
import { JOIN_ORDER } from "./order.ts";

type Descriptor = number | Parameter;

const descriptorOf = ({ spec: { join } }: Asked, type: NamespaceType): Descriptor | undefined =>
  join?.descriptors?.[type];

/** Whether a namespace of a descriptor is joined. */
const joinsDescriptor = (asked: Asked, type: NamespaceType): When =>
  asked.request.isGiven(descriptorOf(asked, type));

/** Whether a new PID namespace is made below one that is joined: that takes a process in between. */
export const nestsPid = (asked: Asked): When =>
  all(joinsDescriptor(asked, "pid"), asked.request.includes(asked.spec.namespaces, "pid"));

/** Whether a new user namespace is made below one that is joined. */
const makesUserBelow = (asked: Asked): When =>
  all(joinsDescriptor(asked, "user"), asked.request.includes(asked.spec.namespaces, "user"));

/** Whether others are in the user namespace of the launch, who may have all rights there. */
export const isAmongOthers = (asked: Asked): When =>
  all(joinsDescriptor(asked, "user"), not(makesUserBelow(asked)));

/** Whether any is joined. */
export const joinsDescriptors = (asked: Asked): When =>
  any(...JOIN_ORDER.map((type) => joinsDescriptor(asked, type)));

/** Joins them. As who the caller is where that is allowed, and else as who it is in the user namespace. */
export function joinDescriptors(context: Context): void {
  const { s } = context;
  const types = JOIN_ORDER.filter((type) => joinsDescriptor(context, type) !== false);
  if (types.length === 0) return;
  const others = types.filter((type) => type !== "user");
  const isUser = joinsDescriptor(context, "user");
  const isAny = joinsDescriptors(context);
  s.if(isAny, () => {
    const late = new Map(others.map((type) => [type, s.variable(`${type} is to be joined`, 0)]));
    for (const type of others) {
      ifGiven(context, type, (fd) => {
        const failure = failureOf(context, type, fd);
        enter(context, type, fd, (error) => {
          s.if(isUser, () => late.get(type)!.set(1), { otherwise: () => error.fail(failure) });
        });
      });
    }
    ifGiven(context, "user", (fd) => {
      const args = [PR_SET_DUMPABLE, SUID_DUMP_DISABLE, 0, 0, 0];
      s.call("prctl", args, "root in there may not look into this process, which has ways out", {
        fails: "ignored",
      });
      enter(context, "user", fd, {
        EINVAL: failed(
          words`cannot join what descriptor ${context.request.number(fd)} has as user namespace`,
          hintsOf("user"),
        ),
        otherwise: failureOf(context, "user", fd),
      });
      for (const type of others) {
        s.if(late.get(type)!.isNot(0), () => {
          const fd = descriptorOf(context, type)!;
          enter(context, type, fd, failureOf(context, type, fd));
        });
      }
      s.if(makesUserBelow(context), () => makeDumpable(context));
    });
    for (const type of types) {
      ifGiven(context, type, (fd) => {
        const args = [context.request.value(fd)];
        s.call("close", args, "it is not the program's", { fails: "ignored" });
      });
    }
  });
}

/** The ids that maps of a new user namespace are made of: those in the one that is joined. */
export function idsThere(context: Context): Ids {
  const { s, ids } = context;
  const isBelow = makesUserBelow(context);
  if (isBelow === false) return ids;
  const there = (map: FoundMap | undefined, call: "geteuid" | "getegid"): FoundMap | undefined => {
    if (!map?.own) return map;
    const { inner, outer } = map.own;
    const own = s.variable("own id there", outer);
    s.if(isBelow, () => {
      s.call(call, [], "who the caller is there", { result: own, fails: "ignored" });
    });
    return { ...map, own: { ...map.own, outer: own, inner: inner === outer ? own : inner } };
  };
  const [uid, gid] = [there(ids.uid, "geteuid"), there(ids.gid, "getegid")];
  return { ...ids, ...uid ? { uid } : {}, ...gid ? { gid } : {} };
}

/** Joins another user namespace, below the first, when all is made that needs rights in that one. */
export function joinSecondUser({ s, spec: { userns2 }, request }: Context): void {
  request.ifGiven(s, userns2, (fd) => {
    s.call("setns", [request.value(fd), NAMESPACE_FLAGS.user], "join the second user namespace", {
      fails: failed(words`cannot join the user namespace of descriptor ${request.number(fd)}`, [
        filtered("setns", NAMESPACE_FLAGS.user),
        ...hintsOf("user"),
      ]),
    });
    s.call("close", [request.value(fd)], "it is not the program's", { fails: "ignored" });
  });
}

/** Lets this process write its own maps in /proc again, which a change of credentials has taken away. */
function makeDumpable({ s }: Context): void {
  s.call("prctl", [PR_SET_DUMPABLE, SUID_DUMP_USER, 0, 0, 0], "its files in /proc are its own", {
    fails: "ignored",
  });
}

function ifGiven(context: Context, type: NamespaceType, body: (fd: Descriptor) => void): void {
  context.request.ifGiven(context.s, descriptorOf(context, type), body);
}

function enter(
  { s, request }: Context,
  type: NamespaceType,
  fd: Descriptor,
  fails: Parameters<Context["s"]["call"]>[3]["fails"],
): void {
  const args = [request.value(fd), NAMESPACE_FLAGS[type]];
  s.call("setns", args, `join the ${type} namespace`, { fails });
}

const WRONG: Readonly<Partial<Record<NamespaceType, string>>> = {
  user: "it is no user namespace, or none below the caller's own",
  pid: "it is no PID namespace, or none below the caller's own",
};

const failureOf = ({ request }: Context, type: NamespaceType, fd: Descriptor): Failure =>
  failed(words`cannot join the ${type} namespace of descriptor ${request.number(fd)}`, [
    filtered("setns", NAMESPACE_FLAGS[type]),
    ...hintsOf(type),
  ]);

const hintsOf = (type: NamespaceType): readonly Hint[] => [
  {
    errno: [EBADF],
    why: "the launch has no such descriptor",
    remedy: "leave it open for the launch",
  },
  {
    errno: [EINVAL],
    why: WRONG[type] ?? `it is no ${type} namespace`,
    remedy: `open /proc/PID/ns/${type} of a process that is in it`,
  },
  {
    errno: [EPERM],
    why: "the caller has no CAP_SYS_ADMIN in the user namespace that owns it",
    remedy: "join that one, too, or run as root",
  },
];
