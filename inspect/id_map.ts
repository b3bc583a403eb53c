/** uid_map and gid_map: which ids inside a user namespace are which outside. @see user_namespaces(7) */

/** A line of a map. */
export interface IdMapLine {
  /** The first id inside the namespace. */
  readonly inner: number;
  /** The first id outside: in the reader's user namespace, or in the parent of its own for its own. */
  readonly outer: number;
  /** How many ids there are in the range. */
  readonly count: number;
}

/** The maps of a process's user namespace. Both are empty until somebody has written them. */
export interface IdMaps {
  /** Of user ids, at most 340 lines. */
  readonly uid: readonly IdMapLine[];
  /** Of group ids. */
  readonly gid: readonly IdMapLine[];
  /** Whether setgroups(2) may be called inside. */
  readonly setgroups: "allow" | "deny";
}

/** The id that stands for all that are not mapped. @see /proc/sys/kernel/overflowuid */
export const OVERFLOW_ID = 65534;

/** Reads the text of a uid_map or gid_map. */
export function parseIdMap(text: string): IdMapLine[] {
  return text.split("\n").flatMap((line) => {
    const [inner, outer, count] = line.trim().split(/\s+/).map(Number);
    return count === undefined ? [] : [{ inner: inner!, outer: outer!, count }];
  });
}

/** The id outside of an id inside; undefined if it is not mapped. */
export function toOuter(map: readonly IdMapLine[], id: number): number | undefined {
  const range = map.find(({ inner, count }) => id >= inner && id - inner < count);
  return range && range.outer + (id - range.inner);
}

/** The id inside of an id outside; undefined if it is not mapped. */
export function toInner(map: readonly IdMapLine[], id: number): number | undefined {
  const range = map.find(({ outer, count }) => id >= outer && id - outer < count);
  return range && range.inner + (id - range.outer);
}
