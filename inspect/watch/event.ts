/** What a watch tells. */
import type { Holder } from "../holder.ts";
import type { Mount } from "../mountinfo.ts";
import type { NamespaceId } from "../ns_link.ts";

/** A process as a watch tells of it. It may have ended since. */
export interface WatchedProcess {
  /** As the caller's /proc numbers it. */
  readonly pid: number;
  /** Its parent when it was read; 0 where this /proc does not show that. */
  readonly ppid: number;
  /** The PID at every level, the caller's first, the innermost last. */
  readonly pids: readonly number[];
  /** The name of the program, at most 15 bytes; any character may be in it. */
  readonly name: string;
  /** The arguments with spaces between; empty of a zombie. */
  readonly command: string;
  /** Effective user id, as the caller's user namespace numbers it. */
  readonly uid: number;
}

/** Something that has come, gone or changed. */
export type WatchEvent =
  /** A process is new, has executed another program, or is gone: reaped, not only a zombie. */
  | {
    readonly kind: "process";
    readonly change: "new" | "exec" | "gone";
    readonly process: WatchedProcess;
    /** Who started it, unless that has ended meanwhile; undefined of what is gone. */
    readonly by?: WatchedProcess;
  }
  /**
   * A namespace is new, no process is in it any more though something else keeps it, or it is gone.
   * One that is new may have been made earlier: when somebody who the caller may look into enters it.
   */
  | ({
    readonly kind: "namespace";
    readonly change: "new" | "empty" | "gone";
    /** The process that was first seen in it, or whose children are to be in it. */
    readonly by?: WatchedProcess;
    /** What keeps it, where no process does. */
    readonly holders: readonly Holder[];
  } & NamespaceId)
  /** A process is now in a namespace that was there before. */
  | ({
    readonly kind: "enter";
    readonly process: WatchedProcess;
    /** The namespace where it was before, or where its parent is. */
    readonly from: number;
  } & NamespaceId)
  /** A mount is new or gone, in a mount namespace that a process is in. */
  | {
    readonly kind: "mount";
    readonly change: "new" | "gone";
    readonly mount: Mount;
    /** The mount namespace. */
    readonly mnt: number;
    /** A process in it. The kernel does not tell who mounts. */
    readonly of: WatchedProcess;
    /** Whether that is the only process in it: then it is who has mounted. */
    readonly alone: boolean;
  };
