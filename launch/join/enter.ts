/**
 * Joining. A caller that is more than the namespaces' user namespace would lose the right to join the
 * others with it, and one that is less would gain it: so all others are tried first, and what was
 * refused again when the user namespace is joined. @see setns(2)
 */
import { NAMESPACE_FLAGS } from "../../ffi/abi/namespaces.ts";
import type { BlockWords } from "../../engine/builder/blocks.ts";
import type { Outcome } from "../../engine/builder/calls.ts";
import { all, type When } from "../../engine/condition.ts";
import type { Failure } from "../../engine/failure.ts";
import type { Value } from "../../engine/value.ts";
import { failed } from "../context.ts";
import { mayJoin } from "./asked.ts";
import { atOnceOf } from "./at_once.ts";
import { workOn } from "./files.ts";
import { aloneHints, type AtOnce, atOnceHints } from "./hints.ts";
import type { Joining } from "./joining.ts";
import { namedFile } from "./named_file.ts";
import { type Source, UNLESS_TAKEN } from "./sources.ts";
import { NONE, type Target } from "./target.ts";

const USER = NAMESPACE_FLAGS.user;

const AGAIN = "if it was refused before";

/** What is joined by the target's descriptor. */
interface Group extends AtOnce {
  readonly target: Target | undefined;
  /** Whether that descriptor is taken. */
  readonly isTaken: When;
}

/**
 * Joins all that was opened.
 *
 * @param target The process that is in them, if one is named.
 */
export function enterNamespaces(
  joining: Joining,
  sources: readonly Source[],
  target: Target | undefined,
): void {
  const { s } = joining;
  const user = sources.find(({ type }) => type === "user");
  const group = { ...atOnceOf(joining), target, isTaken: target?.isTaken ?? false };
  const singles = sources.filter(({ type }) => type !== "user");
  if (user) return enterWithUser(joining, user, group, singles);
  s.if(all(group.isAny, group.isTaken), () => enterGroup(joining, group, group.flags));
  for (const single of singles) enterSingle(joining, single);
}

/** Tries all others, joins the user namespace, and joins what was refused. */
function enterWithUser(
  joining: Joining,
  user: Source,
  group: Group,
  singles: readonly Source[],
): void {
  const { s } = joining;
  const { flags, isAny, isTaken } = group;
  const isRefused = s.variable("refused", 0);
  s.if(all(isAny, isTaken), () => {
    const note = "as who the caller is now: if this is refused, as who it is there";
    const fails = unlessLast(joining, () => isRefused.set(1), () => groupFailure(joining, group));
    s.call("setns", [group.target!.pidfd, flags], note, { fails });
  });
  for (const single of singles) trySingle(joining, single);

  s.if(all(user.isAtOnce, isTaken), () => {
    if (isAny === false) return enterGroup(joining, group, USER);
    const withUser = typeof flags === "number"
      ? flags | USER
      : s.variable("joined at once", flags.or(USER)).said();
    s.if(isRefused.is(1), () => enterGroup(joining, group, withUser), {
      when: AGAIN,
      otherwise: () => s.block(() => enterGroup(joining, group, USER), { when: "if it was not" }),
    });
  }, {
    otherwise() {
      enterSingle(joining, user);
      // Where not even the user namespace is joined by the target, nothing was.
      if (isAny === false || user.isAtOnce === true) return;
      s.if(isRefused.is(1), () => enterGroup(joining, group, flags), { when: AGAIN });
    },
  });
  for (const single of singles) {
    s.if(single.fd.isNot(NONE), () => enter(joining, single), { when: AGAIN });
  }
}

/** What a refusal means: there is another try, where a user namespace is or may be joined. */
function unlessLast(joining: Joining, again: () => void, failureOf: () => Failure): Outcome {
  const joinsUser = mayJoin(joining, "user");
  if (joinsUser === true) return again;
  return (error) => joining.s.if(joinsUser, again, { otherwise: () => error.fail(failureOf()) });
}

const groupFailure = (joining: Joining, group: Group): Failure =>
  failed("reassociate to namespaces failed", atOnceHints(joining, joining.target, group));

const singleFailure = (joining: Joining, { type }: Source): Failure =>
  failed(
    `reassociate to namespace 'ns/${type}' failed`,
    aloneHints(
      joining,
      type,
      () => namedFile(joining, joining.spec.join!.files![type]!),
    ),
  );

/** Joins namespaces of the target at once. */
function enterGroup(joining: Joining, group: Group, flags: Value): void {
  joining.s.call("setns", [group.target!.pidfd, flags], "join what the target is in", {
    fails: groupFailure(joining, group),
  });
}

/** Whether a namespace is joined by a descriptor of its own, and what a block says then. */
function byItself({ fd, isJoined, isAtOnce }: Source): readonly [When, BlockWords] {
  if (isAtOnce === true) return [fd.isNot(NONE), { when: UNLESS_TAKEN }];
  if (isJoined === true) return [true, {}];
  return [fd.isNot(NONE), { when: "if it is not shared" }];
}

/** Joins a namespace, unless the caller shares it. */
function enterSingle(joining: Joining, single: Source): void {
  const [isJoined, words] = byItself(single);
  joining.s.if(isJoined, () => enter(joining, single), words);
}

function enter(joining: Joining, single: Source): void {
  setns(joining, single, singleFailure(joining, single));
  forget(joining, single);
}

/** Joins a namespace, unless the caller shares it, if that is allowed. */
function trySingle(joining: Joining, single: Source): void {
  const { s } = joining;
  const [isJoined, words] = byItself(single);
  s.if(isJoined, () => {
    s.block(({ leave }) => {
      setns(joining, single, unlessLast(joining, leave, () => singleFailure(joining, single)));
      s.block(() => forget(joining, single), { when: "if it is" });
    });
  }, words);
}

function setns(joining: Joining, { type, fd }: Source, fails: Outcome): void {
  const path = joining.spec.join!.files?.[type];
  if (path !== undefined) workOn(joining, path);
  joining.s.call("setns", [fd, NAMESPACE_FLAGS[type]], `join the ${type} namespace`, { fails });
}

/** Closes the descriptor of a namespace that is joined. */
function forget({ s }: Joining, { type, fd }: Source): void {
  s.call("close", [fd], `the ${type} namespace is joined`, { fails: "ignored" });
  fd.set(NONE);
}
