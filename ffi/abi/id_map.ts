/** uid_map and gid_map: which ids inside a user namespace are which outside. @see user_namespaces(7) */

/** A line of a map: a range of ids. */
export interface IdRange {
  /** The first id inside the namespace. */
  readonly inner: number;
  /** The first id outside. In a map that is read: in the reader's user namespace, or in the parent of its own for its own. */
  readonly outer: number;
  /** How many ids there are in the range. */
  readonly count: number;
}

/** Reads the text of a uid_map or gid_map. */
export function parseIdMap(text: string): IdRange[] {
  return text.split("\n").flatMap((line) => {
    const [inner, outer, count] = line.trim().split(/\s+/).map(Number);
    return count === undefined ? [] : [{ inner: inner!, outer: outer!, count }];
  });
}

/** A map as the kernel reads it: one `inner outer count` a line. */
export function idMapText(map: readonly IdRange[]): string {
  return map.map(({ inner, outer, count }) => `${inner} ${outer} ${count}`).join("\n");
}
