/**
 * The table of failures in memory: the structs in it, which table.ts writes and the failure steps read. A list or
 * a look is named by its offset from the table's start / {@linkcode UNIT_BYTES}, a text by its offset from there, a
 * variable by its offset from the start of the variables. So the table may stand anywhere: an image whose plan is
 * packed has it packed, and unpacks it once something has failed.
 */
import { address, FAILURES } from "../operand.ts";
import { type Layout, layout } from "../struct.ts";
import { Expression, type Value } from "../value.ts";

/** What lists and looks are aligned to. */
export const UNIT_BYTES = 4;

/** A bit of a status that exit_group(2) does not look at: the text of the error does not follow the message. */
export const WHOLE = 0x100;

/** A failure. `message` and `step` are lists of pieces, `hints` is one of hints. */
export const FAILURE: Layout<"status" | "number" | "message" | "step" | "hints"> = layout(10, {
  /** The exit status, and {@linkcode WHOLE}. */
  status: [0, 2],
  /** The index of this failure in the plan. */
  number: [2, 2],
  message: [4, 2],
  step: [6, 2],
  hints: [8, 2],
});

/** A hint for one error. An entry without `explains` ends the list. */
export const HINT: Layout<"explains" | "looks" | "words"> = layout(6, {
  /** The error number plus 1; 1 alone stands for all errors. */
  explains: [0, 2],
  /** A list of looks. */
  looks: [2, 2],
  words: [4, 2],
});

/** An element of a list of looks. One of 0 ends the list. */
export const LOOK_NAME: Layout<"look"> = layout(2, { look: [0, 2] });

/** A look. A text argument is a place and a length. */
export const LOOK: Layout<"kind" | "first" | "firstLength" | "second" | "secondLength" | "third"> =
  layout(20, {
    /** The index in the plan's kinds, plus 1. */
    kind: [0, 2],
    third: [2, 2],
    first: [4, 4],
    firstLength: [8, 4],
    second: [12, 4],
    secondLength: [16, 4],
  });

/** A piece of a message. An entry without `kind` ends the list. */
export const PIECE: Layout<"kind" | "at" | "names"> = layout(7, {
  kind: [0, 1],
  /** The place of the text, up to its NUL, or of the value's variable. */
  at: [1, 4],
  /** The list of names of a value that has one. */
  names: [5, 2],
});

/** A number's name. An entry without a length ends the list. */
export const NAME: Layout<"number" | "at" | "length"> = layout(12, {
  number: [0, 4],
  at: [4, 4],
  length: [8, 4],
});

/** The kinds of pieces. `given` is a string that the listener gave itself. */
export const PIECES = {
  text: 1,
  number: 2,
  string: 3,
  given: 4,
  word: 9,
  // Values of the call that has failed: see show/said.ts.
  decimal: 2,
  quoted: 5,
  limits: 6,
  name: 7,
  flags: 8,
} as const;

/** The address of a list or a look. */
export const addressOf = (list: Value): Expression =>
  new Expression("mul", [list, UNIT_BYTES]).plus(address(FAILURES));
