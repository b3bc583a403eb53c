/** Hints that the failures of several steps share. */
import { EACCES, EMFILE, ENOENT, ENOSYS, EPERM } from "../ffi/abi/errno.ts";
import { CAPABILITY_NAMES } from "../ffi/abi/capability_names.ts";
import { type Hint, type Look, type Message, words } from "../engine/failure.ts";
import { ALL_IDS } from "./ids/spec.ts";
import { option } from "./option.ts";
import {
  absent,
  contains,
  type Filtered,
  lacks,
  refusedByFilter,
  starts,
} from "../engine/looks.ts";

export const REFUSED: readonly number[] = [EPERM, EACCES];

/** RLIMIT_NOFILE. */
export const FEW_FILES: Hint = {
  errno: [EMFILE],
  why: "this process may open too few files",
  remedy: "allow it more: ulimit -n 32",
};

export const STATUS = "/proc/self/status";
export const MOUNTINFO = "/proc/self/mountinfo";

const PROFILE =
  "give this binary an AppArmor profile with the rule `userns,`, or start it as root of the machine";

/** AppArmor since Ubuntu 24.04: the user namespace is created, but its capabilities are denied. */
export const CONFINED: Hint = {
  errno: REFUSED,
  look: [contains("/proc/self/attr/current", "unprivileged_userns")],
  why: "AppArmor lets no capability be used in this user namespace: its profile is " +
    "unprivileged_userns, that of programs without one of their own",
  remedy: PROFILE,
};

export const APPARMOR: Hint = {
  errno: REFUSED,
  look: [starts("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1")],
  why: "AppArmor takes all capabilities from user namespaces of unconfined programs " +
    "(kernel.apparmor_restrict_unprivileged_userns is 1)",
  remedy: PROFILE,
};

export const SELINUX: Hint = {
  errno: [EACCES],
  look: [starts("/sys/fs/selinux/enforce", "1")],
  why: "SELinux is enforcing, and has a rule against it",
  remedy: "look, as root: ausearch -m AVC -ts recent",
};

/** The settings of a systemd unit that allow a call. */
const UNIT_OPTIONS: Readonly<Partial<Record<Filtered, string>>> = {
  mount: "SystemCallFilter=@mount",
  pidfd_open: "SystemCallFilter=@process",
};

const refusedHere = (syscall: string, option: string): Hint => ({
  why: `a seccomp filter refuses ${syscall}(2) here, as containers have one, and systemd units ` +
    `with ${option.replace(/=.*/, "=")}`,
  remedy: `allow it outside: a container's --security-opt seccomp=FILE, or ${option}`,
});

/** A seccomp filter refuses this call. */
export const filtered = (syscall: Filtered, flags = 0): Hint => ({
  look: [refusedByFilter(syscall, flags)],
  ...refusedHere(syscall, UNIT_OPTIONS[syscall] ?? "RestrictNamespaces=no"),
});

/** A seccomp filter refuses fork(2): the kernel has neither error for a process without new namespaces. */
export const NO_FORK: Hint = {
  errno: [EPERM, ENOSYS],
  ...refusedHere("clone", UNIT_OPTIONS.pidfd_open!),
};

/** A seccomp filter refuses statx(2), or the kernel has none, which such a filter says, too. */
export const NO_STATX: Hint = {
  errno: [EPERM, ENOSYS],
  ...refusedHere("statx", "SystemCallFilter=@file-system"),
};

/** The user namespace has not all ids: it is not the first one, of which the map has them in one line. */
export const lacksIds = (kind: "uid" | "gid" = "uid"): Look =>
  lacks(`/proc/self/${kind}_map`, String(ALL_IDS));

/** The caller's id is not mapped: it appears as the overflow id. */
export const unmapped = (kind: "uid" | "gid"): Hint => ({
  errno: REFUSED,
  look: [
    contains(STATUS, kind === "uid" ? "Uid:\t65534\t65534" : "Gid:\t65534\t65534"),
    lacksIds(kind),
  ],
  why: "the caller's own uid or gid has no mapping in its user namespace",
  remedy: words`add ${option("mapCurrentUser", "true")} to the outer launch`,
});

// Looks at the caller: see ids/caller_looks.ts.

/** The caller is root. */
export const IS_ROOT: Look = { kind: "root has started this" };

/** The caller is an ordinary user: finds the user id. */
export const BY_USER: Look = { kind: "an ordinary user has started this" };

/** The caller is an ordinary user, and the process another's: finds the caller's user id. */
export const OTHERS_PROCESS = "a process is another user's";
export const isOthers = (pid: number): Look => ({ kind: OTHERS_PROCESS, given: [pid] });

/** Linux is older than a version: finds its release. */
export const OLDER_LINUX = "Linux is older";
export const isBefore = (major: number, minor: number): Look => ({
  kind: OLDER_LINUX,
  given: [version(major, minor)],
});

/** A limit above any minor version. */
export const MINORS = 1000;

/** A version of Linux as one number. */
export const version = (major: number, minor: number): number => MINORS * major + minor;

/** How root gets back a capability that it has lost. */
export function withCapability(capability: number): string {
  const name = CAPABILITY_NAMES[capability]!;
  return `start it with ${name}: a container's --cap-add=${name.slice("CAP_".length)}`;
}

/** Two hints in place of one: for root with another remedy, as "run it as root" is none. */
export function forRoot(
  hint: Hint,
  { root, others }: { readonly root: Message; readonly others: Message },
): Hint[] {
  return [
    { ...hint, remedy: root, look: [...hint.look ?? [], IS_ROOT] },
    { ...hint, remedy: others },
  ];
}

/** There is no /proc, or one that does not show this process. */
export const NO_PROC: readonly Hint[] = [
  {
    errno: [ENOENT],
    look: [absent("/proc/version")],
    why: "no proc is mounted on /proc",
    remedy: "mount -t proc proc /proc",
  },
  {
    errno: [ENOENT],
    look: [absent(MOUNTINFO)],
    why: "/proc is of a PID namespace that this process is not in, and does not show it",
    remedy: "mount -t proc proc /proc, in a mount namespace of its own",
  },
];
