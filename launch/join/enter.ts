/**
 * Joining. A caller that is more than the namespaces' user namespace would lose the right to join the
 * others with it, and one that is less would gain it: so all others are tried first, and what was
 * refused again when the user namespace is joined. @see setns(2)
 */
import { flagsOf, NAMESPACE_FLAGS, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import type { BlockWords, Outcome } from "../../engine/builder.ts";
import { all, type When } from "../../engine/condition.ts";
import { aloneHints, atOnceHints } from "./hints.ts";
import { type Context, failed } from "../context.ts";
import { type Source, UNLESS_TAKEN } from "./sources.ts";
import { NONE, type Target } from "./target.ts";

const USER = NAMESPACE_FLAGS.user;

const AGAIN = "if it was refused before";

/** The namespaces that are joined by the target's descriptor, several at once. */
interface Group {
  readonly target: Target | undefined;
  readonly types: readonly NamespaceType[];
}

/**
 * Joins all that was opened.
 *
 * @param target The process that is in them, if one is named.
 */
export function enterNamespaces(
  context: Context,
  sources: readonly Source[],
  target: Target | undefined,
): void {
  const { s } = context;
  const user = sources.find(({ type }) => type === "user");
  const types = sources.filter(({ isTargets }) => isTargets).map(({ type }) => type);
  const group: Group = { target, types };
  const singles = sources.filter(({ type }) => type !== "user");
  // All that is joined by the target but its user namespace.
  const mask = flagsOf(types.filter((type) => type !== "user"));
  if (user) return enterWithUser(context, user, group, mask, singles);
  s.if(all(mask !== 0, isTaken(group)), () => enterGroup(context, group, mask));
  for (const single of singles) enterSingle(context, single);
}

const isTaken = ({ target }: Group): When => target?.isTaken ?? false;

/** Tries all others, joins the user namespace, and joins what was refused. */
function enterWithUser(
  context: Context,
  user: Source,
  group: Group,
  mask: number,
  singles: readonly Source[],
): void {
  const { s } = context;
  const isRefused = s.variable("refused", 0);
  s.if(all(mask !== 0, isTaken(group)), () => {
    const note = "as who the caller is now: if this is refused, as who it is there";
    s.call("setns", [group.target!.pidfd, mask], note, { fails: () => isRefused.set(1) });
  });
  for (const single of singles) trySingle(context, single);

  s.if(all(user.isTargets, isTaken(group)), () => {
    if (mask === 0) return enterGroup(context, group, USER);
    s.if(isRefused.is(1), () => enterGroup(context, group, mask | USER), {
      when: AGAIN,
      otherwise: () => s.block(() => enterGroup(context, group, USER), { when: "if it was not" }),
    });
  }, {
    otherwise() {
      enterSingle(context, user);
      // Where not even the user namespace is joined by the target, nothing was.
      if (mask === 0 || user.isTargets) return;
      s.if(isRefused.is(1), () => enterGroup(context, group, mask), { when: AGAIN });
    },
  });
  for (const single of singles) {
    s.if(single.fd.isNot(NONE), () => enter(context, single), { when: AGAIN });
  }
}

/** Joins namespaces of the target at once. */
function enterGroup(context: Context, { target, types }: Group, mask: number): void {
  context.s.call("setns", [target!.pidfd, mask], "join what the target is in", {
    fails: failed("reassociate to namespaces failed", atOnceHints(types, context)),
  });
}

/** Whether a namespace is joined by a descriptor of its own, and what a block says then. */
function byItself({ fd, isJoined, isTargets }: Source): readonly [When, BlockWords] {
  if (isTargets) return [fd.isNot(NONE), { when: UNLESS_TAKEN }];
  return [isJoined, isJoined === true ? {} : { when: "if it is not shared" }];
}

/** Joins a namespace, unless the caller shares it. */
function enterSingle(context: Context, single: Source): void {
  const [isJoined, words] = byItself(single);
  context.s.if(isJoined, () => enter(context, single), words);
}

function enter(context: Context, single: Source): void {
  const { type } = single;
  const message = `reassociate to namespace 'ns/${type}' failed`;
  setns(context, single, failed(message, aloneHints(type, context)));
  forget(context, single);
}

/** Joins a namespace, unless the caller shares it, if that is allowed. */
function trySingle(context: Context, single: Source): void {
  const { s } = context;
  const [isJoined, words] = byItself(single);
  s.if(isJoined, () => {
    s.block(({ leave }) => {
      setns(context, single, leave);
      s.block(() => forget(context, single), { when: "if it is" });
    });
  }, words);
}

function setns({ s }: Context, { type, fd }: Source, fails: Outcome): void {
  s.call("setns", [fd, NAMESPACE_FLAGS[type]], `join the ${type} namespace`, { fails });
}

/** Closes the descriptor of a namespace that is joined. */
function forget({ s }: Context, { type, fd }: Source): void {
  s.call("close", [fd], `the ${type} namespace is joined`, { fails: "ignored" });
  fd.set(NONE);
}
