/** Why ids cannot be mapped, or taken. */
import { EACCES, EINVAL, ENOENT, EPERM, EROFS } from "../../ffi/abi/errno.ts";
import type { Caller, CallerIds } from "../caller.ts";
import type { IdRange } from "../id_map.ts";
import type { Hint } from "../plan.ts";
import { joins, type LaunchSpec } from "../spec.ts";
import {
  ALL_IDS,
  APPARMOR,
  CONFINED,
  contains,
  lacks,
  NO_PROC,
  STATUS,
  UID_MAP,
} from "./causes.ts";

/** A /proc that cannot be written. */
const READ_ONLY: Hint = {
  errno: [EROFS],
  why: "/proc is mounted read-only here, as in containers, and maps are written there",
  remedy: "mount it writable outside: docker --security-opt systempaths=unconfined",
};

/** Writing a map of one id from inside. */
export function mapHints(
  kind: "uid" | "gid",
  caller: Partial<Caller>,
  { join }: LaunchSpec,
): Hint[] {
  return [
    READ_ONLY,
    NO_PROC,
    CONFINED,
    ...(join
      ? [{
        errno: [EACCES],
        why: "nobody may look into a process that joins: its files in /proc are root's meanwhile",
        remedy: "run as root",
      }]
      : []),
    ...(kind === "uid" && !caller.euid
      ? [{
        errno: [EPERM],
        why: "who maps uid 0 into a user namespace needs CAP_SETFCAP outside (since Linux 5.12)",
        remedy: "keep CAP_SETFCAP, or start as another user",
      }]
      : []),
    {
      errno: [EINVAL],
      why:
        `the caller's own ${kind} is not mapped in its user namespace, so it cannot be mapped in a new one`,
      remedy: "map it there first, as with --map-current-user in the outer launch",
    },
    APPARMOR,
  ];
}

/** Whether newuidmap(1) must let the caller map these: its own id, and its subordinate ranges. */
function isOwned(
  ranges: readonly IdRange[],
  own: number | undefined,
  { owned }: CallerIds,
): boolean {
  return ranges.every(({ outer, count }) =>
    outer === own && count === 1 ||
    owned?.some(({ start, count: most }) => outer >= start && outer + count <= start + most)
  );
}

/** Writing a map of ranges as root. */
export function rangeHints(kind: "uid" | "gid"): Hint[] {
  return [{
    errno: [EPERM, EINVAL],
    why: "ranges overlap, or name ids that the caller's user namespace does not have",
    remedy: `compare with /proc/self/${kind}_map`,
  }];
}

/**
 * The outcome of newuidmap(1) or newgidmap(1).
 *
 * @param ranges What it was to map; undefined if only the launch shows that.
 */
export function mapToolHints(
  kind: "uid" | "gid",
  caller: Partial<Caller>,
  ranges: readonly IdRange[] | undefined,
): Hint[] {
  const { euid } = caller;
  const uid = euid === undefined ? "an ordinary user" : `uid ${euid}`;
  const tool = `new${kind}map`;
  return [
    {
      errno: [ENOENT],
      why: `${tool} is not installed, and only it may map ranges for ${uid}`,
      remedy: "install Debian's package uidmap (elsewhere: shadow-utils)",
    },
    {
      errno: [EACCES],
      why: `${tool} is there, but may not be executed by ${uid}`,
      remedy: `ls -l $(command -v ${tool}), and the folders above it`,
    },
    {
      look: [contains(STATUS, "NoNewPrivs:\t1")],
      why: `no_new_privs is set, so ${tool} cannot gain the privilege it has as a setuid program`,
      remedy: "start this outside of what sets no_new_privs",
    },
    {
      look: [lacks(UID_MAP, ALL_IDS)],
      why:
        `this user namespace has not all ids, and ${tool} is a setuid program of a user that it lacks`,
      remedy: `add --map-root-user --map-auto to the outer launch, and map what that has: ` +
        `--map-${kind === "uid" ? "users" : "groups"}=all`,
    },
    rangeOwnerHint(kind, caller, ranges),
  ];
}

/** What newuidmap(1) or newgidmap(1) has against the ranges. */
function rangeOwnerHint(
  kind: "uid" | "gid",
  caller: Partial<Caller>,
  ranges: readonly IdRange[] | undefined,
): Hint {
  const [file, tool] = [`/etc/sub${kind}`, `new${kind}map`];
  const [ids, own, option] = kind === "uid"
    ? [caller.users, caller.euid, "--map-users=auto"]
    : [caller.groups, caller.egid, "--map-groups=auto"];
  if (!ranges || ids?.subids === undefined) {
    return {
      why:
        `the ranges asked for are not all the caller's in ${file}, or ${tool} lost its setuid bit ` +
        "or capability",
      remedy: `look: grep "^$(id -un):" ${file}; ls -l $(command -v ${tool})`,
    };
  }
  if (ids.lack) {
    const { message, hint } = ids.lack;
    return {
      why: message,
      ...(hint === undefined ? {} : { remedy: `${hint}; then ask for those ids: ${option}` }),
    };
  }
  if (ids.subids && !isOwned(ranges, own, ids)) {
    const { start, count } = ids.subids;
    return {
      why:
        `${file} gives ${caller.user} the ids from ${start} to ${start + count - 1}, and others ` +
        "are asked for",
      remedy: `ask for those ids instead: ${option}`,
    };
  }
  return {
    why: `${tool} has lost its setuid bit or capability, or its file system is mounted nosuid`,
    remedy: "reinstall Debian's package uidmap (elsewhere: shadow-utils)",
  };
}

/** setuid(2), setgid(2) and setgroups(2). */
export function idHints(kind: "uid" | "gid", id: number | "follow", spec: LaunchSpec): Hint[] {
  if (joins(spec, "user") !== "no") return joinedIdHints(kind, id);
  const inside = spec.namespaces.includes("user");
  return [
    {
      errno: [EINVAL],
      why: `${
        id === "follow" ? `the target's ${kind}` : `${kind} ${id}`
      } has no mapping in this user namespace`,
      remedy: kind === "uid"
        ? "map it: --map-users, --map-auto"
        : "map it: --map-groups, --map-auto",
    },
    {
      errno: [EPERM],
      why: kind === "gid" && inside
        ? spec.mapGroups
          ? "setgroups is denied in the user namespace above, and so in all below it"
          : "setgroups is denied in a user namespace whose gid map was written without privilege"
        : `changing the ${kind} needs CAP_SET${kind.toUpperCase()}`,
      remedy: inside
        ? spec.mapGroups ? "map ranges outside too: --map-auto" : "map ranges: --map-auto"
        : "add --user --map-root-user (-Ur), or run as root",
    },
  ];
}

/** The same in a user namespace that is joined. */
export function joinedIdHints(kind: "uid" | "gid", id: number | "follow" = 0): Hint[] {
  return [
    {
      errno: [EINVAL],
      why: `${
        id === "follow" ? `the target's ${kind}` : `${kind} ${id}`
      } has no mapping in the user namespace that was joined`,
      remedy: "see what its ids are: cat /proc/PID/uid_map /proc/PID/gid_map, of a process there",
    },
    {
      errno: [EPERM],
      why: "setgroups is denied there, so supplementary groups cannot be dropped, as --setgid asks",
      remedy: "leave --setgid out: without it groups stay where they cannot be dropped",
    },
  ];
}
