/** Steps that say strings of unknown origin as words for a shell. */
import type { Builder } from "../builder.ts";
import { BACKSLASH, NUL, QUOTE } from "../characters.ts";
import { all, any, not, type When } from "../condition.ts";
import { stringAt } from "../text.ts";
import { safeLength } from "../utf8.ts";
import type { Value, Variable } from "../value.ts";
import { type Say, sayEscaped } from "./say.ts";

/** Quotes a C string for a shell where it needs that: as shellWord() of ffi/shell_word.ts does. */
export function sayWord(s: Builder, string: Value, bytes: Say): void {
  const word = s.variable("word", string);
  const length = s.variable("length", stringAt(word).length);
  const isPlain = s.variable("is plain", 1);
  const isSafe = s.variable("is safe", 1);
  s.if(length.is(0), () => isPlain.set(0));
  const at = s.variable("at", word);
  s.while(at.byte().isNot(NUL), () => {
    const charBytes = s.variable("bytes", safeLength(s, at));
    s.if(isOrdinary(s.variable("byte", at.byte())), () => {}, { otherwise: () => isPlain.set(0) });
    s.if(charBytes.is(0), () => {
      isSafe.set(0);
      charBytes.set(1);
    });
    at.advance(charBytes);
  });
  s.if(isPlain.is(1), () => bytes(word, length), {
    otherwise: () =>
      s.if(isSafe.is(1), () => sayQuoted(s, word, bytes), {
        otherwise: () => sayHidden(s, word, bytes),
      }),
  });
}

/** Whether no shell takes a byte for more than itself. */
const isOrdinary = (byte: Variable): When =>
  any(
    ...["az", "AZ", "09", "+/"].map((range) => isIn(byte, range)),
    byte.isOneOf(...["@", "%", "=", "_", ":"].map((char) => char.charCodeAt(0))),
  );

/** Whether a byte is in a range of characters, named by its first and last one. */
const isIn = (byte: Variable, range: string): When => {
  const [first, last] = [range.charCodeAt(0), range.charCodeAt(1)];
  return byte.minus(first).isBelow(last - first + 1);
};

function sayQuoted(s: Builder, word: Variable, bytes: Say): void {
  bytes("'", 1);
  eachByte(s, word, (at) => {
    s.if(at.byte().is(QUOTE), () => bytes(`'\\''`, 4), { otherwise: () => bytes(at, 1) });
  });
  bytes("'", 1);
}

/** What a terminal may act on, as bash and zsh read it. */
function sayHidden(s: Builder, word: Variable, bytes: Say): void {
  bytes("$'", 2);
  const isBehindEscape = s.variable("is behind an escape", 0);
  eachByte(s, word, (at) => {
    const byte = s.variable("byte", at.byte());
    // Some shells take a digit behind \x1b as part of it.
    const isDigit = any(...["09", "af", "AF"].map((range) => isIn(byte, range)));
    const isSaid = all(isIn(byte, " ~"), any(isBehindEscape.is(0), not(isDigit)));
    s.if(isSaid, () => {
      s.if(byte.isOneOf(QUOTE, BACKSLASH), () => bytes("\\", 1));
      bytes(at, 1);
      isBehindEscape.set(0);
    }, {
      otherwise() {
        sayEscaped(byte, bytes);
        isBehindEscape.set(1);
      },
    });
  });
  bytes("'", 1);
}

function eachByte(s: Builder, word: Variable, body: (at: Variable) => void): void {
  const at = s.variable("at", word);
  s.while(at.byte().isNot(NUL), () => {
    body(at);
    at.advance();
  });
}
