/** What a watch tells. */
import type { Holder } from "../holder.ts";
import type { Mount } from "../mountinfo.ts";
import type { NamespaceId } from "../ns_link.ts";
import type { ProcessSummary } from "../process_summary.ts";

/** Something that has come, gone or changed. */
export type WatchEvent =
  /** A process is new, has executed another program, or is gone: reaped, not only a zombie. */
  | {
    readonly kind: "process";
    readonly change: "new" | "exec" | "gone";
    readonly process: ProcessSummary;
    /** Who started it, unless that has ended meanwhile; undefined of what is gone. */
    readonly by?: ProcessSummary;
  }
  /**
   * A namespace is new, no process is in it any more though something else keeps it, or it is gone.
   * One that is new may have been made earlier: when somebody who the caller may look into enters it.
   */
  | ({
    readonly kind: "namespace";
    readonly change: "new" | "empty" | "gone";
    /** The process that was first seen in it, or whose children are to be in it. */
    readonly by?: ProcessSummary;
    /** What keeps it, where no process does. */
    readonly holders: readonly Holder[];
  } & NamespaceId)
  /** A process is now in a namespace that was there before. */
  | ({
    readonly kind: "enter";
    readonly process: ProcessSummary;
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
    readonly of: ProcessSummary;
    /** Whether that is the only process in it: then it is who has mounted. */
    readonly alone: boolean;
  };
