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
   * The address of these bytes, 8-byte aligned: a struct. `text` shows it as strace would. `written`
   * says that the kernel writes there, too.
   */
  | {
    readonly kind: "data";
    readonly bytes: Uint8Array;
    readonly text: string;
    readonly written?: boolean;
  }
  /**
   * The value of a slot. `text` shows it where its name would not do; what is known of the array it
   * points to, `begins` shows.
   */
  | {
    readonly kind: "slot";
    readonly name: string;
    readonly text?: string | undefined;
    readonly begins?: Operand;
  }
  /** The address of a slot or buffer, plus an offset. */
  | { readonly kind: "address"; readonly name: string; readonly offset: number }
  /** The address of an array of these, each 8 bytes, with a NULL behind them; `name` makes it writable by `put`. */
  | { readonly kind: "vector"; readonly items: readonly Operand[]; readonly name?: string }
  /** The address of a label's record, to be jumped to. */
  | { readonly kind: "label"; readonly label: Label }
  /** The address of this failure's description, which the failure steps read; `call` is what has failed. */
  | { readonly kind: "failure"; readonly failure: Failure; readonly call?: Call };

/** An operand that is a slot's value. */
export type Slot = Extract<Operand, { readonly kind: "slot" }>;

/** How a name is shown: where one is used again, a number makes it unique. */
export const shownName = (name: string): string => name.replace(/#\d+$/, "");

/** An operand in short: a number, a string (as C string), or an operand as it is. */
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

/** The operand that is meant. */
export function operand(value: Short): Operand {
  if (typeof value === "number" || typeof value === "bigint") return number(value);
  if (typeof value === "string" || value instanceof Uint8Array) return text(value);
  return value;
}

/** What is counted from the constants' start becomes an address by that of this: see machine.ts. */
export const CONSTANTS = "constants";

/** Slots of the image's header, see machine.ts. */
export const STACK = "stack";
export const ERROR = "error";
export const FAILURE = "failure";

/** The slot that has the descriptor to report a failure to; 0, as at the start, if it is said on standard error. */
export const REPORT = "report";

/** What a look has found: a number, and the address of a C string. */
export const FOUND_NUMBER = "found number";
export const FOUND_STRING = "found string";

/** Where results go that nobody asks for. */
export const UNUSED = "unused";

/** Names that every plan has. */
export const GIVEN: readonly string[] = [
  CONSTANTS,
  STACK,
  ERROR,
  FAILURE,
  REPORT,
  FOUND_NUMBER,
  FOUND_STRING,
  UNUSED,
];
