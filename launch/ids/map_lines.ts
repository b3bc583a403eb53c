/**
 * The lines of an id map. The caller's own pair of ids is taken out of all ranges but itself: of what is
 * left of the inner ids of a range the nth is matched with the nth that is left of its outer ids.
 */
import { Struct } from "../../engine/struct.ts";
import type { Value, Variable } from "../../engine/value.ts";
import type { Builder } from "../../engine/builder.ts";
import { type IdMap, NONE, RANGE } from "./id_map.ts";

/** One side of a range: its first id, how many are left of it, and how many of those come before the hole. */
interface Side {
  readonly start: Variable;
  readonly left: Variable;
  readonly before: Variable;
}

/** A map as subroutines get it. */
export const MAP_PARAMETERS = ["from", "to", "ownInner", "ownOuter"] as const;

export type MapParameters = Readonly<Record<typeof MAP_PARAMETERS[number], Variable>>;

export const parametersOf = ({ ranges, own }: IdMap): Record<keyof MapParameters, Value> => ({
  from: ranges.start,
  to: ranges.end,
  ownInner: own?.inner ?? NONE,
  ownOuter: own?.outer ?? NONE,
});

/** Runs a block with each line of a map. */
export function eachLine(
  s: Builder,
  { from, to, ownInner, ownOuter }: MapParameters,
  body: (...numbers: readonly [inner: Variable, outer: Variable, count: Variable]) => void,
): void {
  // The own pair is whole.
  const hole = { inner: s.variable("inner hole", NONE), outer: s.variable("outer hole", NONE) };
  s.each([from, to, RANGE.bytes], (at) => {
    const range = new Struct(s, RANGE, at);
    const inner = sideOf(s, range.get("inner"), range.get("room"), hole.inner);
    const outer = sideOf(s, range.get("outer"), range.get("count"), hole.outer);
    lower(s, outer.left, inner.left);
    const done = s.variable("done", 0);
    s.while(done.isBelow(outer.left), () => {
      const end = s.variable("end of line", outer.left);
      const [innerId, outerId] = [idOf(s, inner, done, end), idOf(s, outer, done, end)];
      body(innerId, outerId, s.variable("count", end.minus(done)));
      done.set(end);
    });
    hole.inner.set(ownInner);
    hole.outer.set(ownOuter);
  });
}

/** One side of a range, out of which a hole is taken. */
function sideOf(s: Builder, first: Value, ids: Value, hole: Variable): Side {
  const [start, left] = [s.variable("start", first), s.variable("left", ids)];
  const before = s.variable("before", hole.minus(start));
  s.if(before.isBelow(left), () => left.set(left.minus(1)), { otherwise: () => before.set(NONE) });
  return { start, left, before };
}

/** The id behind so many of a side. A line that begins before the hole ends there. */
function idOf(s: Builder, { start, before }: Side, done: Variable, end: Variable): Variable {
  const id = s.variable("id", start.plus(done));
  s.if(done.isBelow(before), () => lower(s, end, before), { otherwise: () => id.advance() });
  return id;
}

/** Makes a variable no more than another. */
function lower(s: Builder, variable: Variable, most: Variable): void {
  s.if(most.isBelow(variable), () => variable.set(most));
}
