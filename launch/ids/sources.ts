/** Sources of the ranges of an id map, as a spec has them and in memory. */
import { type Layout, layout, Struct } from "../../engine/struct.ts";
import type { Value } from "../../engine/value.ts";
import type { Builder } from "../../engine/builder.ts";
import type { When } from "../../engine/condition.ts";
import { type IdRangeSource, MAP_LINES } from "./spec.ts";

/** What sources are, as numbers. */
export const SOURCE_KINDS = ["end", "range", "auto", "subids", "all"] as const;

export type SourceKind = Exclude<typeof SOURCE_KINDS[number], "end">;

/** The number of a kind of sources. */
export const sourceKind = (kind: typeof SOURCE_KINDS[number]): number => SOURCE_KINDS.indexOf(kind);

/** A source of ranges; of one that is no range only the kind counts. In memory a list ends with the kind "end". */
export const SOURCE: Layout<"kind" | "inner" | "outer" | "count"> = layout(32, {
  kind: [0, 8],
  inner: [8, 8],
  outer: [16, 8],
  count: [24, 8],
});

/** How many sources there may be, where only the run knows which. */
export const MOST_SOURCES: number = MAP_LINES;

export type Source = Struct<keyof typeof SOURCE.fields>;

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

export const kindOf = (source: IdRangeSource): SourceKind =>
  typeof source === "object" ? "range" : source;

export function sourceBytes(sources: readonly IdRangeSource[]): Uint8Array {
  const words = sources.flatMap((source) => {
    const { inner, outer, count } = typeof source === "object"
      ? source
      : { inner: 0, outer: 0, count: 0 };
    return [sourceKind(kindOf(source)), inner, outer, count];
  });
  return new Uint8Array(BigUint64Array.from([...words, 0], BigInt).buffer);
}
