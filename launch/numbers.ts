/** Lists of numbers that are parameters: in memory, each 8 bytes, with -1 behind them. */
import type { Builder } from "../engine/builder.ts";
import type { Part } from "../engine/failure.ts";
import { type Value, Variable } from "../engine/value.ts";

/** What is behind the last number. */
export const NO_NUMBER = -1;

/** The bytes of a number. */
const NUMBER_BYTES = 8;

/** Runs a block with each number. */
export function eachNumber(s: Builder, list: Value, body: (number: Variable) => void): void {
  s.block(() => {
    const at = s.variable("at", list);
    s.while(at.word().isNot(NO_NUMBER), () => {
      body(s.variable("number", at.word()).said());
      at.advance(NUMBER_BYTES);
    });
  });
}

/** A number in a message, known or not. */
export const numberPart = (value: Value): Part =>
  value instanceof Variable ? { number: value } : String(value);
