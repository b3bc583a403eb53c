/** The constants of the plan that runs: records, and all that they read. */
import { CONSTANTS_BYTES_OFFSET, CONSTANTS_FILE_OFFSET } from "../ffi/machine/machine.ts";
import type { Builder } from "./builder.ts";
import { address, CONSTANTS } from "./operand.ts";
import type { Span } from "./text.ts";
import { Expression } from "./value.ts";

/** The smallest pages that a kernel has, in bytes. */
const PAGE_BYTES = 4096;

/** The pages of constants: they begin with one, and share none with variables. */
export function pagesOfConstants(s: Builder): Span {
  const start = s.variable("constants", address(CONSTANTS));
  const length = new Expression("load32", [start, CONSTANTS_BYTES_OFFSET]);
  return {
    start: s.variable("pages", start.minus(CONSTANTS_FILE_OFFSET), "<constants>"),
    length: s.variable("length", length.plus(CONSTANTS_FILE_OFFSET), "<length>"),
  };
}

/** The pages of the next records: some hundred of them. */
export function pagesAhead(s: Builder): Span {
  const start = new Expression("and", [s.here(), -PAGE_BYTES]);
  return { start: s.variable("pages", start, "<these steps>"), length: 2 * PAGE_BYTES };
}
