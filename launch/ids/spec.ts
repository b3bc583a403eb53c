/** Maps of user and group ids. @see user_namespaces(7) */

/** A line of a uid_map or gid_map. */
export interface IdRange {
  /** The first id inside the namespace. */
  readonly inner: number;
  /** The first id outside. */
  readonly outer: number;
  /** How many ids there are in the range. */
  readonly count: number;
}

/** The number of 32-bit ids but for the last, which means "no id". */
export const ALL_IDS = 0xffff_ffff;

/** Whether passwd(5) and group(5) can have a line for this name. */
export const isAccountName = (text: string): boolean => /^[^:\n\0]+$/.test(text);

/** The kernel's limits of a map: that many lines, and fewer bytes than these. @see user_namespaces(7), "Defining user and group ID mappings" */
export const MAP_LINES = 340;
export const MAP_BYTES = 4096;

/** A map as the kernel reads it: one `inner outer count` a line. */
export function mapText(map: readonly IdRange[]): string {
  return map.map(({ inner, outer, count }) => `${inner} ${outer} ${count}`).join("\n");
}

/** Reads a uid_map or gid_map. */
export function parseMap(text: string): IdRange[] {
  return text.split("\n").filter((line) => line.trim()).map((line) => {
    const [inner, outer, count] = line.trim().split(/\s+/).map(Number);
    return { inner: inner!, outer: outer!, count: count! };
  });
}
