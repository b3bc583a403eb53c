/** Specs: what is asked of a launch, in the words of unshare(1). */
import type { NamespaceType } from "../ffi/abi/namespaces.ts";
import type { Bytes } from "../ffi/bytes.ts";
import type { IdRange } from "./id_map.ts";

/** Where a range map comes from: itself, or what the caller has. */
export type IdRangeSource =
  | IdRange
  /** The caller's first subordinate range, mapped to 0 and up. */
  | "auto"
  /** The caller's first subordinate range, mapped to the same ids. */
  | "subids"
  /** All ids of the caller's user namespace, mapped to the same ids. */
  | "all";

/** Propagation of all mounts in a new mount namespace. @see mount_namespaces(7) */
export type Propagation = "private" | "shared" | "slave" | "unchanged";

/**
 * A launch: the namespaces to create, and how the program finds itself in them.
 *
 * Ids and paths are those of the inside once a namespace has changed what they mean, except for
 * `persist`, `owner`, and the outer ids of maps.
 */
export interface LaunchSpec {
  /** Who speaks: the prefix of messages and the name in ps. At most 15 bytes. */
  readonly name: string;
  /** The program: a path, or a name to be searched in PATH. */
  readonly program: Bytes;
  /** What the program gets as arguments, argv[0] included. */
  readonly argv: readonly Bytes[];
  /** Whether a name without a slash is searched in PATH, and a script without #! is the shell's. Default: yes. */
  readonly search?: boolean;
  /** Namespaces to create. */
  readonly namespaces: readonly NamespaceType[];
  /** Files, in the caller's mount namespace, to bind new namespaces to, so that they stay. */
  readonly persist?: Readonly<Partial<Record<NamespaceType, Bytes>>>;
  /** Run the program as a child and wait for it. */
  readonly fork?: boolean;
  /** The signal that the program gets when its waiter dies; implies `fork`. */
  readonly killChild?: number;
  /** Pass SIGTERM and SIGINT on to the program; implies `fork`. */
  readonly forwardSignals?: boolean;
  /** Where to mount a new proc; implies a mount namespace. */
  readonly mountProc?: Bytes;
  /** Where to mount a new binfmt_misc; implies a mount and a user namespace. */
  readonly mountBinfmt?: Bytes;
  /** A line for the binfmt_misc `register` file; implies `mountBinfmt`. */
  readonly loadInterp?: Bytes;
  /** Default: private. */
  readonly propagation?: Propagation;
  /** What is to be `/`: a directory, in the new mount namespace if there is one. @see chroot(2) */
  readonly root?: Bytes;
  /** Working directory, in the new root. */
  readonly wd?: Bytes;
  /** User id of the program: an inside id. */
  readonly setuid?: number;
  /** Group id of the program: an inside id. Drops supplementary groups. */
  readonly setgid?: number;
  /** The inside id that the caller's effective user id gets. */
  readonly mapUser?: number;
  /** The inside id that the caller's effective group id gets. */
  readonly mapGroup?: number;
  /** Ranges of user ids to map. @see user_namespaces(7), newuidmap(1) */
  readonly mapUsers?: readonly IdRangeSource[];
  /** Ranges of group ids to map. */
  readonly mapGroups?: readonly IdRangeSource[];
  /** Outside ids to become before the namespaces are created. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Whether setgroups(2) may be called in the new user namespace. */
  readonly setgroups?: "allow" | "deny";
  /** Keep the capabilities in a new user namespace across execve. */
  readonly keepCaps?: boolean;
  /** How far CLOCK_MONOTONIC is ahead in a new time namespace, in seconds. @see time_namespaces(7) */
  readonly monotonic?: bigint;
  /** How far CLOCK_BOOTTIME is ahead in a new time namespace, in seconds. */
  readonly boottime?: bigint;
  /** Start the program with an empty environment. */
  readonly clearEnv?: boolean;
  /** Clear the environment but for these variables. */
  readonly whitelistEnv?: readonly Bytes[];
}

/** The spec with everything that its options imply. */
export function complete(spec: LaunchSpec): LaunchSpec {
  const namespaces = new Set(spec.namespaces);
  const binfmt = spec.loadInterp !== undefined || spec.mountBinfmt !== undefined;
  if (spec.mountProc !== undefined || binfmt) namespaces.add("mnt");
  const maps = [spec.mapUser, spec.mapGroup, spec.mapUsers, spec.mapGroups, spec.owner];
  if (binfmt || maps.some((map) => map !== undefined)) namespaces.add("user");
  for (const type of Object.keys(spec.persist ?? {})) namespaces.add(type as NamespaceType);
  const fork = spec.fork || spec.killChild !== undefined || spec.forwardSignals;
  return { ...spec, namespaces: [...namespaces], ...(fork ? { fork } : {}) };
}
