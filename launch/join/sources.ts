/** Where the namespaces to join come from: opens all of them before any is joined. */
import { NAMESPACE_FLAGS, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { not, type When } from "../../engine/condition.ts";
import type { Variable } from "../../engine/value.ts";
import { SAME_USER_HINT } from "./hints.ts";
import { type Join, joins } from "../spec.ts";
import { type Context, failed } from "../context.ts";
import { inodeOf } from "../proc/inode.ts";
import { openById, openFile, openOfTarget, openParent, openSocket } from "./files.ts";
import { fdName, JOIN_ORDER } from "./order.ts";
import { openPid } from "./pid.ts";
import { NONE, type Target } from "./target.ts";

/** When files of the target are opened, though namespaces are joined by its descriptor. */
export const UNLESS_TAKEN = "if its descriptor is not taken";

/** A namespace to join. */
export interface Source {
  readonly type: NamespaceType;
  /** Its descriptor, or {@linkcode NONE}. */
  readonly fd: Variable;
  /** Whether it is joined: of --all those are not that the caller shares. */
  readonly isJoined: When;
  /** Whether it is one of those that are joined by the target's descriptor, and only else by their own. */
  readonly isTargets: boolean;
}

/** Whether a namespace is the target's, and named by nothing else. */
function isTargets({ namespaces, files, ids, netSocket, userParent }: Join, type: NamespaceType) {
  return namespaces?.includes(type) === true && files?.[type] === undefined &&
    ids?.[type] === undefined && !(type === "net" && netSocket !== undefined) &&
    !(type === "user" && userParent);
}

/** Whether a namespace is joined by the target's descriptor. With --all it is looked at what they are, so they are held. */
const isAtOnce = (join: Join, type: NamespaceType): boolean =>
  isTargets(join, type) && type !== "pid" && !join.all;

/** Whether namespaces are joined by the target's descriptor, where that is taken. */
export const joinsAtOnce = (join: Join): boolean => JOIN_ORDER.some((type) => isAtOnce(join, type));

/**
 * Opens what is joined, and finds out what is. The user namespace comes last: a target may get into one
 * that it has made, but not out of it, so nothing that was opened before can be that one's, and be
 * joined without it.
 *
 * @param target The process that is in them, if one is named.
 * @returns In the order in which they are joined.
 */
export function openNamespaces(
  context: Context,
  join: Join,
  target: Target | undefined,
): readonly Source[] {
  const sources = new Map<NamespaceType, Source>();
  for (const type of [...JOIN_ORDER.filter((type) => type !== "user"), "user"] as const) {
    const joined = joins(context.spec, type);
    if (joined === "maybe") sources.set(type, openIfNotShared(context, join.target!, type));
    if (joined === "yes") {
      const source = isAtOnce(join, type) ? openUnlessTaken(context, target!, type) : {
        type,
        fd: openNamespace(context, join, target, type),
        isJoined: true,
        isTargets: false,
      };
      if (type === "user") checkUser(context, target, source);
      sources.set(type, source);
    }
  }
  return JOIN_ORDER.flatMap((type) => sources.get(type) ?? []);
}

/** Opens a namespace by what it is named by. */
function openNamespace(
  context: Context,
  join: Join,
  target: Target | undefined,
  type: NamespaceType,
): Variable {
  const { files, ids, netSocket, userParent } = join;
  const [path, id] = [files?.[type], ids?.[type]];
  if (type === "user" && userParent) return openParent(context, join);
  if (type === "net" && netSocket !== undefined) {
    return openSocket(context, target!.pid, target!.pidfd, netSocket);
  }
  if (path !== undefined) return openFile(context, type, path);
  if (id !== undefined) return openById(context, type, BigInt(id));
  return type === "pid" ? openPid(context, target!.pid) : openOfTarget(context, target!.pid, type);
}

/** Opens a namespace of the target where its own descriptor is not taken. */
function openUnlessTaken(context: Context, { pid, isTaken }: Target, type: NamespaceType): Source {
  const { s } = context;
  const fd = s.variable(fdName(type), NONE);
  s.if(not(isTaken), () => fd.set(openOfTarget(context, pid, type)), { when: UNLESS_TAKEN });
  return { type, fd, isJoined: true, isTargets: true };
}

/** Of --all: opens a namespace, and leaves it out if the caller shares it. */
function openIfNotShared(context: Context, target: number, type: NamespaceType): Source {
  const { s } = context;
  const fd = s.variable(fdName(type), NONE);
  const ask = `does the caller share the ${type} namespace?`;
  const ifKnown = { when: "if this kernel has such" };
  s.block(({ leave }) => {
    // Kernels without it have no such file.
    const own = inodeOf(s, `/proc/self/ns/${type}`, ask, { fails: leave });
    s.block(() => {
      const opened = type === "pid"
        ? openPid(context, target)
        : openOfTarget(context, target, type);
      const inode = inodeOf(s, opened, ask, { fails: leave, ...ifKnown });
      s.if(inode.is(own), () => {
        s.call("close", [opened], "the caller is in it", { fails: "ignored" });
        leave();
      }, { when: "if it is shared" });
      fd.set(opened);
    }, type === "pid" ? {} : ifKnown);
  });
  return { type, fd, isJoined: fd.isNot(NONE), isTargets: false };
}

/** Lets the kernel refuse to enter the caller's own user namespace while nothing has changed yet. */
function checkUser(
  { s }: Context,
  target: Target | undefined,
  { fd, isTargets }: Source,
): void {
  const ask = "is it the caller's own?";
  const what = isTargets ? "namespaces" : "namespace 'ns/user'";
  s.block(({ leave }) => {
    const own = inodeOf(s, "/proc/self/ns/user", ask, { fails: leave });
    const of = isTargets ? `/proc/${target!.pid}/ns/user` : fd;
    const joined = inodeOf(s, of, ask, { fails: leave });
    s.if(joined.is(own), () => {
      const enter = (fd: Variable): void => {
        s.call("setns", [fd, NAMESPACE_FLAGS.user], "the kernel refuses to enter one's own again", {
          fails: failed(`reassociate to ${what} failed`, [SAME_USER_HINT]),
        });
      };
      s.if(isTargets && target!.isTaken, () => enter(target!.pidfd), {
        otherwise: () => s.block(() => enter(fd), isTargets ? { when: UNLESS_TAKEN } : {}),
      });
    }, { when: "if it is" });
  });
}
