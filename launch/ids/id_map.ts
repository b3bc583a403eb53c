/**
 * Steps that work out a map of ids.
 *
 * 1. The sources are gone through, and the ranges that they give are gathered. The caller's own pair of
 *    ids is the first.
 * 2. That pair is taken out of all others: of what is left of the inner ids of a range the nth is matched
 *    with the nth that is left of its outer ids.
 * 3. What is left is written as the kernel reads it, or as arguments of newuidmap(1) and newgidmap(1).
 */
import { EINVAL } from "../../ffi/abi/errno.ts";
import { List } from "../../engine/list.ts";
import { type Layout, layout, Struct } from "../../engine/struct.ts";
import { type Span, stringAt, Text, textAround } from "../../engine/text.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { ALL_IDS, MAP_BYTES, MAP_LINES } from "./spec.ts";
import { data } from "../../engine/operand.ts";
import type { Builder } from "../../engine/builder.ts";
import type { When } from "../../engine/condition.ts";
import { isParameter, type Parameter } from "../parameter.ts";
import type { Asked } from "../request.ts";
import type { IdRangeSource } from "../spec.ts";
import { failed } from "../context.ts";
import { eachOwnRange } from "./own_map.ts";
import type { SubidRange } from "./subids.ts";

export type IdKind = "uid" | "gid";

/** What sources are, as numbers. */
const KINDS = ["end", "range", "auto", "subids", "all"] as const;
type SourceKind = Exclude<typeof KINDS[number], "end">;

/** The number of a kind of sources. */
export const sourceKind = (kind: typeof KINDS[number]): number => KINDS.indexOf(kind);

/** A source of ranges; of one that is no range only the kind counts. In memory a list ends with the kind "end". */
export const SOURCE: Layout<"kind" | "inner" | "outer" | "count"> = layout(32, {
  kind: [0, 8],
  inner: [8, 8],
  outer: [16, 8],
  count: [24, 8],
});

/** How many sources there may be, where only the run knows which. */
export const MOST_SOURCES: number = MAP_LINES;

type Source = Struct<keyof typeof SOURCE.fields>;

/** Runs a block with each source of a list. */
export function eachSource(s: Builder, list: Value, body: (source: Source) => void): void {
  s.block(() => {
    const at = s.variable("source", list);
    const source = new Struct(s, SOURCE, at);
    s.while(source.get("kind").isNot(0), () => {
      body(source);
      at.advance(SOURCE.bytes);
    });
  });
}

export const isSubids = (source: IdRangeSource): boolean =>
  source === "auto" || source === "subids";

export const isSubidsSource = (source: Source): When =>
  source.get("kind").isOneOf(sourceKind("auto"), sourceKind("subids"));

/** A range of ids, and how many inner ids there may be: more than it has where it may grow at that end. */
type RangeField = "inner" | "outer" | "count" | "room";

const RANGE: Layout<RangeField> = layout(32, {
  inner: [0, 8],
  outer: [8, 8],
  count: [16, 8],
  room: [24, 8],
});

/** "4294967294 4294967294 1": two ids always fit. */
const LINE_BYTES = 23;

/** No id. */
export const NONE = -1;

type Ranges = List<RangeField>;

/** The caller's own id inside, and outside. */
export interface OwnPair {
  readonly inner: number | Variable;
  readonly outer: Variable;
  /** Both are {@linkcode NONE} otherwise. */
  readonly isGiven: When;
}

/** What a map is made of. */
export interface MapParts {
  readonly kind: IdKind;
  readonly sources: readonly IdRangeSource[] | Parameter;
  readonly own?: OwnPair;
  /** The caller's subordinate range, where a source asks for it. */
  readonly subids: SubidRange;
}

/** A map: its ranges, of which the caller's own pair is the first, if it is to be mapped. */
export interface IdMap {
  readonly kind: IdKind;
  readonly ranges: Ranges;
  readonly own?: OwnPair;
}

/** Gathers the ranges of a map. @param when Whether it is needed. */
export function findMap(
  { s, request }: Pick<Asked, "s" | "request">,
  parts: MapParts,
  when: When,
): IdMap {
  const { kind, sources, own } = parts;
  const known = isParameter(sources) ? undefined : sources;
  const most = known?.reduce((sum, one) => sum + (one === "all" ? MAP_LINES : 1), own ? 1 : 0);
  const ranges = new List(
    s,
    `${kind} ranges`,
    RANGE,
    most ?? 2 * MOST_SOURCES,
    () => s.fail(failed(`there are too many ranges of ${kind}s`)),
  );
  const hasSources = known ? known.length > 0 : request.isGiven(sources);
  s.if(when, () => {
    if (own) {
      const { inner, outer, isGiven } = own;
      s.if(isGiven, () => ranges.append({ inner, outer, count: 1, room: 1 }));
    }
    s.if(hasSources, () => {
      const list = known
        ? data(sourceBytes(known), "sources of ids")
        : request.value(sources as Parameter);
      const kinds = known ? new Set(known.map(kindOf)) : new Set(KINDS);
      gather(s, ranges, parts, [list, kinds]);
    });
  });
  return { kind, ranges, ...(own ? { own } : {}) };
}

/** Appends the ranges of all sources. */
function gather(
  s: Builder,
  ranges: Ranges,
  { kind, subids: { start, count } }: MapParts,
  [list, kinds]: readonly [Value, ReadonlySet<string>],
): void {
  const append: Readonly<Record<SourceKind, (source: Source) => void>> = {
    range(source) {
      const count = source.get("count");
      ranges.append({
        inner: source.get("inner"),
        outer: source.get("outer"),
        count,
        room: count,
      });
    },
    auto() {
      ranges.append({ inner: 0, outer: start, count, room: ALL_IDS });
    },
    subids() {
      ranges.append({ inner: start, outer: start, count, room: count });
    },
    all() {
      const path = `/proc/self/${kind}_map`;
      const note = `the ${kind}s that there are`;
      const failure = failed(`cannot read ${path}`);
      eachOwnRange(s, path, {
        note,
        cannotOpen: failure,
        cannotRead: failure,
        wrong: () => s.fail(failed(`failed to parse ${path}`), EINVAL),
      }, (inner, count) => ranges.append({ inner, outer: inner, count, room: count }));
    },
  };
  eachSource(s, list, (source) => {
    const kind = s.variable("kind", source.get("kind"));
    for (const [one, appendOne] of Object.entries(append)) {
      if (!kinds.has(one)) continue;
      s.if(kind.is(sourceKind(one as SourceKind)), () => appendOne(source));
    }
  });
}

const kindOf = (source: IdRangeSource): SourceKind => typeof source === "object" ? "range" : source;

function sourceBytes(sources: readonly IdRangeSource[]): Uint8Array {
  const words = sources.flatMap((source) => {
    const { inner, outer, count } = typeof source === "object"
      ? source
      : { inner: 0, outer: 0, count: 0 };
    return [sourceKind(kindOf(source)), inner, outer, count];
  });
  return new Uint8Array(BigUint64Array.from([...words, 0], BigInt).buffer);
}

/** One side of a range: its first id, how many are left of it, and how many of those come before the hole. */
interface Side {
  readonly start: Variable;
  readonly left: Variable;
  readonly before: Variable;
}

/** A map as subroutines get it. */
export const PARAMETERS = ["from", "to", "ownInner", "ownOuter"] as const;
export type MapParameters = Readonly<Record<typeof PARAMETERS[number], Variable>>;

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

/** The map of the caller's own id alone. */
export function singleText(s: Builder, { inner, outer }: OwnPair): Span {
  if (typeof inner === "number") {
    const start = textAround(s, `${inner} `, outer, " 1");
    return { start, length: s.variable("length", stringAt(start).length) };
  }
  const text = new Text(s, "map", LINE_BYTES, "cut");
  text.appendDecimal(inner);
  text.append(" ");
  text.appendDecimal(outer);
  text.append(" 1");
  return { start: text.start, length: s.variable("length", text.length) };
}

/** The map as the kernel reads it. */
export function mapText(s: Builder, map: IdMap): Span {
  const { start, length } = s.subroutine("map as text", {
    parameters: PARAMETERS,
    results: ["start", "length"],
  }, ({ start, length, ...parameters }) => {
    start.set(0);
    length.set(0);
    s.block(({ leave }) => {
      const text = new Text(s, "map", MAP_BYTES, leave);
      eachLine(s, parameters, (...numbers) => {
        numbers.forEach((number, i) => {
          text.appendDecimal(number);
          text.append(i < 2 ? " " : "\n");
        });
      });
      start.set(text.start);
      // The last line needs no end.
      s.if(text.length.isNot(0), () => length.set(text.length.minus(1)));
    });
  })(parametersOf(map));
  refuseLarge(s, map, start);
  return { start, length };
}

/** The arguments of newuidmap(1) or newgidmap(1): `newuidmap PID`, and three numbers for each line. */
export function mapArguments(s: Builder, map: IdMap, pid: Value): Value {
  const { argv } = s.subroutine("map as arguments", {
    parameters: [...PARAMETERS, "tool", "pid"],
    results: ["argv"],
  }, ({ argv, tool, pid, ...parameters }) => {
    argv.set(0);
    s.block(({ leave }) => {
      const words = new Text(s, "words of a map", MAP_BYTES, leave);
      // No number has fewer bytes than two, and behind the last one is a NULL.
      const list = s.memory("map arguments", 8 * (2 + MAP_BYTES / 2 + 1));
      s.store(list, tool);
      s.store(list, pid, { offset: 8 });
      const next = s.variable("next argument", list.at(16));
      eachLine(s, parameters, (...numbers) => {
        for (const number of numbers) {
          s.store(next, words.end);
          next.advance(8);
          words.appendDecimal(number);
          words.append("\0");
        }
      });
      argv.set(list);
    });
  })({ ...parametersOf(map), tool: `new${map.kind}map`, pid });
  refuseLarge(s, map, argv);
  return argv;
}

/** The kernel takes no more than a page. */
function refuseLarge(s: Builder, { kind }: IdMap, map: Variable): void {
  s.if(map.is(0), () => s.fail(failed(`/proc/PID/${kind}_map too large for kernel 4k limit`)));
}
