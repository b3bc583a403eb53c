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

/** The kernel's limits of a map: that many lines, and fewer bytes than these. @see user_namespaces(7), "Defining user and group ID mappings" */
export const MAP_LINES = 340;
export const MAP_BYTES = 4096;

/** A range of consecutive ids; `end` is the id after the last. */
interface Span {
  readonly start: number;
  readonly end: number;
}

function without(span: Span, id: number): Span[] {
  if (id < span.start || id >= span.end) return [span];
  return [{ start: span.start, end: id }, { start: id + 1, end: span.end }]
    .filter(({ start, end }) => start < end);
}

/**
 * Takes one pair of ids out of a range map, so that both can be mapped to each other.
 *
 * What is left of the inner ids is matched with what is left of the outer ids, in order. An id
 * is lost only where the other side has none left for it: never for `open` ranges, which may
 * grow at their inner end.
 */
export function punch(range: IdRange, hole: IdRange, open: boolean): IdRange[] {
  const inner = without(
    { start: range.inner, end: open ? ALL_IDS : range.inner + range.count },
    hole.inner,
  );
  const outer = without({ start: range.outer, end: range.outer + range.count }, hole.outer);
  const ranges: IdRange[] = [];
  while (inner[0] && outer[0]) {
    const count = Math.min(inner[0].end - inner[0].start, outer[0].end - outer[0].start);
    ranges.push({ inner: inner[0].start, outer: outer[0].start, count });
    for (const spans of [inner, outer]) {
      const [first, ...rest] = spans;
      const left = { start: first!.start + count, end: first!.end };
      spans.splice(0, spans.length, ...(left.start < left.end ? [left] : []), ...rest);
    }
  }
  return ranges;
}

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
