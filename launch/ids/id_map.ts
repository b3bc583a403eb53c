/**
 * Steps that find out the ranges of an id map: its sources are gone through, and the ranges that they give
 * are gathered, of which the caller's own pair of ids is the first.
 */
import { EINVAL } from "../../ffi/abi/errno.ts";
import { List } from "../../engine/list.ts";
import { type Layout, layout } from "../../engine/struct.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { ALL_IDS, type IdRangeSource, MAP_LINES } from "./spec.ts";
import { data } from "../../engine/operand.ts";
import type { Builder } from "../../engine/builder.ts";
import type { When } from "../../engine/condition.ts";
import { isParameter, type Parameter } from "../parameter.ts";
import type { Asked } from "../request.ts";
import { failed } from "../context.ts";
import { eachOwnRange } from "./own_map.ts";
import type { SubidRange } from "./subids.ts";
import {
  eachSource,
  kindOf,
  MOST_SOURCES,
  type Source,
  SOURCE_KINDS,
  sourceBytes,
  type SourceKind,
  sourceKind,
} from "./sources.ts";

export type IdKind = "uid" | "gid";

/** A range of ids, and how many inner ids there may be: more than it has where it may grow at that end. */
type RangeField = "inner" | "outer" | "count" | "room";

export const RANGE: Layout<RangeField> = layout(32, {
  inner: [0, 8],
  outer: [8, 8],
  count: [16, 8],
  room: [24, 8],
});

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
      const kinds = known ? new Set(known.map(kindOf)) : new Set(SOURCE_KINDS);
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
