/** Who the program is in a user namespace that is joined. @see user_namespaces(7), setgroups(2) */
import { EINVAL } from "../../ffi/abi/errno.ts";
import { AT_EMPTY_PATH, AT_FDCWD, O_CLOEXEC, O_PATH } from "../../ffi/abi/fcntl.ts";
import { STATX_GID, STATX_UID, STX } from "../../ffi/abi/statx.ts";
import { joinedIdHints } from "../hints/id_maps.ts";
import { targetFileHints } from "../hints/join.ts";
import { ERROR, slot } from "../plan.ts";
import { joins, type LaunchSpec } from "../spec.ts";
import { type Context, failed } from "./context.ts";
import { USER_JOINED } from "./join_sources.ts";

/** What ids are shown as that have no mapping: /proc/sys/kernel/overflowuid, unless somebody changed it. */
const OVERFLOW_ID = 65534;

/** The slots with the ids of the target, as the program's user namespace has them. */
export const TARGET_UID = "target's uid";
export const TARGET_GID = "target's gid";

/** 1 if the caller could drop its groups before it joined anything. */
export const GROUPS_DROPPED = "groups dropped";

const WHEN_JOINED = "if a user namespace is joined";

/** Whether ids become 0 without being told so. */
export function hasDefaultIds(spec: LaunchSpec): boolean {
  return joins(spec, "user") !== "no" && !spec.join?.preserveCredentials;
}

const follows = ({ setuid, setgid }: LaunchSpec): boolean =>
  setuid === "follow" || setgid === "follow";

/** Opens whose owner is the target's. */
export function openOwner({ s, spec, caller }: Context, target: number | undefined): void {
  if (!follows(spec) || target === undefined) return;
  const path = `/proc/${target}`;
  s.call("openat", [AT_FDCWD, path, O_PATH | O_CLOEXEC, 0], "whose owner is the target's", {
    result: "owned",
    failure: failed(`cannot open ${path}`, targetFileHints(target, caller)),
  });
}

/** Reads the target's ids: by the time its user namespace has been joined, they are inside ids. */
export function readOwner({ s, spec }: Context): void {
  if (!follows(spec)) return;
  const status = s.buffer("statx", STX.bytes);
  const args = [slot("owned"), "", AT_EMPTY_PATH, STATX_UID | STATX_GID, status];
  s.call("statx", args, "the target's ids", { failure: failed("cannot get process stat") });
  s.compute(TARGET_UID, "load", status, STX.uid);
  s.compute(TARGET_GID, "shr", slot(TARGET_UID), 32);
  s.compute(TARGET_UID, "and", slot(TARGET_UID), 0xffffffff);
  s.call("close", [slot("owned")], "the target's ids are known");
}

/** Drops supplementary groups while the caller may: in the user namespace it may be denied. */
export function dropGroups({ s, spec }: Context): void {
  if (!hasDefaultIds(spec)) return;
  const refused = s.unique("refused");
  s.compute(GROUPS_DROPPED, "set", 0);
  const perhaps = joins(spec, "user") === "maybe";
  if (perhaps) s.test("ifEqual", [slot(USER_JOINED), 0], refused);
  const note = "drop supplementary groups, which may be denied in the user namespace";
  s.call("setgroups", [0, 0], note, { orElse: refused, ...(perhaps ? { when: WHEN_JOINED } : {}) });
  s.compute(GROUPS_DROPPED, "set", 1);
  s.label(refused);
}

/** Becomes 0 where there is one, and stays who the caller is where there is none but that. */
export function becomeDefault({ s, spec }: Context, kind: "uid" | "gid"): void {
  const done = s.unique(`${kind} done`);
  const unmapped = s.unique("unmapped");
  const perhaps = joins(spec, "user") === "maybe";
  if (perhaps) s.test("ifEqual", [slot(USER_JOINED), 0], done);
  const options = perhaps ? { when: WHEN_JOINED } : {};
  if (kind === "gid") {
    s.call("setgroups", [0, 0], "drop supplementary groups, unless it is denied here", options);
  }
  s.call(kind === "uid" ? "setuid" : "setgid", [0], `the program is ${kind} 0, if there is one`, {
    ...options,
    orElse: unmapped,
    failure: failed(`set${kind}() failed`, joinedIdHints(kind, spec)),
  });
  s.jump(done);
  s.label(unmapped);
  s.test("ifNot", [slot(ERROR), -EINVAL], "fail");
  s.call(
    kind === "uid" ? "geteuid" : "getegid",
    [],
    `or stays the caller's ${kind}, if that is mapped`,
    {
      result: "own id",
      when: "if there is none",
    },
  );
  s.test("ifEqual", [slot("own id"), OVERFLOW_ID], "fail");
  s.label(done);
}
