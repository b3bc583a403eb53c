/** Creates the namespaces. @see unshare(2) */
import { flagsOf, NAMESPACE_TYPES, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import type { Outcome, Outcomes } from "../../engine/builder/calls.ts";
import { NUL } from "../../engine/characters.ts";
import { not, type When } from "../../engine/condition.ts";
import { Text } from "../../engine/text.ts";
import { type Value, Variable } from "../../engine/value.ts";
import { filtered as filteredCall } from "../causes.ts";
import { nestsPid } from "../join/descriptors.ts";
import { type Context, failed } from "../context.ts";
import { isParameter } from "../parameter.ts";
import { hintsIf } from "../request.ts";
import { knownTypes, type Types, unshareHints } from "./hints.ts";

/**
 * One call for all, so that a new user namespace owns the others.
 *
 * @param isNetMade Whether the waiter makes the network namespace: see network/handover.ts.
 */
export function createNamespaces(context: Context, isNetMade: When): void {
  const { s, spec: { namespaces }, request } = context;
  const known = isParameter(namespaces) ? undefined : namespaces;
  const flags = flagsBut(context, request.flags(namespaces), {
    // One below that which is joined is made from there.
    pid: nestsPid(context),
    net: isNetMade,
  });
  const isAny = flags instanceof Variable ? flags.isNot(0) : flags !== 0;
  const types = known ? knownTypes(known) : openTypes(context, flags as Variable);
  const now = known?.filter((type) => type !== "net" || isNetMade === false);
  s.if(isAny, () => {
    s.call("unshare", [flags], `new namespaces: ${now?.join(", ") ?? "those asked for"}`, {
      fails: refused(context, types),
    });
  });
}

/**
 * What is said where namespaces are refused. What bubblewrap says of a kernel that has or allows none it says of
 * user namespaces, which come first. @see FrontEnd.errors
 */
export function refused({ spec, s, request, fronts }: Context, types: Types): Outcomes {
  const failure = failed("unshare failed", unshareHints(types));
  const errors = fronts.flatMap(({ errors }) => errors?.["unshare failed"] ?? []);
  const outcomes = errors.map((error): [string, Outcome] => [error, (call) => {
    const isSaid = error === "ENOSPC" || request.includes(spec.namespaces, "user");
    s.if(isSaid, () => call.fail({ ...failure, error }), { otherwise: () => call.fail(failure) });
  }]);
  return { ...Object.fromEntries(outcomes), otherwise: failure };
}

/** The flags without those of types that are made later. */
function flagsBut(
  { s }: Context,
  all: Value,
  later: Readonly<Partial<Record<NamespaceType, When>>>,
): Value {
  const open = Object.entries(later).filter(([, when]) => when !== false);
  if (open.length === 0) return all;
  const flags = s.variable("new namespaces", all).said();
  for (const [type, when] of open) {
    const others = flagsOf(NAMESPACE_TYPES.filter((other) => other !== type));
    s.if(when, () => flags.set(flags.and(others)));
  }
  return flags;
}

/** More bytes than the names of all types have. */
const NAMES_BYTES = 64;

/** Types that only the run knows, as CLONE_NEW*. */
function openTypes({ s, request, spec: { namespaces } }: Context, flags: Variable): Types {
  const names = s.variable("names of types", "");
  const filtered = s.look("filter: unshare of what is asked for", () => {
    // The names are for hints that follow.
    const text = new Text(s, "names", NAMES_BYTES, "cut");
    for (const type of NAMESPACE_TYPES) {
      s.if(request.includes(namespaces, type), () => {
        s.if(text.length.isNot(0), () => text.append(", "));
        text.append(type);
      });
    }
    s.store(text.end, NUL, { bytes: 1 });
    names.set(text.start);
    const isRefused = s.variable("is refused", 0);
    s.call(
      "unshare",
      [flags.or(1)],
      "does a filter refuse what the kernel would refuse otherwise?",
      {
        fails: (error) => s.if(error.is("EINVAL").not(), () => isRefused.set(1)),
      },
    );
    return isRefused.isNot(0);
  });
  const when = (type: (typeof NAMESPACE_TYPES)[number]) => request.includes(namespaces, type);
  return {
    all: NAMESPACE_TYPES,
    named: [{ string: names }],
    filtered: { ...filteredCall("unshare"), look: [filtered] },
    with: (type, hints) => hintsIf(s, when(type), `new ${type}`, hints),
    without: (type, hints) => hintsIf(s, not(when(type)), `no new ${type}`, hints),
  };
}
