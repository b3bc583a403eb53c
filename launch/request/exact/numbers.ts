/** Numbers in exact words, as strtol(3) reads them. */
import type { Builder } from "../../../engine/builder.ts";
import { NUL, PLUS, ZERO } from "../../../engine/characters.ts";
import { all } from "../../../engine/condition.ts";
import { skip } from "../../../engine/file.ts";
import type { Value, Variable } from "../../../engine/value.ts";
import { wholeNumber } from "../values.ts";

/** What isspace(3) takes. */
const SPACES = [0x20, 0x09, 0x0a, 0x0b, 0x0c, 0x0d];
const [X, A] = ["x", "a"].map((letter) => letter.charCodeAt(0));
const LOWER = 0x20;

function digitsOf(s: Builder, text: Value): Variable {
  const at = s.variable("digits", text);
  skip(s, at, ...SPACES);
  s.if(at.byte().is(PLUS), () => at.advance());
  return at;
}

/** A number from 0 that an int has: a descriptor, an id. */
export const readInt = (s: Builder, text: Value, invalid: () => void): Variable =>
  wholeNumber(s, digitsOf(s, text), invalid, 2 ** 31);

/** What 64 bits have at most before another digit: of a base, with any digit, or with the last of ten. */
const MOST = { 8: 2n ** 61n - 1n, 10: (2n ** 64n - 1n) / 10n, 16: 2n ** 60n - 1n };
const LAST_DIGIT = 5;

/** A number of a base, that is the whole text. One that 64 bits do not have is invalid. */
function readBase(
  s: Builder,
  at: Variable,
  { base, limit }: { readonly base: Variable; readonly limit: number | bigint },
  { invalid, tooMuch }: { invalid(): void; tooMuch(): void },
): Variable {
  const most = s.variable("most", MOST[8]);
  s.if(base.is(10), () => most.set(MOST[10]));
  s.if(base.is(16), () => most.set(MOST[16]));
  const number = s.variable("number", 0);
  s.if(at.byte().is(NUL), invalid);
  s.while(at.byte().isNot(NUL), () => {
    const digit = s.variable("digit", at.byte().minus(ZERO));
    s.if(digit.isAtLeast(10), () => {
      digit.set(at.byte().or(LOWER).minus(A! - 10));
      s.if(digit.isBelow(10), () => digit.set(base));
    });
    s.if(digit.isAtLeast(base), invalid);
    s.if(most.isBelow(number), invalid);
    s.if(
      all(base.is(10), number.is(MOST[10]), digit.isAtLeast(LAST_DIGIT + 1)),
      invalid,
    );
    number.set(number.times(base).plus(digit));
    at.advance();
  });
  s.if(number.isAtLeast(limit), tooMuch);
  return number;
}

/** A mode of a file. */
export const readMode = (s: Builder, text: Value, invalid: () => void): Variable =>
  readBase(s, digitsOf(s, text), { base: s.variable("base", 8), limit: 0o10000 }, {
    invalid,
    tooMuch: invalid,
  });

/** A size: octal behind 0, hexadecimal behind 0x. */
export function readBytes(
  s: Builder,
  text: Value,
  ends: { invalid(): void; tooMuch(): void },
): Variable {
  const at = s.variable("digits", text);
  const base = s.variable("base", 10);
  s.if(at.byte().is(ZERO), () => {
    base.set(8);
    at.advance();
    s.if(at.byte().or(LOWER).is(X!), () => {
      base.set(16);
      at.advance();
    });
    s.if(at.byte().is(NUL), ends.invalid);
  });
  const number = readBase(s, at, { base, limit: 2n ** 63n }, ends);
  s.if(number.is(0), ends.invalid);
  return number;
}
