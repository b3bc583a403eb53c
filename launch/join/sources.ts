/** Where the namespaces to join come from: opens all of them before any is joined. */
import { NAMESPACE_FLAGS, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { all, any, not, type When } from "../../engine/condition.ts";
import { type Message, words } from "../../engine/failure.ts";
import type { Variable } from "../../engine/value.ts";
import { firstOf, type Way } from "../cases.ts";
import { NO_STATX } from "../causes.ts";
import { failed } from "../context.ts";
import { inodeAt, inodeOf } from "../proc/inode.ts";
import { isNamed, isOneOfAll } from "./asked.ts";
import { openById, openFile, openOfTarget, openParent, openSocket } from "./files.ts";
import { SAME_USER_HINT } from "./hints.ts";
import type { Joining } from "./joining.ts";
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
  readonly isAtOnce: When;
}

/**
 * Opens what is joined, and finds out what is. The user namespace comes last: a target may get into one
 * that it has made, but not out of it, so nothing that was opened before can be that one's, and be
 * joined without it.
 *
 * @param target The process that is in them, if one is named.
 * @returns In the order in which they are joined.
 */
export function openNamespaces(joining: Joining, target: Target | undefined): readonly Source[] {
  const sources = new Map<NamespaceType, Source>();
  for (const type of [...JOIN_ORDER.filter((type) => type !== "user"), "user"] as const) {
    const [atOnce, named] = [joining.atOnce.includes(type), isNamed(joining, type)];
    const ways: readonly Way[] = [
      [atOnce, () => openUnlessTaken(joining, target!, type)],
      [named, () => openNamespace(joining, target, type)],
      [isOneOfAll(joining, type), () => openIfNotShared(joining, type)],
    ];
    if (ways.every(([when]) => when === false)) continue;
    const fd = firstOf(joining.s, fdName(type), ways, NONE);
    const isJoined = any(named === true, atOnce, fd.isNot(NONE));
    const source = { type, fd, isJoined, isAtOnce: atOnce };
    if (type === "user") joining.s.if(named, () => checkUser(joining, target, source));
    sources.set(type, source);
  }
  return JOIN_ORDER.flatMap((type) => sources.get(type) ?? []);
}

/** Opens a namespace by what it is named by. */
function openNamespace(
  joining: Joining,
  target: Target | undefined,
  type: NamespaceType,
): Variable {
  const { s, spec: { join }, request } = joining;
  const { files, ids, netSocket, userParent } = join!;
  const [path, id] = [files?.[type], ids?.[type]];
  return firstOf(s, fdName(type), [
    [type === "user" && request.isGiven(userParent), () => openParent(joining)],
    [
      type === "net" && request.isGiven(netSocket),
      () => openSocket(joining, target!.pidfd, netSocket!),
    ],
    [request.isGiven(path), () => openFile(joining, type, path!)],
    [request.isGiven(id), () => openById(joining, type, id!)],
    [joining.target.isGiven, () => openTargets(joining, type)],
  ], NONE);
}

/** Opens a namespace of the target. */
const openTargets = (joining: Joining, type: NamespaceType): Variable =>
  type === "pid" ? openPid(joining) : openOfTarget(joining, type);

/** Opens a namespace of the target where its own descriptor is not taken. */
function openUnlessTaken(joining: Joining, { isTaken }: Target, type: NamespaceType): Variable {
  const { s } = joining;
  const fd = s.variable(fdName(type), NONE);
  s.if(not(isTaken), () => fd.set(openOfTarget(joining, type)), { when: UNLESS_TAKEN });
  return fd;
}

/** Of --all: opens a namespace, and leaves it out if the caller shares it. */
function openIfNotShared(joining: Joining, type: NamespaceType): Variable {
  const { s } = joining;
  const fd = s.variable(fdName(type), NONE);
  const ask = `does the caller share the ${type} namespace?`;
  const ifKnown = { when: "if this kernel has such" };
  const unknown = failed(words`stat of ${joining.target.shown(`ns/${type}`)} failed`, [NO_STATX]);
  s.block(({ leave }) => {
    const own = inodeAt(s, `/proc/self/ns/${type}`, ask, {
      // Kernels without it have no such file.
      fails: { ENOENT: leave, otherwise: unknown },
    });
    s.block(() => {
      const opened = openTargets(joining, type);
      const inode = inodeOf(s, opened, ask, { fails: unknown, ...ifKnown });
      s.if(inode.is(own), () => {
        s.call("close", [opened], "the caller is in it", { fails: "ignored" });
        leave();
      }, { when: "if it is shared" });
      fd.set(opened);
    }, type === "pid" ? {} : ifKnown);
  });
  return fd;
}

/** Lets the kernel refuse to enter the caller's own user namespace while nothing has changed yet. */
function checkUser(
  joining: Joining,
  target: Target | undefined,
  { fd, isAtOnce }: Source,
): void {
  const { s } = joining;
  const ask = "is it the caller's own?";
  const what = whatIsJoined(joining, isAtOnce);
  s.block(({ leave }) => {
    const own = inodeAt(s, "/proc/self/ns/user", ask, { fails: leave });
    const joined = firstOf(s, "joined inode", [
      [isAtOnce, () => inodeAt(s, joining.target.path("ns/user"), ask, { fails: leave })],
      [true, () => inodeOf(s, fd, ask, { fails: leave })],
    ], 0);
    s.if(joined.is(own), () => {
      const enter = (fd: Variable): void => {
        s.call("setns", [fd, NAMESPACE_FLAGS.user], "the kernel refuses to enter one's own again", {
          fails: failed(words`reassociate to ${what} failed`, [SAME_USER_HINT]),
        });
      };
      s.if(all(isAtOnce, target?.isTaken ?? false), () => enter(target!.pidfd), {
        otherwise: () => s.block(() => enter(fd), isAtOnce === true ? { when: UNLESS_TAKEN } : {}),
      });
    }, { when: "if it is" });
  });
}

/** How the message of a failure calls the user namespace: alone, or one of several. */
function whatIsJoined({ s }: Joining, isAtOnce: When): Message {
  const [several, one] = ["namespaces", "namespace 'ns/user'"];
  if (typeof isAtOnce === "boolean") return isAtOnce ? several : one;
  const what = s.variable("what is joined", one);
  s.if(isAtOnce, () => what.set(several));
  return [{ string: what }];
}
