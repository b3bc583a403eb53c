/** Characters of a text of unknown origin, as a terminal may get them. @see RFC 3629 */
import { UNSAFE_RANGES } from "../ffi/bytes.ts";
import type { Builder } from "./builder.ts";
import { Condition } from "./condition.ts";
import type { Variable } from "./value.ts";

/** Characters by their first byte: the least one, the bits of it that count, and the least code point. */
const FORMS = [
  // From 0xf8 on, the code point comes out as too high.
  { first: 0xf0, bits: 0x0f, least: 0x10000 },
  { first: 0xe0, bits: 0x0f, least: 0x800 },
  { first: 0xc0, bits: 0x1f, least: 0x80 },
  // No character begins so.
  { first: 0x80, bits: 0x00, least: 0x110000 },
  { first: 0x00, bits: 0x7f, least: 0 },
] as const;

/** Behind the last code point. */
const END = 0x110000;

/** Ranges of code points as pairs of 32 bits. */
const RANGES = new Uint8Array(new Uint32Array(UNSAFE_RANGES.flat()).buffer);
const RANGE_BYTES = 8;

/**
 * How many bytes the character at an address takes: 0 if there is none, or one that a terminal may act on
 * or hide. So nothing behind a NUL is read.
 */
export function safeLength(s: Builder, at: Variable): Variable {
  const { length } = s.subroutine("read character", {
    parameters: ["at"],
    results: ["length"],
  }, ({ at, length }) => {
    const first = s.variable("first", at.byte());
    const point = s.variable("code point");
    const least = s.variable("least");
    const form = (i: number): void => {
      const { bits, least: from } = FORMS[i]!;
      const take = (): void => {
        point.set(first.and(bits));
        least.set(from);
        length.set(Math.max(FORMS.length - 1 - i, 1));
      };
      if (i === FORMS.length - 1) take();
      else s.if(first.isAtLeast(FORMS[i]!.first), take, { otherwise: () => form(i + 1) });
    };
    form(0);
    const refuse = (when: Condition): void => s.if(when, () => length.set(0));
    s.each([at.plus(1), at.plus(length), 1], (next, { leave }) => {
      const byte = s.variable("byte", next.byte());
      s.if(byte.and(0xc0).isNot(0x80), () => {
        length.set(0);
        leave();
      });
      point.set(point.shiftedLeft(6).or(byte.and(0x3f)));
    });
    refuse(Condition.any(point.isBelow(least), point.isAtLeast(END)));
    const ranges = s.variable("unsafe", RANGES);
    s.each([ranges, ranges.plus(RANGES.length), RANGE_BYTES], (range) => {
      refuse(Condition.all(point.isAtLeast(range.half()), range.half(4).isAtLeast(point)));
    });
  })({ at });
  return length;
}
