/** Why a step of a launch is refused, and what mends it: looked up after the failure, in this order. */
import {
  E2BIG,
  EACCES,
  EAGAIN,
  EINVAL,
  ENODEV,
  ENOENT,
  ENOMEM,
  ENOSPC,
  EPERM,
  ERANGE,
  EROFS,
  EUSERS,
} from "../ffi/abi/errno.ts";
import { NAMESPACE_FLAGS, type NamespaceType } from "../ffi/abi/namespaces.ts";
import type { Caller } from "./caller.ts";
import type { IdRange } from "./id_map.ts";
import type { FilterLook, Hint, Look } from "./plan.ts";
import { joins, type LaunchSpec } from "./spec.ts";

export const REFUSED: readonly number[] = [EPERM, EACCES];

export const starts = (path: string, text: string): Look => ({ path, test: "starts", text });
export const contains = (path: string, text: string): Look => ({ path, test: "contains", text });
export const lacks = (path: string, text: string): Look => ({ path, test: "lacks", text });

const STATUS = "/proc/self/status";
export const MOUNTINFO = "/proc/self/mountinfo";
const UID_MAP = "/proc/self/uid_map";
/** The count of ids in the map of the initial user namespace. */
const ALL_IDS = "4294967295";

/** Since Ubuntu 24.04: the user namespace is created, and has no capability that could be used. */
export const CONFINED: Hint = {
  errno: REFUSED,
  look: [contains("/proc/self/attr/current", "unprivileged_userns")],
  why: "AppArmor lets no capability be used in this user namespace: its profile is " +
    "unprivileged_userns, that of programs without one of their own",
  remedy: "give this binary an AppArmor profile with the rule `userns,`, or run as root",
};

export const APPARMOR: Hint = {
  errno: REFUSED,
  look: [starts("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1")],
  why: "AppArmor takes all capabilities from user namespaces of unconfined programs " +
    "(kernel.apparmor_restrict_unprivileged_userns is 1)",
  remedy: "give this binary an AppArmor profile with the rule `userns,`, or run as root",
};

const SELINUX: Hint = {
  errno: [EACCES],
  look: [starts("/sys/fs/selinux/enforce", "1")],
  why: "SELinux is enforcing, and has a rule against it",
  remedy: "look, as root: ausearch -m AVC -ts recent",
};

/** A filter is at work, and refuses this very call. */
export function filtered(syscall: FilterLook["syscall"], flags = 0): Hint {
  const ofMounts = syscall === "mount";
  return {
    look: [{ test: "filtered", syscall, flags }],
    why: `a seccomp filter refuses ${syscall}(2) here, as containers have one, and systemd units ` +
      (ofMounts ? "with SystemCallFilter=" : "with RestrictNamespaces="),
    remedy: "allow it outside: a container's --security-opt seccomp=…, or " +
      (ofMounts ? "SystemCallFilter=@mount" : "RestrictNamespaces=no"),
  };
}

/** The caller's own id may have no mapping: it is then shown as this one. */
const unmapped = (kind: "uid" | "gid"): Hint => ({
  errno: REFUSED,
  look: [
    contains(STATUS, kind === "uid" ? "Uid:\t65534\t65534" : "Gid:\t65534\t65534"),
    lacks(`/proc/self/${kind}_map`, ALL_IDS),
  ],
  why: "the caller's own uid or gid has no mapping in its user namespace",
  remedy: "map it there first, as with --map-current-user in the outer launch",
});

/** That the caller is root: where that is not known before. */
export const IS_ROOT: Look = contains(STATUS, "Uid:\t0\t0");

/** unshare(CLONE_NEWUSER) and clone(CLONE_NEWUSER). */
function userNamespace({ euid }: Partial<Caller>): Hint[] {
  return [
    ...(euid === 0 ? [] : [{
      errno: REFUSED,
      look: [
        starts("/proc/sys/kernel/unprivileged_userns_clone", "0"),
        ...(euid === undefined ? [lacks(STATUS, "Uid:\t0\t0")] : []),
      ],
      why: "kernel.unprivileged_userns_clone is 0",
      remedy: "sysctl kernel.unprivileged_userns_clone=1, as root of the machine",
    }]),
    {
      errno: REFUSED,
      look: [lacks(MOUNTINFO, " / rw"), lacks(MOUNTINFO, " / ro")],
      why: "this process is in a chroot, where no user namespace may be created",
      remedy: "enter that root by pivot_root instead of chroot",
    },
    unmapped("uid"),
    unmapped("gid"),
    APPARMOR,
    SELINUX,
  ];
}

/** How a cause begins that may pass: the kernel frees namespaces some time after their end. */
export const USED_UP = "a limit of namespaces is used up";

/** Who it is that lacks a capability. */
function lacking({ euid }: Partial<Caller>): string {
  if (euid === undefined) return "";
  return euid === 0 ? ", which this root does not have" : `, and uid ${euid} has it in none`;
}

/** unshare(2) of these namespaces. */
export function unshareHints(types: readonly NamespaceType[], caller: Partial<Caller>): Hint[] {
  const flags = types.reduce((all, type) => all | NAMESPACE_FLAGS[type], 0);
  const limits = types.map((type): Hint => ({
    errno: [ENOSPC, EUSERS],
    look: [starts(`/proc/sys/user/max_${type}_namespaces`, "0\n")],
    why: `user.max_${type}_namespaces is 0 (this is not about disk space)`,
    remedy: `sysctl user.max_${type}_namespaces=10000, in every user namespace above this one`,
  }));
  const nested = types.includes("user") ? ", or user namespaces are nested more than 32 deep" : "";
  const used: Hint[] = [
    {
      errno: [ENOSPC, EUSERS],
      look: [lacks(UID_MAP, ALL_IDS)],
      why:
        "a limit of namespaces is used up or 0 in a user namespace above this one, which cannot " +
        `be seen from here${nested}; this is not about disk space`,
      remedy: "look outside, in each: grep . /proc/sys/user/max_*_namespaces",
    },
    {
      errno: [ENOSPC, EUSERS],
      why: `${USED_UP} (/proc/sys/user/max_*_namespaces)${nested}; this is not about disk space`,
      remedy: "look: grep . /proc/sys/user/max_*_namespaces",
    },
  ];
  const missing = types.map((type): Hint => ({
    errno: [EINVAL],
    look: [{ path: `/proc/self/ns/${type}`, test: "absent" }],
    why: `this kernel has no ${type} namespaces`,
  }));
  const refused: Hint[] = types.includes("user") ? userNamespace(caller) : [
    {
      errno: [EPERM],
      why: `${types.join(", ")} namespaces need CAP_SYS_ADMIN in a user namespace of one's own` +
        lacking(caller),
      remedy: "add --user --map-root-user (-Ur), or run as root",
    },
  ];
  return [filtered("unshare", flags), ...limits, ...used, ...missing, ...refused];
}

/** A /proc that cannot be written. */
const READ_ONLY: Hint = {
  errno: [EROFS],
  why: "/proc is mounted read-only here, as in containers, and maps are written there",
  remedy: "mount it writable outside: docker --security-opt systempaths=unconfined",
};

const NO_PROC: Hint = {
  errno: [ENOENT],
  look: [{ path: MOUNTINFO, test: "absent" }],
  why: "no proc is mounted on /proc",
  remedy: "mount -t proc proc /proc",
};

/** Writing a map of one id from inside. */
export function mapHints(kind: "uid" | "gid", caller: Partial<Caller>): Hint[] {
  return [
    READ_ONLY,
    NO_PROC,
    CONFINED,
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

/** Whether newuidmap(1) must let the caller map these: its own id, and its first subordinate range. */
function isOwned(
  ranges: readonly IdRange[],
  kind: "uid" | "gid",
  caller: Partial<Caller>,
): boolean {
  const { subids } = (kind === "uid" ? caller.users : caller.groups) ?? {};
  const own = kind === "uid" ? caller.euid : caller.egid;
  return ranges.every(({ outer, count }) =>
    outer === own && count === 1 ||
    subids && outer >= subids.start && outer + count <= subids.start + subids.count
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
  const { euid, user } = caller;
  const uid = euid === undefined ? "an ordinary user" : `uid ${euid}`;
  const file = kind === "uid" ? "/etc/subuid" : "/etc/subgid";
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
    ...(user === undefined ? [] : [{
      look: [lacks(file, `${user}:`), lacks(file, `${euid}:`)],
      why: `${file} has no line for ${user}`,
      remedy: `echo '${user}:100000:65536' >> ${file}, as root`,
    }]),
    {
      look: [{ path: file, test: "absent" }],
      why: `there is no ${file}, and so no range for ${user ?? "this user"}`,
      remedy: `echo '${user ?? "NAME"}:100000:65536' >> ${file}, as root`,
    },
    {
      look: [lacks(UID_MAP, ALL_IDS)],
      why:
        `this user namespace has not all ids: ranges of ${file} count only as far as it has them`,
      remedy: `compare ${file} with /proc/self/${kind}_map; map the range in the outer launch too`,
    },
    ranges && isOwned(ranges, kind, caller)
      ? {
        why: `${tool} has lost its setuid bit or capability, or its file system is mounted nosuid`,
        remedy: `reinstall Debian's package uidmap (elsewhere: shadow-utils)`,
      }
      : {
        why:
          `the ranges asked for are not all in ${file}, or ${tool} lost its setuid bit or capability`,
        remedy: `grep ${user ?? "$(id -un)"} ${file}; ls -l $(command -v ${tool})`,
      },
  ];
}

/** Mounting a new proc. */
export function procHints(spec: LaunchSpec): Hint[] {
  const hints: Hint[] = [];
  if (!spec.namespaces.includes("pid")) {
    hints.push({
      errno: [EPERM],
      why: "proc shows a PID namespace, and this user namespace owns none",
      remedy: "add --pid --fork",
    });
  } else if (!spec.fork) {
    hints.push({
      errno: [EPERM],
      why: "without --fork this process is still in the old PID namespace, which it does not own",
      remedy: "add --fork",
    });
  }
  return [
    filtered("mount"),
    CONFINED,
    ...hints,
    {
      errno: [EPERM],
      look: [{ path: MOUNTINFO, test: "absent" }],
      why: "no proc is mounted on /proc, and only who sees a whole one may mount another",
      remedy: "mount -t proc proc /proc, outside",
    },
    {
      errno: [EPERM],
      look: [contains(MOUNTINFO, " /proc/")],
      why:
        "parts of /proc are covered by other mounts, as in containers, and a new proc would show them",
      remedy: "uncover it outside: docker --security-opt systempaths=unconfined, podman unmask=ALL",
    },
    APPARMOR,
    {
      errno: [ENOENT],
      why: "there is no such directory to mount on",
      remedy: "create it first",
    },
  ];
}

/** Any other mount. @param type The file system, where it is a new one. */
export function mountHints(type?: string): Hint[] {
  return [
    filtered("mount"),
    CONFINED,
    ...(type === undefined ? [] : [{
      errno: [ENODEV],
      why: `this kernel has no file system ${type}, or has not loaded it`,
      remedy: `modprobe ${type}, as root of the machine`,
    }]),
    APPARMOR,
    {
      errno: REFUSED,
      why: "mounting needs CAP_SYS_ADMIN in the user namespace that owns the mount namespace",
      remedy: "add --user --map-root-user (-Ur), or run as root",
    },
  ];
}

/** Binding a namespace to a file. */
export function persistHints(type: NamespaceType, spec: LaunchSpec): Hint[] {
  const hints: Hint[] = [];
  if (type === "pid" && !spec.fork) {
    hints.push({
      errno: [ENOENT],
      why: "a PID namespace exists from its first process on, and without --fork there is none yet",
      remedy: "add --fork",
    });
  }
  if (type === "mnt") {
    hints.push({
      errno: [EINVAL],
      why: "a mount namespace can be bound only below a mount whose propagation is not shared",
      remedy: "mount --bind DIR DIR; mount --make-private DIR, for the directory of the file",
    });
  }
  return [
    ...hints,
    {
      errno: [ENOENT],
      why: "the file to bind to must exist",
      remedy: "create it first: touch FILE",
    },
    {
      errno: [EPERM],
      why: "binding a namespace to a file needs CAP_SYS_ADMIN in the caller's mount namespace",
      remedy: "run as root",
    },
  ];
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

/** Clock offsets. */
export const TIME_HINTS: readonly Hint[] = [{
  errno: [ERANGE],
  why: "no clock may be set below zero or above half of its range",
  remedy: "see /proc/uptime for how far back it can go",
}];

/** chroot(2). */
export function chrootHints(spec: LaunchSpec): Hint[] {
  return [{
    errno: [EPERM],
    why: "chroot needs CAP_SYS_CHROOT",
    remedy: spec.join
      ? "join the target's user namespace too (--user, -U), or run as root"
      : "add --user --map-root-user (-Ur), or run as root",
  }];
}

/** fork(2): what the walkthrough calls the trap. */
export function forkHints(spec: Pick<LaunchSpec, "join">): Hint[] {
  return [
    {
      errno: [ENOMEM],
      look: [lacks("/proc/meminfo", "MemAvailable:          0 kB")],
      why: "the first process of the PID namespace has ended, and no other can be started in it",
      remedy: spec.join
        ? "enter another one: this one stays dead"
        : "create the PID namespace with --fork",
    },
    {
      errno: [EAGAIN],
      why: "a limit of processes is reached: RLIMIT_NPROC, or pids.max of the cgroup",
      remedy: "ulimit -u; cat /sys/fs/cgroup/pids.max",
    },
  ];
}

/** execve(2) of a path. */
export function execHints(path: string, spec: LaunchSpec): Hint[] {
  return [
    {
      errno: [ENOENT],
      look: [{ path, test: "exists" }],
      why:
        `${path} exists, but the interpreter that its first line or its ELF header names does not`,
      ...(spec.root === undefined
        ? {}
        : { remedy: "put that and its libraries into the new root too" }),
    },
    {
      errno: [E2BIG],
      why: "arguments and environment together are too large",
      remedy: "getconf ARG_MAX shows the limit of both, and one argument may have 128 KiB",
    },
  ];
}
