/** Places in the segments of an image, which are known before it is known where in there their parts are. */

/** What segments consist of, see machine.ts; and the table of failures, which may be packed. */
export type Part =
  | "constants"
  | "strings"
  | "begun"
  | "kept"
  | "kept end"
  | "slots"
  | "near"
  | "late slots"
  | "arrays"
  | "zeros"
  | "end"
  | "failures"
  | "packed failures";

/** A place in one of them. */
export interface Place {
  readonly part: Part;
  readonly offset: number;
}

/** The place at an offset in the constants. */
export const inConstants = (offset: number): Place => ({ part: "constants", offset });

/** The place at an offset in the table of failures, and where that is packed. */
export const inFailures = (offset: number): Place => ({ part: "failures", offset });
export const PACKED_TABLE: Place = { part: "packed failures", offset: 0 };

/** Where the variables end that are kept at rest, and where all end. */
export const AT_KEPT_END: Place = { part: "kept end", offset: 0 };
export const AT_VARIABLES_END: Place = { part: "end", offset: 0 };

/** The place at an offset in the header of the variables. */
export const inHeader = (offset: number): Place => ({ part: "begun", offset });

/** A number that records have room for. */
export function within(number: number, most: number, what: string): number {
  if (Number.isInteger(number) && number >= 0 && number <= most) return number;
  throw new Error(`Cannot lay out so many ${what}`);
}
