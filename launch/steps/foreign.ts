/**
 * Targets of other users. What such a process began with is its user's, who must not choose what a
 * program runs that stays who the caller is.
 */
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { STATX_UID, STX } from "../../ffi/abi/statx.ts";
import { targetFileHints } from "../hints/join.ts";
import { slot } from "../plan.ts";
import { joins, type LaunchSpec } from "../spec.ts";
import { type Context, failed } from "./context.ts";
import { USER_JOINED } from "./join_sources.ts";
import { say } from "./say.ts";

/** 1 if the target is another's than the program will be, and the program is not held inside. */
export const FOREIGN = "foreign";

/** Whether the program is no more than others in the user namespace that is joined, if one is. */
const isHeldInside = ({ join }: LaunchSpec): boolean => !join?.preserveCredentials;

/** Whether the program may get variables of another user that are not for it. */
export function guardsVariables(spec: LaunchSpec): boolean {
  return spec.join?.env === true && spec.setuid !== "follow" &&
    !(joins(spec, "user") === "yes" && isHeldInside(spec));
}

/** Whether the program may be root of outside in a user namespace of somebody else. */
function staysRoot({ spec, caller }: Context): boolean {
  return joins(spec, "user") !== "no" && spec.join?.preserveCredentials === true &&
    spec.setuid === undefined && !caller.euid;
}

/** Finds out whose the target is, and says what follows. Comes behind what finds out what is joined. */
export function findForeign(context: Context): void {
  const { s, spec, caller } = context;
  const guards = guardsVariables(spec);
  const warns = staysRoot(context);
  if (!guards && !warns) return;
  const { target } = spec.join!;
  const decided = s.unique("decided");
  const perhaps = joins(spec, "user") === "maybe";
  s.compute(FOREIGN, "set", 0);
  const unlessInside = guards && perhaps && isHeldInside(spec);
  if (unlessInside) s.test("ifEqual", [slot(USER_JOINED), 1], decided);
  const options = unlessInside ? { when: "unless it is held inside" } : {};
  const { setuid } = spec;
  const own = typeof setuid === "number" ? setuid : caller.euid ?? slot("own uid");
  if (typeof own !== "number") {
    s.call("geteuid", [], "who is it?", { ...options, result: "own uid" });
  }
  if (target !== undefined) {
    const path = `/proc/${target}`;
    const status = s.buffer("statx", STX.bytes);
    s.call("statx", [AT_FDCWD, path, 0, STATX_UID, status], "is the target another user's?", {
      ...options,
      failure: failed(`stat of ${path} failed`, targetFileHints(target, caller)),
    });
    s.compute("uid", "load", status, STX.uid);
    s.compute("uid", "and", slot("uid"), 0xffffffff);
    s.test("ifEqual", [slot("uid"), own], decided);
  }
  s.compute(FOREIGN, "set", 1);
  if (warns) {
    const silent = s.unique("silent");
    if (perhaps) s.test("ifEqual", [slot(USER_JOINED), 0], silent);
    if (caller.euid === undefined) s.test("ifNot", [own, 0], silent);
    say(
      context,
      "note: the program stays root of outside, and root of that user namespace may trace it: leave " +
        "--preserve-credentials out",
      "if it is",
    );
    s.label(silent);
  }
  if (guards) {
    say(
      context,
      `note: process ${target} is another user's: LD_* are left out, and PATH and SHELL are the ` +
        "caller's (-S follow -G follow: run as that user, with all of them)",
      "if it is",
    );
  }
  s.label(decided);
}
