/** The constants of the plan that runs: records, and all that they read. */
import {
  CODE_OFFSET,
  CONSTANTS_BYTES_OFFSET,
  CONSTANTS_FILE_OFFSET,
  PLACES_OFFSET,
} from "../ffi/machine/machine.ts";
import type { Builder } from "./builder.ts";
import { address, CONSTANTS } from "./operand.ts";
import type { Span } from "./text.ts";
import { Expression, type Value, type Variable } from "./value.ts";

/** The address at a distance from the constants' start. */
export const fromConstants = (distance: number): Expression =>
  new Expression("add", [address(CONSTANTS), distance]);

/** Where the code is in an image's file, which is the same in each: the constants follow it, on the same page. */
export const CODE_IN_FILE: { readonly start: number; readonly end: number } = {
  start: CODE_OFFSET,
  end: CONSTANTS_FILE_OFFSET,
};

/** The address of the code, on the page where the constants begin. */
export const ownCode: Expression = fromConstants(CODE_OFFSET - CONSTANTS_FILE_OFFSET);

/** The pages of constants: they begin with one, and share none with variables. */
export function pagesOfConstants(s: Builder): Span {
  const start = s.variable("constants", address(CONSTANTS));
  const length = new Expression("load32", [start, CONSTANTS_BYTES_OFFSET]);
  return {
    start: s.variable("pages", start.minus(CONSTANTS_FILE_OFFSET), "<constants>"),
    length: s.variable("length", length.plus(CONSTANTS_FILE_OFFSET), "<length>"),
  };
}

/** The smallest pages that a kernel has, in bytes. */
const PAGE_BYTES = 4096;

const pagesFrom = (s: Builder, address: Value, shown: string): Variable =>
  s.variable("pages", new Expression("and", [address, -PAGE_BYTES]), shown);

/** The pages of the next records: some hundred of them. */
export function pagesAhead(s: Builder): Span {
  return { start: pagesFrom(s, s.here(), "<these steps>"), length: 2 * PAGE_BYTES };
}

/** The pages of the list of places that records name: up to 2,000 of them. */
export function pagesOfPlaces(s: Builder): Span {
  const constants = s.variable("constants", address(CONSTANTS));
  const list = constants.half(PLACES_OFFSET).plus(constants);
  return { start: pagesFrom(s, list, "<places>"), length: 3 * PAGE_BYTES };
}
