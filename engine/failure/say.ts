/** Steps that say bytes, numbers, and strings of unknown origin. */
import type { Builder } from "../builder.ts";
import { NUL } from "../characters.ts";
import { stringAt } from "../text.ts";
import { safeLength } from "../utf8.ts";
import { Expression, type Value, type Variable } from "../value.ts";

/** Says bytes. */
export type Say = (start: Value, length: Value) => void;

/** A number in decimal. */
export function sayDecimal(s: Builder, number: Value, bytes: Say): void {
  const end = s.memory("digits", 20).at(20);
  const start = s.variable("digits", new Expression("decimal", [number, end]));
  bytes(start, end.minus(start));
}

/** A byte that may be no character, in hexadecimal. */
export function sayEscaped(byte: Variable, bytes: Say): void {
  const sayDigit = (digit: Expression): void => bytes(digit.plus("0123456789abcdef"), 1);
  bytes("\\x", 2);
  sayDigit(byte.shiftedRight(4));
  sayDigit(byte.and(0xf));
}

/**
 * Reports a string of unknown origin as it is, but prints it escaped, so that it cannot control a
 * terminal: as display() of ffi/bytes.ts does.
 */
export function sayString(s: Builder, string: Value, bytes: Say): void {
  const at = s.variable("at", string);
  s.if(s.report.isNot(0), () => {
    bytes(at, stringAt(at).length);
    at.set("");
  });
  s.while(at.byte().isNot(NUL), () => {
    const length = s.variable("length", safeLength(s, at));
    // Nothing else may look like an escape.
    s.if(at.begins("\\x"), () => length.set(0));
    s.if(length.is(0), () => {
      sayEscaped(s.variable("byte", at.byte()), bytes);
      length.set(1);
    }, { otherwise: () => bytes(at, length) });
    at.advance(length);
  });
}
