/** Who the program is in a user namespace that is joined. @see user_namespaces(7), setgroups(2) */
import { EINVAL } from "../../ffi/abi/errno.ts";
import { AT_EMPTY_PATH, O_PATH } from "../../ffi/abi/fcntl.ts";
import { STATX_GID, STATX_UID } from "../../ffi/abi/statx.ts";
import type { BlockWords } from "../../engine/builder/blocks.ts";
import { all, any, type When } from "../../engine/condition.ts";
import { scratch } from "../../engine/struct.ts";
import type { Variable } from "../../engine/value.ts";
import { joinedIdHints } from "../credentials/hints.ts";
import { firstOf } from "../cases.ts";
import { type Context, failed, type Joined } from "../context.ts";
import { STATX } from "../structs.ts";
import { hasDefaultIds } from "./asked.ts";
import type { Joining } from "./joining.ts";
import { NONE } from "./target.ts";
import { openTargetFile } from "./target_files.ts";

/** What ids are shown as that have no mapping: /proc/sys/kernel/overflowuid, unless somebody changed it. */
const OVERFLOW_ID = 65534;

/** What a block says that is run if a user namespace is joined. */
export function ifJoined(isUserJoined: When): BlockWords {
  return isUserJoined === true ? {} : { when: "if a user namespace is joined" };
}

/** Whether the program is to have an id of the target. */
function followsTarget({ spec: { setuid, setgid }, request, target }: Joining): When {
  return all(target.isGiven, any(request.is(setuid, "follow"), request.is(setgid, "follow")));
}

/** Opens whose owner is the target's, if the program is to have its ids. */
export function openOwner(joining: Joining): Variable | undefined {
  const follows = followsTarget(joining);
  if (follows === false) return undefined;
  return firstOf(joining.s, "owned", [[follows, () =>
    openTargetFile(joining, "", {
      result: "owned",
      note: "whose owner is the target's",
      flags: O_PATH,
    })]], NONE);
}

/** Reads the target's ids: by the time its user namespace has been joined, they are inside ids. */
export function readOwner(joining: Joining, owned: Variable): Pick<Joined, "uid" | "gid"> {
  const { s } = joining;
  const follows = followsTarget(joining);
  const ids = {
    uid: s.variableIf(follows, "target's uid"),
    gid: s.variableIf(follows, "target's gid"),
  };
  s.if(follows, () => {
    const status = scratch(s, "statx", STATX);
    const args = [owned, "", AT_EMPTY_PATH, STATX_UID | STATX_GID, status.at];
    s.call("statx", args, "the target's ids", { fails: failed("cannot get process stat") });
    ids.uid.set(status.get("uid"));
    ids.gid.set(status.get("gid"));
    s.call("close", [owned], "the target's ids are known", { fails: "ignored" });
  });
  return ids;
}

/**
 * Drops supplementary groups while the caller may: in the user namespace it may be denied.
 *
 * @returns 1 if they are dropped.
 */
export function dropGroups(context: Context, isUserJoined: When): Variable | undefined {
  const { s } = context;
  const isAsked = hasDefaultIds(context);
  if (isAsked === false) return undefined;
  const dropped = s.variable("groups dropped", 0);
  s.if(all(isAsked, isUserJoined), () => {
    s.block(({ leave }) => {
      const note = "drop supplementary groups, which may be denied in the user namespace";
      s.call("setgroups", [0, 0], note, { fails: leave });
      dropped.set(1);
    });
  }, ifJoined(isUserJoined));
  return dropped;
}

/** Becomes 0 where there is one, and stays who the caller is where there is none but that. */
export function becomeDefault(context: Context, kind: "uid" | "gid"): void {
  const { s, joined } = context;
  const isUserJoined = joined!.user;
  const fails = failed(`set${kind}() failed`, joinedIdHints(kind, context));
  s.if(isUserJoined, () => {
    if (kind === "gid") {
      const note = "drop supplementary groups, unless it is denied here";
      s.call("setgroups", [0, 0], note, { fails: "ignored" });
    }
    const note = `the program is ${kind} 0, if there is one`;
    s.call(kind === "uid" ? "setuid" : "setgid", [0], note, {
      fails: {
        EINVAL(error) {
          const note = `or stays the caller's ${kind}, if that is mapped`;
          const own = s.call(kind === "uid" ? "geteuid" : "getegid", [], note, {
            result: "own id",
            fails: "ignored",
            when: "if there is none",
          });
          s.if(own.is(OVERFLOW_ID), () => error.fail(fails, -EINVAL));
        },
        otherwise: fails,
      },
    });
  }, ifJoined(isUserJoined));
}
