/**
 * Joining. A caller that is more than the namespaces' user namespace would lose the right to join the
 * others with it, and one that is less would gain it: so all others are tried first, and what was
 * refused again when the user namespace is joined. @see setns(2)
 */
import { NAMESPACE_FLAGS, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { aloneHints, atOnceHints } from "../hints/join.ts";
import { type CallOptions, slot } from "../plan.ts";
import { joins } from "../spec.ts";
import { type Context, failed } from "./context.ts";
import { flagsOf, NONE, type Sources } from "./join_sources.ts";
import { namespaceSlot, TARGET } from "./join_target.ts";

const USER = NAMESPACE_FLAGS.user;
const AGAIN = "if it was refused before";

/** Joins all that was opened. */
export function enterNamespaces(context: Context, sources: Sources): void {
  const { s, spec } = context;
  const others = sources.alone.filter((type) => type !== "user");
  // All that is joined by the target but its user namespace.
  const mask = flagsOf(sources.atOnce.filter((type) => type !== "user"));
  if (joins(spec, "user") === "no") {
    if (mask !== 0) enterAtOnce(context, sources, mask);
    for (const type of others) enterAlone(context, type);
    return;
  }

  // What of it is left to join.
  s.compute("left", "set", mask);
  if (mask !== 0) {
    const refused = s.unique("refused");
    s.call(
      "setns",
      [TARGET, mask],
      "as who the caller is now: if this is refused, as who it is there",
      { orElse: refused },
    );
    s.compute("left", "set", 0);
    s.label(refused);
  }
  for (const type of others) tryAlone(context, type);

  if (sources.alone.includes("user")) enterAlone(context, "user");
  else if (mask === 0) enterAtOnce(context, sources, USER);
  else enterUserAndLeft(context, sources, mask);
  if (mask !== 0 && sources.alone.includes("user")) {
    const done = s.unique("joined");
    s.test("ifEqual", [slot("left"), 0], done);
    enterAtOnce(context, sources, mask, AGAIN);
    s.label(done);
  }
  for (const type of others) enterAlone(context, type, AGAIN);
}

/** Joins the user namespace of the target, and what was refused before. */
function enterUserAndLeft(context: Context, sources: Sources, mask: number): void {
  const { s } = context;
  const [alone, done] = [s.unique("user alone"), s.unique("joined")];
  s.test("ifEqual", [slot("left"), 0], alone);
  enterAtOnce(context, sources, mask | USER, AGAIN);
  s.jump(done);
  s.label(alone);
  enterAtOnce(context, sources, USER, "if it was not");
  s.label(done);
}

function enterAtOnce(
  context: Context,
  { atOnce }: Sources,
  mask: number,
  when?: string,
): void {
  context.s.call("setns", [TARGET, mask], "join what the target is in", {
    failure: failed("reassociate to namespaces failed", atOnceHints(atOnce, context)),
    ...(when === undefined ? {} : { when }),
  });
}

function setnsAlone({ s }: Context, type: NamespaceType, options: CallOptions): void {
  s.call(
    "setns",
    [slot(namespaceSlot(type)), NAMESPACE_FLAGS[type]],
    `join the ${type} namespace`,
    options,
  );
}

/** A descriptor that has been joined is closed, and gone. */
function done({ s }: Context, type: NamespaceType, when: string | undefined): void {
  const options = when === undefined ? {} : { when };
  s.call("close", [slot(namespaceSlot(type))], `the ${type} namespace is joined`, options);
  s.compute(namespaceSlot(type), "set", NONE);
}

/** Joins if it is allowed. */
function tryAlone(context: Context, type: NamespaceType): void {
  const { s, spec } = context;
  const next = s.unique("next");
  const perhaps = joins(spec, type) === "maybe";
  if (perhaps) s.test("ifEqual", [slot(namespaceSlot(type)), NONE], next);
  setnsAlone(context, type, { orElse: next, ...(perhaps ? { when: "if it is not shared" } : {}) });
  done(context, type, "if it is");
  s.label(next);
}

/** Joins, unless that has been done. */
function enterAlone(context: Context, type: NamespaceType, when?: string): void {
  const { s, spec } = context;
  const next = s.unique("next");
  const always = when === undefined && joins(spec, type) === "yes";
  if (!always) s.test("ifEqual", [slot(namespaceSlot(type)), NONE], next);
  const shown = always ? undefined : when ?? "if it is not shared";
  setnsAlone(context, type, {
    failure: failed(`reassociate to namespace 'ns/${type}' failed`, aloneHints(type, context)),
    ...(shown === undefined ? {} : { when: shown }),
  });
  done(context, type, shown);
  s.label(next);
}
