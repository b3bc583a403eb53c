/**
 * Joining. A caller that is more than the namespaces' user namespace would lose the right to join the
 * others with it, and one that is less would gain it: so all others are tried first, and what was
 * refused again when the user namespace is joined. @see setns(2)
 */
import { flagsOf, NAMESPACE_FLAGS, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import type { BlockWords, Outcome } from "../../engine/builder.ts";
import type { Variable } from "../../engine/value.ts";
import { aloneHints, atOnceHints } from "../hints/join.ts";
import { type Context, failed } from "./context.ts";
import { NONE, type Source } from "./join_sources.ts";

const USER = NAMESPACE_FLAGS.user;

const AGAIN = "if it was refused before";

/** A namespace that has a descriptor of its own. */
type Single = Source & { readonly fd: Variable };

const isSingle = (source: Source): source is Single => source.fd !== undefined;

/** The namespaces that are joined by the target's descriptor, several at once. */
interface Group {
  readonly pidfd: Variable;
  readonly types: readonly NamespaceType[];
}

/**
 * Joins all that was opened.
 *
 * @param pidfd The target's descriptor, which is there if anything is joined by it.
 */
export function enterNamespaces(
  context: Context,
  sources: readonly Source[],
  pidfd: Variable | undefined,
): void {
  const user = sources.find(({ type }) => type === "user");
  const group: Group = {
    pidfd: pidfd!,
    types: sources.filter((source) => !isSingle(source)).map(({ type }) => type),
  };
  const singles = sources.filter(isSingle).filter(({ type }) => type !== "user");
  // All that is joined by the target but its user namespace.
  const mask = flagsOf(group.types.filter((type) => type !== "user"));
  if (user) enterWithUser(context, user, group, mask, singles);
  else {
    if (mask !== 0) enterGroup(context, group, mask);
    for (const single of singles) enterSingle(context, single);
  }
}

/** Tries all others, joins the user namespace, and joins what was refused. */
function enterWithUser(
  context: Context,
  user: Source,
  group: Group,
  mask: number,
  singles: readonly Single[],
): void {
  const { s } = context;
  const isRefused = s.variable("refused", 0);
  if (mask !== 0) {
    const note = "as who the caller is now: if this is refused, as who it is there";
    s.call("setns", [group.pidfd, mask], note, { fails: () => isRefused.set(1) });
  }
  for (const single of singles) trySingle(context, single);

  if (isSingle(user)) {
    enterSingle(context, user);
    if (mask !== 0) {
      s.if(isRefused.is(1), () => enterGroup(context, group, mask), { when: AGAIN });
    }
  } else if (mask === 0) enterGroup(context, group, USER);
  else {
    s.if(isRefused.is(1), () => enterGroup(context, group, mask | USER), {
      when: AGAIN,
      otherwise: () => s.block(() => enterGroup(context, group, USER), { when: "if it was not" }),
    });
  }
  for (const single of singles) {
    s.if(single.fd.isNot(NONE), () => enter(context, single), { when: AGAIN });
  }
}

/** Joins namespaces of the target at once. */
function enterGroup(context: Context, { pidfd, types }: Group, mask: number): void {
  context.s.call("setns", [pidfd, mask], "join what the target is in", {
    fails: failed("reassociate to namespaces failed", atOnceHints(types, context)),
  });
}

/** What a block says that is run if a namespace is joined. */
const ifNotShared = ({ isJoined }: Source): BlockWords =>
  isJoined === true ? {} : { when: "if it is not shared" };

/** Joins a namespace, unless the caller shares it. */
function enterSingle(context: Context, single: Single): void {
  context.s.if(single.isJoined, () => enter(context, single), ifNotShared(single));
}

function enter(context: Context, single: Single): void {
  const { type } = single;
  const message = `reassociate to namespace 'ns/${type}' failed`;
  setns(context, single, failed(message, aloneHints(type, context)));
  forget(context, single);
}

/** Joins a namespace, unless the caller shares it, if that is allowed. */
function trySingle(context: Context, single: Single): void {
  const { s } = context;
  s.if(single.isJoined, () => {
    s.block(({ leave }) => {
      setns(context, single, leave);
      s.block(() => forget(context, single), { when: "if it is" });
    });
  }, ifNotShared(single));
}

function setns({ s }: Context, { type, fd }: Single, fails: Outcome): void {
  s.call("setns", [fd, NAMESPACE_FLAGS[type]], `join the ${type} namespace`, { fails });
}

/** Closes the descriptor of a namespace that is joined. */
function forget({ s }: Context, { type, fd }: Single): void {
  s.call("close", [fd], `the ${type} namespace is joined`, { fails: "ignored" });
  fd.set(NONE);
}
