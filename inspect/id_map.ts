/** The id maps of user namespaces. @see user_namespaces(7) */
import type { IdRange } from "../ffi/abi/id_map.ts";

/** The maps of a process's user namespace. Both are empty until somebody has written them. */
export interface IdMaps {
  /** Of user ids, at most 340 lines. */
  readonly uid: readonly IdRange[];
  /** Of group ids. */
  readonly gid: readonly IdRange[];
  /** Whether setgroups(2) may be called inside. */
  readonly setgroups: "allow" | "deny";
}

/** The id that stands for all that are not mapped. @see /proc/sys/kernel/overflowuid */
export const OVERFLOW_ID = 65534;
