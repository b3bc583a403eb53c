/** Sets the capabilities of the program. @see capabilities(7) */
import { CAP_LIMIT, capabilityHeader } from "../../ffi/abi/capability.ts";
import { CAPABILITY_NAMES } from "../../ffi/abi/capability_names.ts";
import {
  PR_CAP_AMBIENT,
  PR_CAP_AMBIENT_CLEAR_ALL,
  PR_CAP_AMBIENT_RAISE,
  PR_CAPBSET_DROP,
  PR_SET_KEEPCAPS,
} from "../../ffi/abi/prctl.ts";
import { all, any, type When } from "../../engine/condition.ts";
import { data } from "../../engine/operand.ts";
import { type Layout, layout, Struct, struct } from "../../engine/struct.ts";
import type { Expression, Value, Variable } from "../../engine/value.ts";
import { type Context, failed } from "../context.ts";
import { isParameter } from "../parameter.ts";
import { changesIds } from "../credentials/steps.ts";
import { CAPABILITIES } from "../structs.ts";
import { boundHints, holdHints } from "./hints.ts";
import { addsAll, ALL, type CapabilityMasks, capabilityMasks, LAST_BIT } from "./spec.ts";

const HEADER = data(capabilityHeader(), "{version=_LINUX_CAPABILITY_VERSION_3, pid=0}");

/** Edits in memory, where edits are a parameter: its value is the address. */
export const MASKS: Layout<keyof CapabilityMasks> = layout(16, { keep: [0, 8], add: [8, 8] });

/** What the program is to have, once its ids are set. */
export interface Capabilities {
  /** Behind the change of ids. */
  hold(): void;
}

/** Those without a name: that there are none of them is no reason to do anything. */
const UNKNOWN = ALL & (ALL << BigInt(CAPABILITY_NAMES.length));

/**
 * Remembers what root has, where a user namespace that is made or joined would give all: who was denied a
 * capability does not get it back.
 */
export function rememberCapabilities(context: Context): void {
  const { s, spec: { rootless, namespaces, join }, request, ids: { euid }, held } = context;
  const gainsAll = any(
    request.includes(namespaces, "user"),
    request.isGiven(join?.descriptors?.user),
  );
  const isKept = all(request.isGiven(rootless), gainsAll, euid.is(0));
  if (isKept === false) return;
  const own = s.variable("own capabilities", ALL);
  s.if(isKept, () => own.set(effectiveOf(setsHere(context)).or(UNKNOWN)));
  held.capabilities = own;
}

/** Takes all others out of the bounding set, while this process still may. */
export function boundCapabilities(context: Context): Capabilities | undefined {
  const { s, spec: { capabilities, rootless }, request, ids: { euid }, held } = context;
  const hasNone = all(request.isGiven(rootless), euid.isNot(0));
  const isHeld = any(request.isGiven(capabilities), hasNone);
  const isAsked = any(isHeld, held.capabilities?.isNot(ALL) ?? false);
  if (isAsked === false) return undefined;
  const wanted = s.variableIf(isAsked, "wanted");
  s.if(isAsked, () => bound(context, wanted, { hasNone, isHeld }));
  return { hold: () => s.if(isHeld, () => hold(context, wanted)) };
}

/** What this process has now. */
function setsHere({ s }: Context): CapabilitySets {
  const sets = struct(s, "capabilities", CAPABILITIES);
  s.call("capget", [HEADER, sets.at], "what this process may do", {
    fails: failed("capget failed"),
  });
  return sets;
}

const effectiveOf = (sets: CapabilitySets): Expression =>
  sets.get("effectiveHigh").shiftedLeft(32).or(sets.get("effective"));

type CapabilitySets = Struct<keyof typeof CAPABILITIES.fields>;

/** What is kept, what is added, and whether only as far as it is permitted. */
interface Wanted {
  readonly keep: Value;
  readonly add: Value;
  readonly isLimited: When;
}

function wantedOf({ s, spec: { capabilities = [] }, request }: Context): Wanted {
  if (!isParameter(capabilities)) {
    return { ...capabilityMasks(capabilities), isLimited: addsAll(capabilities) };
  }
  const keep = s.variable("kept", ALL);
  const add = s.variable("added", 0);
  s.if(request.isGiven(capabilities), () => {
    const masks = new Struct(s, MASKS, request.value(capabilities));
    keep.set(masks.get("keep"));
    add.set(masks.get("add"));
  });
  return { keep, add, isLimited: add.shiftedRight(LAST_BIT).isNot(0) };
}

/** Whether the program has none but those that are added, and whether it has exactly what is wanted. */
interface Bounds {
  readonly hasNone: When;
  readonly isHeld: When;
}

function bound(context: Context, wanted: Variable, { hasNone, isHeld }: Bounds): void {
  const { s, held } = context;
  const { keep, add, isLimited } = wantedOf(context);
  const sets = setsHere(context);
  wanted.set(effectiveOf(sets).and(keep));
  if (held.capabilities) wanted.set(wanted.and(held.capabilities));
  s.if(hasNone, () => wanted.set(0));
  wanted.set(wanted.or(add));
  s.if(isLimited, () => {
    const permitted = sets.get("permittedHigh").shiftedLeft(32).or(sets.get("permitted"));
    wanted.set(wanted.and(permitted));
  });
  eachCapability(context, (capability, isWanted, leave) => {
    s.if(isWanted.is(0), () => {
      s.call("prctl", [PR_CAPBSET_DROP, capability, 0, 0, 0], "the program may never have it", {
        fails: {
          // There is no such capability, and none behind it: capabilities(7).
          EINVAL: leave,
          otherwise: failed("cannot drop a capability from the bounding set", boundHints()),
        },
      });
    });
  }, wanted);
  s.if(all(isHeld, changesIds(context)), () => {
    s.call("prctl", [PR_SET_KEEPCAPS, 1, 0, 0, 0], "what is permitted outlives other ids", {
      fails: failed("prctl failed"),
    });
  });
}

function eachCapability(
  { s }: Context,
  body: (capability: Variable, isWanted: Variable, leave: () => void) => void,
  wanted: Value,
): void {
  s.block(({ leave }) => {
    const rest = s.variable("rest", wanted);
    const capability = s.variable("capability", 0);
    s.while(capability.isBelow(CAP_LIMIT), () => {
      body(capability, s.variable("is wanted", rest.and(1)), leave);
      rest.set(rest.shiftedRight(1));
      capability.advance();
    }, { when: "for each capability" });
  });
}

/** Has these and no others, in all sets. */
function hold(context: Context, wanted: Variable): void {
  const { s } = context;
  const sets = struct(s, "wanted capabilities", CAPABILITIES);
  const high = wanted.shiftedRight(32);
  for (const set of ["effective", "permitted", "inheritable"] as const) {
    sets.set(set, wanted);
    sets.set(`${set}High`, high);
  }
  s.call("capset", [HEADER, sets.at], "it has these and no others", {
    fails: failed("capset failed", holdHints()),
  });
  s.call("prctl", [PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0], "and none from outside", {
    // Before Linux 4.3 there are none.
    fails: { EINVAL: "ignored", otherwise: failed("failed to clear ambient capabilities") },
  });
  eachCapability(context, (capability, isWanted) => {
    s.if(isWanted.isNot(0), () => {
      const args = [PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0];
      s.call("prctl", args, "the program keeps it, whoever it is", {
        fails: { EINVAL: "ignored", otherwise: failed("failed to raise ambient capability") },
      });
    });
  }, wanted);
}
