/**
 * Targets of other users. What such a process began with is its user's, who must not choose what a
 * program runs that stays who the caller is.
 */
import { words } from "../../engine/failure.ts";
import { option, together } from "../option.ts";
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { STATX_UID } from "../../ffi/abi/statx.ts";
import { all, not, type When } from "../../engine/condition.ts";
import { struct } from "../../engine/struct.ts";
import type { Expression } from "../../engine/value.ts";
import { targetFileHints } from "./hints.ts";
import { joins, type OpenSpec } from "../spec.ts";
import { type Context, failed } from "../context.ts";
import { say } from "../say.ts";
import { STATX } from "../structs.ts";

/** Whether the program is no more than others in the user namespace that is joined, if one is. */
const isHeldInside = ({ join }: OpenSpec): boolean => !join?.preserveCredentials;

/** Whether the program may get variables of another user that are not for it. */
function guardsVariables(spec: OpenSpec): boolean {
  return spec.join?.env === true && spec.setuid !== "follow" &&
    !(joins(spec, "user") === "yes" && isHeldInside(spec));
}

/** Whether the program may be root of outside in a user namespace of somebody else. */
function mayStayRoot({ spec }: Context): boolean {
  return joins(spec, "user") !== "no" && spec.join?.preserveCredentials === true &&
    spec.setuid === undefined;
}

/**
 * Finds out whose the target is, and says what follows.
 *
 * @returns Whether the target is another's than the program will be, and its variables are not for it.
 */
export function findForeign(context: Context, isUserJoined: When): When {
  const { s, spec, ids } = context;
  const guards = guardsVariables(spec);
  const warns = mayStayRoot(context);
  if (!guards && !warns) return false;
  const { setuid, join } = spec;
  const { target } = join!;
  const isForeign = s.variable("foreign", 0);
  const isInside = guards && isHeldInside(spec) && isUserJoined;
  s.if(not(isInside), () => {
    s.block(({ leave }) => {
      const own = typeof setuid === "number" ? setuid : ids.euid;
      if (target !== undefined) s.if(ownerOf(context, target).is(own), leave);
      isForeign.set(1);
      const isRoot = typeof own === "number" ? own === 0 : own.is(0);
      s.if(all(warns, isUserJoined, isRoot), () => sayRoot(context));
      if (guards) sayGuarded(context, target!);
    });
  }, isInside === false ? {} : { when: "unless it is held inside" });
  return guards && isForeign.is(1);
}

/** The user id of the target. */
function ownerOf({ s }: Context, target: number): Expression {
  const path = `/proc/${target}`;
  const status = struct(s, "statx", STATX);
  const args = [AT_FDCWD, path, 0, STATX_UID, status.at];
  s.call("statx", args, "is the target another user's?", {
    fails: failed(`stat of ${path} failed`, targetFileHints(target)),
  });
  return status.get("uid");
}

function sayRoot(context: Context): void {
  say(
    context,
    words`note: the program stays root of outside, and root of that user namespace may trace it: leave ${
      option("join.preserveCredentials")
    } out`,
    "if it is",
  );
}

function sayGuarded(context: Context, target: number): void {
  say(
    context,
    words`note: process ${target} is another user's: LD_* are left out, and PATH and SHELL are the caller's (${
      together(option("setuid", "follow", "letter"), option("setgid", "follow", "letter"))
    }: run as that user, with all of them)`,
    "if it is",
  );
}
