/**
 * Targets of other users. What such a process began with is its user's, who must not choose what a
 * program runs that stays who the caller is.
 */
import { words } from "../../engine/failure.ts";
import { option, together } from "../option.ts";
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { STATX_UID } from "../../ffi/abi/statx.ts";
import { all, any, not, type When } from "../../engine/condition.ts";
import { scratch } from "../../engine/struct.ts";
import type { Expression, Variable } from "../../engine/value.ts";
import { failed } from "../context.ts";
import { isParameter } from "../parameter.ts";
import { isNamed, mayJoin } from "./asked.ts";
import type { Joining } from "./joining.ts";
import { targetFileHints } from "./target_hints.ts";
import { say } from "../say.ts";
import { STATX } from "../structs.ts";

/** Whether the program is no more than others in the user namespace that is joined, if one is. */
const isHeldInside = ({ spec: { join }, request }: Joining): When =>
  not(request.isGiven(join?.preserveCredentials));

/** Whether the program may get variables of another user that are not for it. */
function guardsVariables(joining: Joining): When {
  const { spec: { join, setuid }, request } = joining;
  return all(
    request.isGiven(join?.env),
    not(request.is(setuid, "follow")),
    not(all(isNamed(joining, "user"), isHeldInside(joining))),
  );
}

/** Whether the program may be root of outside in a user namespace of somebody else. */
function mayStayRoot(joining: Joining): When {
  const { spec: { setuid }, request } = joining;
  return all(
    mayJoin(joining, "user"),
    not(isHeldInside(joining)),
    not(request.isGiven(setuid)),
  );
}

/**
 * Finds out whose the target is, and says what follows.
 *
 * @returns Whether the target is another's than the program will be, and its variables are not for it.
 */
export function findForeign(joining: Joining, isUserJoined: When): When {
  const { s, target } = joining;
  const guards = guardsVariables(joining);
  const warns = mayStayRoot(joining);
  const isAsked = any(guards, warns);
  if (isAsked === false) return false;
  const isForeign = s.variable("foreign", 0);
  const isInside = all(guards, isHeldInside(joining), isUserJoined);
  s.if(all(isAsked, not(isInside)), () => {
    s.block(({ leave }) => {
      const own = programsUser(joining);
      s.if(target.isGiven, () => s.if(ownerOf(joining).is(own), leave));
      isForeign.set(1);
      const isRoot = typeof own === "number" ? own === 0 : own.is(0);
      s.if(all(warns, isUserJoined, isRoot), () => sayRoot(joining));
      s.if(guards, () => sayGuarded(joining));
    });
  }, isInside === false ? {} : { when: "unless it is held inside" });
  return all(guards, isForeign.is(1));
}

/** The user id that the program will have, where it does not follow the target's. */
function programsUser({ s, spec: { setuid }, ids: { euid }, request }: Joining): number | Variable {
  if (!isParameter(setuid)) return typeof setuid === "number" ? setuid : euid;
  const own = s.variable("own", euid);
  s.if(
    all(request.isGiven(setuid), not(request.is(setuid, "follow"))),
    () => own.set(request.value(setuid)),
  );
  return own;
}

/** The user id of the target. */
function ownerOf(joining: Joining): Expression {
  const { s, target } = joining;
  const status = scratch(s, "statx", STATX);
  const args = [AT_FDCWD, target.path(""), 0, STATX_UID, status.at];
  s.call("statx", args, "is the target another user's?", {
    fails: failed(words`stat of ${target.shown("")} failed`, targetFileHints(target)),
  });
  return status.get("uid");
}

function sayRoot(joining: Joining): void {
  say(
    joining,
    words`note: the program stays root of outside, and root of that user namespace may trace it: leave ${
      option("join.preserveCredentials")
    } out`,
    "if it is",
  );
}

function sayGuarded(joining: Joining): void {
  say(
    joining,
    words`note: process ${joining.target.number} is another user's: LD_*, ENV, BASH* and prompts are left out, and PATH and SHELL are the caller's (${
      together(option("setuid", "follow", "letter"), option("setgid", "follow", "letter"))
    }: run as that user, with all of them)`,
    "if it is",
  );
}
