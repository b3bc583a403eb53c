/** Namespaces that are joined, as a spec has them. */
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import type { Bytes } from "../../ffi/bytes.ts";
import { knownOf, type Parameter } from "../parameter.ts";

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

/** Whether a namespace of this type is joined: "maybe" is for when it is run to see. */
export function joins(
  { join }: { readonly join?: Join<Parameter> },
  type: NamespaceType,
): "yes" | "maybe" | "no" {
  const { namespaces, files, ids, netSocket, userParent, all } = join ?? {};
  const named = knownOf(namespaces).includes(type) || files?.[type] !== undefined ||
    ids?.[type] !== undefined || type === "net" && netSocket !== undefined ||
    type === "user" && userParent;
  return named ? "yes" : all ? "maybe" : "no";
}
