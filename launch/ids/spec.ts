/** Maps of user and group ids, as a spec has them. @see user_namespaces(7) */
import type { IdRange } from "../../ffi/abi/id_map.ts";

/** Where a range map comes from: itself, or what the caller has. */
export type IdRangeSource =
  | IdRange
  /** The caller's first subordinate range, mapped to 0 and up. */
  | "auto"
  /** The caller's first subordinate range, mapped to the same ids. */
  | "subids"
  /** All ids of the caller's user namespace, mapped to the same ids. */
  | "all";

/** Which ids there are in a new user namespace, and whose it is. */
export interface IdsSpec<Open = never> {
  /**
   * The inside id that the caller's effective user id gets. "current" is that same id; a name is looked up
   * in the caller's /etc/passwd when the launch is started.
   *
   * @see passwd(5)
   */
  readonly mapUser?: number | "current" | { readonly name: string } | Open;
  /**
   * The inside id that the caller's effective group id gets. "current" is that same id; a name is looked up
   * in the caller's /etc/group when the launch is started.
   *
   * @see group(5)
   */
  readonly mapGroup?: number | "current" | { readonly name: string } | Open;
  /**
   * Ranges of user ids to map.
   *
   * @see user_namespaces(7), newuidmap(1)
   */
  readonly mapUsers?: readonly IdRangeSource[] | Open;
  /** Ranges of group ids to map. */
  readonly mapGroups?: readonly IdRangeSource[] | Open;
  /** Outside ids to become before the namespaces are created. */
  readonly owner?: { readonly uid: number | Open; readonly gid: number | Open };
  /** Whether setgroups(2) may be called in the new user namespace. */
  readonly setgroups?: "allow" | "deny" | Open;
  /**
   * Let nobody inside make user namespaces: the program's is the last one, in the new one. Not with ranges of ids.
   */
  readonly disableUserns?: boolean | Open;
  /** Fail unless user namespaces cannot be made inside. */
  readonly assertUsernsDisabled?: boolean | Open;
  /**
   * A descriptor that gives a byte, or comes to its end, when somebody outside has mapped ids of the new user
   * namespace: the launch maps none. It needs `infoFd`, which tells the PID.
   *
   * @see newuidmap(1)
   */
  readonly usernsBlockFd?: number | Open;
  /** A descriptor of a user namespace below that of `join.descriptors`, to be joined when the root is made. */
  readonly userns2?: number | Open;
}

/** The number of 32-bit ids but for the last, which means "no id". */
export const ALL_IDS = 0xffff_ffff;

/** Whether passwd(5) and group(5) can have a line for this name. */
export const isAccountName = (text: string): boolean => /^[^:\n\0]+$/.test(text);

/** The kernel's limits of a map: that many lines, and fewer bytes than these. @see user_namespaces(7), "Defining user and group ID mappings" */
export const MAP_LINES = 340;
export const MAP_BYTES = 4096;
