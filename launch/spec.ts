/** Specs: what is asked of a launch, in the words of unshare(1). */
import type { NamespaceType } from "../ffi/abi/namespaces.ts";
import { SIGNALS } from "../ffi/abi/signal.ts";
import type { Bytes } from "../ffi/bytes.ts";
import type { IdRange } from "../ffi/abi/id_map.ts";
import type { InitSpec } from "./init/spec.ts";
import type { CapabilitiesSpec } from "./capabilities/spec.ts";
import type { LabelsSpec } from "./labels/spec.ts";
import type { ScopeSpec } from "./scope/spec.ts";
import type { LimitsSpec } from "./limits/spec.ts";
import type { ProgramSpec } from "./program/spec.ts";
import { knownOf, type Parameter } from "./parameter.ts";
import type { SettledSpec } from "./namespaces/spec.ts";
import type { NetworkSpec } from "./network/spec.ts";
import type { NewRootSpec } from "./root/spec.ts";
import type { SeccompSpec } from "./seccomp/spec.ts";
import type { StatusSpec } from "./status/spec.ts";
import type { SyncSpec } from "./sync/spec.ts";
import { checkSpec } from "./spec_shape.ts";

/** Where a range map comes from: itself, or what the caller has. */
export type IdRangeSource =
  | IdRange
  /** The caller's first subordinate range, mapped to 0 and up. */
  | "auto"
  /** The caller's first subordinate range, mapped to the same ids. */
  | "subids"
  /** All ids of the caller's user namespace, mapped to the same ids. */
  | "all";

/** Where binfmt_misc is mounted by default. */
export const BINFMT_MISC = "/proc/sys/fs/binfmt_misc";

/** Propagation of all mounts in a new mount namespace. @see mount_namespaces(7) */
export type Propagation = "private" | "shared" | "slave" | "unchanged";

/**
 * Namespaces that exist, to be joined, and what else is to be as it is there: nsenter(1).
 *
 * The process that is in them is the target. Its PID and all paths are those of the caller, and all
 * files are opened before anything is joined. No descriptor of them is left to the program.
 */
export interface Join<Open = never> {
  /** The PID of the target, or of a thread of it (since Linux 6.9). */
  readonly target?: number | Open;
  /** The inode of the target's pidfd, without which a PID may be another process's by now. Linux 6.9. */
  readonly targetInode?: bigint | number | Open;
  /**
   * Namespaces of the target to join. If its PID namespace and the one that its children start in are
   * not the same, the latter is joined, and that is said on standard error.
   */
  readonly namespaces?: readonly NamespaceType[] | Open;
  /** Join all namespaces of the target but those in which the caller is already. */
  readonly all?: boolean | Open;
  /** Files of namespaces, to join those and not the target's: /proc/PID/ns/* or what they are bound to. */
  readonly files?: Readonly<Partial<Record<NamespaceType, Bytes | Open>>>;
  /** Namespaces by their 64-bit ids, as NS_GET_ID of ioctl_nsfs(2) tells. Linux 6.19. */
  readonly ids?: Readonly<Partial<Record<NamespaceType, bigint | number | Open>>>;
  /**
   * Namespaces by descriptors of the launch, and nothing else of `join`. Ids and directories stay as they are, and
   * new user and PID namespaces are made below those that are joined.
   */
  readonly descriptors?: Readonly<Partial<Record<NamespaceType, number | Open>>>;
  /** A descriptor of the target that is a socket: its network namespace is joined. */
  readonly netSocket?: number | Open;
  /** Join the parent of the user namespace, or, without a target, the owner of the first of `files`. */
  readonly userParent?: boolean | Open;
  /** The root directory: the target's, or a directory of the caller's. */
  readonly root?: true | Bytes | Open;
  /** The working directory: the target's, or one of the caller's, which stays within reach. */
  readonly wd?: true | Bytes | Open;
  /**
   * A directory, in the new mount namespace that this implies, below which the target's root directory is
   * seen with all that is mounted there: read-only, without set-user-ID bits, devices and execution.
   */
  readonly mountRoot?: Bytes;
  /**
   * Take the variables that the target's program began with; PATH is theirs too. Of another user's target
   * LD_* and what a shell runs (ENV, BASH*, prompts) are left out, and PATH and SHELL are the caller's, unless
   * the program runs as that user or as somebody of the user namespace that is joined.
   */
  readonly env?: boolean | Open;
  /** Run in the target's control group. Only the second version of cgroups. */
  readonly cgroup?: boolean | Open;
  /** Run in the target's SELinux context; nothing without SELinux. */
  readonly context?: boolean | Open;
  /**
   * Leave ids and groups alone in a user namespace. Otherwise they become 0, or what `setuid` and
   * `setgid` say, and supplementary groups are dropped; but the caller's own ids stay if they are
   * mapped there and 0 is not, and groups stay where setgroups(2) is denied.
   */
  readonly preserveCredentials?: boolean | Open;
}

/**
 * A launch: the namespaces to create or to join, and how the program finds itself in them.
 *
 * Ids and paths are those of the inside once a namespace has changed what they mean, except for
 * `persist`, `owner`, `join`, and the outer ids of maps.
 */
export interface LaunchSpec<Open = never>
  extends
    LimitsSpec<Open>,
    InitSpec<Open>,
    LabelsSpec<Open>,
    ScopeSpec<Open>,
    ProgramSpec<Open>,
    NewRootSpec<Open>,
    CapabilitiesSpec<Open>,
    SeccompSpec<Open>,
    NetworkSpec<Open>,
    SyncSpec<Open>,
    StatusSpec<Open>,
    SettledSpec<Open> {
  /** Begin messages with their level, `<3>`, as journals want it. @see sd-daemon(3) */
  readonly levelPrefix?: boolean | Open;
  /** Who speaks: the prefix of messages and the name in ps. At most 15 bytes. */
  readonly name: string;
  /** The program: a path, or a name to be searched in PATH. Default: the caller's shell, as a login shell. */
  readonly program?: Bytes | Open;
  /** What the program gets as arguments, argv[0] included, but for that of the default shell. */
  readonly argv: readonly (Bytes | Open)[] | Open;
  /** Whether a name without a slash is searched in PATH, and a script without #! is the shell's. Default: yes. */
  readonly search?: boolean;
  /** Working directory of the launcher, outside: relative paths begin there. Default: the caller's. */
  readonly cwd?: Bytes | Open;
  /** Namespaces to create, in those that are joined. */
  readonly namespaces: readonly NamespaceType[] | Open;
  /** Namespaces to join. */
  readonly join?: Join<Open>;
  /** Files, in the caller's mount namespace, to bind new namespaces to, so that they stay. */
  readonly persist?: Readonly<Partial<Record<NamespaceType, Bytes | Open>>>;
  /**
   * Run the program as a child and wait for it. Default: only where an option needs it, as does joining
   * a PID namespace, which is for children. With `join` the waiter also stops when the program does.
   */
  readonly fork?: boolean | Open;
  /** The signal that the program gets when its waiter dies; implies `fork`. */
  readonly killChild?: number | Open;
  /**
   * End the launch, and the program with it, by SIGKILL when the thread that has started it ends. With a
   * waiter it implies `killChild`.
   */
  readonly dieWithParent?: boolean | Open;
  /** Pass SIGTERM and SIGINT on to the program; implies `fork`. */
  readonly forwardSignals?: boolean | Open;
  /**
   * End with 128 and the number of the signal that killed the program, instead of dying by that signal;
   * implies `fork`.
   */
  readonly exitsAsShell?: boolean | Open;
  /**
   * Let SIGINT and SIGTERM end the waiter, which may leave the program alone. Default: only with `join`. Not
   * with `forwardSignals`; implies `fork`.
   */
  readonly interruptible?: boolean | Open;
  /** Run the program as the leader of a session and process group of its own. Implies `fork` with `newRoot`. @see setsid(2) */
  readonly setsid?: boolean | Open;
  /** Where to mount a new proc; implies a mount namespace. */
  readonly mountProc?: Bytes | Open;
  /** Where to mount a new sysfs, which shows the network namespace; implies a mount namespace. */
  readonly mountSys?: Bytes;
  /** Files and directories that are seen in the place of others, by paths of the caller's; implies a mount namespace. */
  readonly binds?: readonly { readonly source: Bytes; readonly destination: Bytes }[];
  /** Where to mount a new binfmt_misc; implies a mount and a user namespace. */
  readonly mountBinfmt?: Bytes | Open;
  /** A line for the binfmt_misc `register` file; implies `mountBinfmt`. */
  readonly loadInterp?: Bytes | Open;
  /** Default: private. */
  readonly propagation?: Propagation | Open;
  /** What is to be `/`: a directory, in the new mount namespace if there is one. @see chroot(2) */
  readonly root?: Bytes | Open;
  /** Working directory, in the new root. */
  readonly wd?: Bytes | Open;
  /** User id of the program: an inside id; "follow" is that of the target. */
  readonly setuid?: number | "follow" | Open;
  /** Group id of the program: an inside id; "follow" is that of the target. Drops supplementary groups. */
  readonly setgid?: number | "follow" | Open;
  /**
   * The inside id that the caller's effective user id gets. "current" is that same id; a name is looked up
   * in the caller's /etc/passwd when the launch is started. @see passwd(5)
   */
  readonly mapUser?: number | "current" | { readonly name: string } | Open;
  /**
   * The inside id that the caller's effective group id gets. "current" is that same id; a name is looked up
   * in the caller's /etc/group when the launch is started. @see group(5)
   */
  readonly mapGroup?: number | "current" | { readonly name: string } | Open;
  /** Ranges of user ids to map. @see user_namespaces(7), newuidmap(1) */
  readonly mapUsers?: readonly IdRangeSource[] | Open;
  /** Ranges of group ids to map. */
  readonly mapGroups?: readonly IdRangeSource[] | Open;
  /**
   * Let nobody inside make user namespaces: the program's is the last one, in the new one. Not with ranges of ids.
   */
  readonly disableUserns?: boolean | Open;
  /** Fail unless user namespaces cannot be made inside. */
  readonly assertUsernsDisabled?: boolean | Open;
  /**
   * A descriptor that gives a byte, or comes to its end, when somebody outside has mapped ids of the new user
   * namespace: the launch maps none. It needs `infoFd`, which tells the PID. @see newuidmap(1)
   */
  readonly usernsBlockFd?: number | Open;
  /** A descriptor of a user namespace below that of `join.descriptors`, to be joined when the root is made. */
  readonly userns2?: number | Open;
  /** Outside ids to become before the namespaces are created. */
  readonly owner?: { readonly uid: number | Open; readonly gid: number | Open };
  /** Whether setgroups(2) may be called in the new user namespace. */
  readonly setgroups?: "allow" | "deny" | Open;
  /** Keep the capabilities in a new or joined user namespace across execve. */
  readonly keepCaps?: boolean | Open;
  /** How far CLOCK_MONOTONIC is ahead in a new time namespace, in seconds. @see time_namespaces(7) */
  readonly monotonic?: bigint | number | Open;
  /** How far CLOCK_BOOTTIME is ahead in a new time namespace, in seconds. */
  readonly boottime?: bigint | number | Open;
  /** Start the program with an empty environment. */
  readonly clearEnv?: boolean | Open;
  /** Clear the environment but for these variables. */
  readonly whitelistEnv?: readonly Bytes[] | Open;
  /** Variables that the program gets beside, or instead of, those that it would have anyway. */
  readonly env?: Readonly<Record<string, string | Open>> | Open;
  /** Host name in the new UTS namespace, which it implies: at most 64 bytes. @see sethostname(2) */
  readonly hostname?: Bytes | Open;
  /** NIS domain name in the new UTS namespace, which it implies: at most 64 bytes. */
  readonly domainname?: Bytes | Open;
}

/** A launch of which some values are given when it is started. */
export type OpenSpec = LaunchSpec<Parameter>;

/** The types of new namespaces that options imply. */
export const IMPLIED: Readonly<Partial<Record<keyof LaunchSpec, readonly NamespaceType[]>>> = {
  mountProc: ["mnt"],
  mountSys: ["mnt"],
  binds: ["mnt"],
  mountBinfmt: ["mnt", "user"],
  loadInterp: ["mnt", "user"],
  newRoot: ["mnt"],
  hostname: ["uts"],
  domainname: ["uts"],
  mapUser: ["user"],
  mapGroup: ["user"],
  mapUsers: ["user"],
  mapGroups: ["user"],
  owner: ["user"],
};

/** Mapped where there is a new user namespace. */
const OWN_IDS: readonly string[] = ["mapUser", "mapGroup"];

/**
 * The spec with everything that its options imply.
 *
 * @throws {SpecError} if an option is unknown, or of a wrong type.
 */
export function complete<Open extends Parameter>(spec: LaunchSpec<Open>): LaunchSpec<Open> {
  checkSpec(spec);
  const namespaces = new Set(knownOf(spec.namespaces));
  const isSettled = (spec.rootless ?? spec.tryNamespaces) !== undefined;
  for (const [option, types] of Object.entries(IMPLIED)) {
    if (isSettled && OWN_IDS.includes(option)) continue;
    if (spec[option as keyof LaunchSpec] === undefined) continue;
    for (const type of types) namespaces.add(type);
  }
  if (spec.join?.mountRoot !== undefined) namespaces.add("mnt");
  for (const type of Object.keys(spec.persist ?? {})) namespaces.add(type as NamespaceType);
  const fork = spec.fork ?? (spec.killChild !== undefined || spec.forwardSignals ||
    // Who leads a process group keeps its terminal: setsid(2) refuses it.
    (spec.newRoot !== undefined && spec.setsid) || spec.init || spec.exitsAsShell ||
    spec.interruptible ||
    knownOf(spec.syncFds).length > 0 || (spec.infoFd ?? spec.statusFd) !== undefined ||
    joins(spec, "pid") !== "no" || spec.join?.descriptors?.pid !== undefined);
  const killChild = spec.killChild ??
    (fork && spec.dieWithParent ? SIGNALS.SIGKILL : undefined);
  // The shell is a path, and no script.
  const shell = spec.program === undefined ? { search: false } : {};
  // Places that options leave to others. The usual one of binfmt_misc is in that of proc.
  const mountBinfmt = spec.mountBinfmt ?? (spec.loadInterp === undefined ? undefined : BINFMT_MISC);
  const mountProc = spec.mountProc ?? (mountBinfmt === BINFMT_MISC ? "/proc" : undefined);
  const wd = spec.wd ?? (spec.root === undefined ? undefined : "/");
  const implied = {
    namespaces: [...namespaces].sort(),
    ...(fork ? { fork } : {}),
    ...(killChild === undefined ? {} : { killChild }),
    ...shell,
    ...(mountProc === undefined ? {} : { mountProc }),
    ...(mountBinfmt === undefined ? {} : { mountBinfmt }),
    ...(wd === undefined ? {} : { wd }),
  };
  // Nothing is inherited, not even from a prototype that somebody has added to.
  return Object.assign(Object.create(null), spec, implied);
}

/** Whether a namespace of this type is joined: "maybe" is for when it is run to see. */
export function joins({ join }: OpenSpec, type: NamespaceType): "yes" | "maybe" | "no" {
  const { namespaces, files, ids, netSocket, userParent, all } = join ?? {};
  const named = knownOf(namespaces).includes(type) || files?.[type] !== undefined ||
    ids?.[type] !== undefined || type === "net" && netSocket !== undefined ||
    type === "user" && userParent;
  return named ? "yes" : all ? "maybe" : "no";
}
