/** What a plan needs to know of the process that will run it: facts, gathered elsewhere. */
import type { Bytes } from "../ffi/bytes.ts";
import type { IdRange } from "./id_map.ts";

/** A subordinate range, as subuid(5) has it. */
export interface SubidRange {
  /** The first id, in the caller's user namespace. */
  readonly start: number;
  /** How many there are. */
  readonly count: number;
}

/** The ids of one kind, user or group, that a caller has. */
export interface CallerIds {
  /** The first range of /etc/subuid or /etc/subgid that is the caller's; null if there is none. */
  readonly subids?: SubidRange | null;
  /** Why there is none, and the command that gives one. */
  readonly lack?: { readonly message: string; readonly hint?: string };
  /** All ranges there that are the caller's. */
  readonly owned?: readonly SubidRange[];
  /** The map of the caller's user namespace, its inner and outer ids as read there. */
  readonly map?: readonly IdRange[];
}

/** Facts about the caller. Those that a spec does not need may be absent: see {@linkcode factsFor}. */
export interface Caller {
  /** Effective user id, in the caller's user namespace. */
  readonly euid: number;
  /** Effective group id, in the caller's user namespace. */
  readonly egid: number;
  /** The caller's name, or its user id where it has none. */
  readonly user: string;
  /** The version of Linux, as [6, 18]; of one that is not known nothing old is expected. */
  readonly kernel?: readonly [major: number, minor: number];
  /** False where pidfd_open(2) is refused: by a filter, or as the kernel has none. For specs that join. */
  readonly pidfds?: boolean;
  /** The value of PATH; undefined if there is none. */
  readonly path?: Bytes;
  /** The shell to run, for specs without a program. */
  readonly shell?: Bytes;
  /** The variables, for specs that filter them. */
  readonly environ?: readonly Bytes[];
  /** The caller's user ids. */
  readonly users: CallerIds;
  /** The caller's group ids. */
  readonly groups: CallerIds;
  /** What the caller's runtime changed at its start, and the program must not see. */
  readonly restore?: Restore;
}

/** A caller that may listen to reports and give orders: see steps/supervision.ts. */
export interface Listener extends Caller {
  readonly listens: boolean;
}

/** What to undo so that the program sees it as the caller's own caller had it. */
export interface Restore {
  /** Signals that are ignored now and had their default action. */
  readonly handled: readonly number[];
  /** Signals that have a handler now and were ignored. */
  readonly ignored: readonly number[];
  /** The soft limit of open descriptors. */
  readonly nofile?: { readonly soft: bigint; readonly hard: bigint };
}
