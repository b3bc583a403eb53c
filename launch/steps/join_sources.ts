/** Where the namespaces to join come from: opens all of them before any is joined. */
import { NAMESPACE_FLAGS, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import type { When } from "../../engine/condition.ts";
import type { Variable } from "../../engine/value.ts";
import { SAME_USER_HINT } from "../hints/join.ts";
import { type Join, joins } from "../spec.ts";
import { type Context, failed } from "./context.ts";
import { inodeOf } from "./inode.ts";
import { openById, openFile, openOfTarget, openParent, openSocket } from "./join_files.ts";
import { fdName, JOIN_ORDER } from "./join_order.ts";
import { openPid } from "./join_pid.ts";
import { hasSetnsOfProcess } from "./join_target.ts";

/** A namespace to join. */
export interface Source {
  readonly type: NamespaceType;
  /** Its descriptor, or {@linkcode NONE}; absent if it is joined by the target's. */
  readonly fd?: Variable;
  /** Whether it is joined: of --all those are not that the caller shares. */
  readonly isJoined: When;
}

/** No descriptor. */
export const NONE = -1;

/**
 * Opens what is joined, and finds out what is. The user namespace comes last: a target may get into one
 * that it has made, but not out of it, so nothing that was opened before can be that one's, and be
 * joined without it.
 *
 * @param pidfd The target's descriptor.
 * @returns In the order in which they are joined.
 */
export function openNamespaces(
  context: Context,
  join: Join,
  pidfd: Variable | undefined,
): readonly Source[] {
  const sources = new Map<NamespaceType, Source>();
  for (const type of [...JOIN_ORDER.filter((type) => type !== "user"), "user"] as const) {
    const joined = joins(context.spec, type);
    if (joined === "maybe") sources.set(type, openIfNotShared(context, join.target!, type));
    if (joined === "yes") {
      const fd = openNamespace(context, join, pidfd, type);
      if (type === "user") checkUser(context, join, pidfd, fd);
      sources.set(type, { type, isJoined: true, ...(fd ? { fd } : {}) });
    }
  }
  return JOIN_ORDER.flatMap((type) => sources.get(type) ?? []);
}

/** Opens a namespace by what it is named by; gives nothing if it is joined by the target's descriptor. */
function openNamespace(
  context: Context,
  join: Join,
  pidfd: Variable | undefined,
  type: NamespaceType,
): Variable | undefined {
  const { target, files, ids, netSocket, userParent, namespaces } = join;
  const [path, id] = [files?.[type], ids?.[type]];
  if (type === "user" && userParent) return openParent(context, join);
  if (type === "net" && netSocket !== undefined) {
    return openSocket(context, target!, pidfd!, netSocket);
  }
  if (path !== undefined) return openFile(context, type, path);
  if (id !== undefined) return openById(context, type, BigInt(id));
  if (!namespaces?.includes(type)) return undefined;
  if (type === "pid") return openPid(context, target!);
  // With --all it is looked at what the namespaces are: so they are held before.
  const isHeld = join.all || !hasSetnsOfProcess(context);
  return isHeld ? openOfTarget(context, target!, type) : undefined;
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
  return { type, fd, isJoined: fd.isNot(NONE) };
}

/** Lets the kernel refuse to enter the caller's own user namespace while nothing has changed yet. */
function checkUser(
  { s }: Context,
  { target }: Join,
  pidfd: Variable | undefined,
  fd: Variable | undefined,
): void {
  const ask = "is it the caller's own?";
  const what = fd ? "namespace 'ns/user'" : "namespaces";
  s.block(({ leave }) => {
    const own = inodeOf(s, "/proc/self/ns/user", ask, { fails: leave });
    const joined = inodeOf(s, fd ?? `/proc/${target}/ns/user`, ask, { fails: leave });
    s.if(joined.is(own), () => {
      const args = [fd ?? pidfd!, NAMESPACE_FLAGS.user];
      s.call("setns", args, "the kernel refuses to enter one's own again", {
        fails: failed(`reassociate to ${what} failed`, [SAME_USER_HINT]),
      });
    }, { when: "if it is" });
  });
}
