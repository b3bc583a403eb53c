/** The constants of the plan that runs: records, and all that they read. */
import {
  CODE_OFFSET,
  CONSTANTS_BYTES_OFFSET,
  CONSTANTS_FILE_OFFSET,
  COPIED_OFFSET,
} from "../ffi/machine/machine.ts";
import type { Builder } from "./builder.ts";
import { address, CONSTANTS, KEPT_END, VARIABLES_END } from "./operand.ts";
import { PAGE_BYTES } from "./rest.ts";
import { Expression, type Term, type Value, type Variable } from "./value.ts";

/** The address at a distance from the constants' start. */
export const fromConstants = (distance: number): Expression =>
  new Expression("add", [address(CONSTANTS), distance]);

/** The address of the code, by that of the constants: it is in each image's file, and on the page where they begin. */
export const codeOf = (constants: Term): Expression =>
  constants.minus(CONSTANTS_FILE_OFFSET - CODE_OFFSET);

/** The same of the image that runs. */
export const ownCode: Expression = codeOf(fromConstants(0));

/** What says that an image is a copy; more than that, that it has a descriptor of what it is a copy of, too. */
export const COPY = 1;
const COPY_OF_OPEN = 2;

/** Says in an image's variables, which are at an address, that it is a copy of an open file. */
export function markCopied(s: Builder, variables: Value, file: Variable): void {
  s.store(variables, file.plus(COPY_OF_OPEN), { offset: COPIED_OFFSET });
}

/** The descriptor of what this is a copy of, if that is open: else it is negative. */
export const copiedFile = (s: Builder): Expression => s.copied.minus(COPY_OF_OPEN);

/** How many bytes the constants have. */
const constantsBytes = new Expression("load32", [address(CONSTANTS), CONSTANTS_BYTES_OFFSET]);

/** Where in an image's file it is said that it is a copy: the variables follow the constants. */
export const copiedInFile: Expression = constantsBytes.plus(CONSTANTS_FILE_OFFSET + COPIED_OFFSET);

/** Pages in memory. */
export interface Pages {
  readonly start: Variable;
  /** In bytes. */
  readonly length: Variable;
}

/** The pages of constants: they begin with one, and share none with variables. */
export function pagesOfConstants(s: Builder): Pages {
  const start = s.variable("constants", address(CONSTANTS));
  return {
    start: s.variable("pages", start.minus(CONSTANTS_FILE_OFFSET), "<constants>"),
    length: s.variable("length", constantsBytes.plus(CONSTANTS_FILE_OFFSET), "<length>"),
  };
}

/** The bits of a page's address. */
const PAGE_MASK = -PAGE_BYTES;

/** The page of records that rest, and of what they name: see rest.ts. @param steps The address of one of them. */
export const pageOfRest = (s: Builder, steps: Value): Variable =>
  s.variable("page", new Expression("and", [steps, PAGE_MASK]), "<these steps>");

/** The pages of variables that are not needed at rest. */
export function pagesOfOthers(s: Builder): Pages {
  const kept = s.variable("kept", address(KEPT_END));
  const start = s.variable("pages", kept.plus(PAGE_BYTES - 1).and(PAGE_MASK), "<variables>");
  const end = s.variable("end of variables", address(VARIABLES_END));
  return { start, length: s.variable("length", end.minus(start), "<length>") };
}
