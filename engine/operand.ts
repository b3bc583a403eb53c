/** Operands: what steps work on. */
import { type Bytes, encode } from "../ffi/bytes.ts";
import type { Failure } from "./failure.ts";
import type { Call, Label } from "./plan.ts";

/** What a step works on. Every operand is 64 bits wide. */
export type Operand =
  /** The number itself. */
  | { readonly kind: "number"; readonly value: bigint }
  /** The address of these bytes with a NUL behind them: a C string. */
  | { readonly kind: "text"; readonly bytes: Uint8Array }
  /**
   * The address of these bytes, 8-byte aligned: a struct. `text` is how strace shows it. With `written`
   * the kernel writes there, too. What is `late` is there once the failures are unpacked: see plan.ts.
   */
  | {
    readonly kind: "data";
    readonly bytes: Uint8Array;
    readonly text: string;
    readonly written?: boolean;
    readonly late?: boolean;
  }
  /**
   * The value of a slot. Prints show `text` instead of its name; `begins` are the known first elements
   * of the array that it points to.
   */
  | {
    readonly kind: "slot";
    readonly name: string;
    readonly text?: string | undefined;
    readonly begins?: Operand;
    /** Whether the step that a failure names shows its value: nothing changes that behind the call. */
    readonly isSaid?: boolean;
  }
  /** The address of a slot or buffer, plus an offset. */
  | { readonly kind: "address"; readonly name: string; readonly offset: number }
  /** The address of an array of these, each 8 bytes, with a NULL behind them; `name` makes it writable by `put`. */
  | { readonly kind: "vector"; readonly items: readonly Operand[]; readonly name?: string }
  /** The address of a label's record, to be jumped to. */
  | { readonly kind: "label"; readonly label: Label }
  /** The address of this failure's description, for the failure steps; `call` is the call that failed. */
  | { readonly kind: "failure"; readonly failure: Failure; readonly call?: Call };

/** An operand that is a slot's value. */
export type Slot = Extract<Operand, { readonly kind: "slot" }>;

/** A name as prints show it: without the number that makes it unique. */
export const shownName = (name: string): string => name.replace(/#\d+$/, "");

/** The bytes of a pointer: of an element of a vector. */
export const POINTER_BYTES = 8;

/** Shorthand for an operand: a number, a string (as C string), bytes, or the operand itself. */
export type Short = number | bigint | string | Uint8Array | Operand;

export const number = (value: number | bigint): Operand => ({
  kind: "number",
  value: BigInt(value),
});
export const text = (value: Bytes): Operand => ({ kind: "text", bytes: encode(value) });
export const data = (bytes: Uint8Array, shown: string): Operand => ({
  kind: "data",
  bytes,
  text: shown,
});
/** Bytes that no step reads before the failures are unpacked. */
export const lateData = (bytes: Uint8Array, shown: string): Operand => ({
  kind: "data",
  bytes,
  text: shown,
  late: true,
});
export const slot = (name: string, shown?: string): Slot => ({
  kind: "slot",
  name,
  ...(shown === undefined ? {} : { text: shown }),
});
export const address = (name: string, offset = 0): Operand & { kind: "address" } => ({
  kind: "address",
  name,
  offset,
});
export const vector = (items: readonly Short[], name?: string): Operand => ({
  kind: "vector",
  items: items.map(operand),
  ...(name === undefined ? {} : { name }),
});

/** The operand that a shorthand stands for. */
export function operand(value: Short): Operand {
  if (typeof value === "number" || typeof value === "bigint") return number(value);
  if (typeof value === "string" || value instanceof Uint8Array) return text(value);
  return value;
}

/** The constants' start: an offset from it plus its address is an address. See machine.ts. */
export const CONSTANTS = "constants";

/** The start of the table of failures, and of the same where it is packed. See failure/structs.ts. */
export const FAILURES = "failures";
export const PACKED_FAILURES = "packed failures";

/** Where the variables end that are needed at rest, see rest.ts, and where all end. */
export const KEPT_END = "end of what is kept";
export const VARIABLES_END = "end of variables";

/** Slots of the image's header, see machine.ts. The first is where the variables start. */
export const STACK = "stack";
export const ERROR = "error";
export const FAILURE = "failure";

/** The slot with the descriptor for reports; 0, its first value, is printing on standard error. */
export const REPORT = "report";

/** The slot that tells who speaks, of several front ends: its index. */
export const VOICE = "voice";

/** Slots for what a look has found: a number, and the address of a C string. */
export const FOUND_NUMBER = "found number";
export const FOUND_STRING = "found string";

/** The slot for results that nobody asks for. */
export const UNUSED = "unused";

/** The slot that is 1 in a copy in memory, which the launcher has made of itself; else 0. */
export const COPIED = "copied";

/** Slots that every plan has. */
export const GIVEN: readonly string[] = [
  CONSTANTS,
  FAILURES,
  PACKED_FAILURES,
  KEPT_END,
  VARIABLES_END,
  STACK,
  ERROR,
  FAILURE,
  REPORT,
  VOICE,
  FOUND_NUMBER,
  FOUND_STRING,
  UNUSED,
  COPIED,
];
