/** The options of a tmpfs, as text. @see tmpfs(5) */
import type { Builder } from "../../../engine/builder.ts";
import { ZERO } from "../../../engine/characters.ts";
import { Expression, type Variable } from "../../../engine/value.ts";
import { copyTo, type Room } from "./room.ts";

/** Larger than `mode=07777,size=` and a number. */
const OPTIONS_BYTES = 48;

/** The longest decimal number. */
const DIGITS = 20;
const SEVEN = 7;

/**
 * Writes `mode=0755,size=4096` to the room.
 *
 * @param options Is set to its address.
 * @param size Bytes; none are said where it is 0. It is 0 afterwards.
 */
export function writeTmpfsOptions(
  s: Builder,
  room: Room,
  { options, mode, size }: {
    readonly options: Variable;
    readonly mode: Variable;
    readonly size: Variable;
  },
): void {
  const start = room.take(OPTIONS_BYTES);
  options.set(start);
  const at = s.variable("options", start);
  copyTo(at, "mode=0", "mode=0".length);
  s.if(mode.isAtLeast(0o1000), () => {
    s.store(at, mode.shiftedRight(9).plus(ZERO), { bytes: 1 });
    at.advance();
  });
  for (const shift of [6, 3, 0]) {
    s.store(at, mode.shiftedRight(shift).and(SEVEN).plus(ZERO), { bytes: 1 });
    at.advance();
  }
  s.if(size.isNot(0), () => {
    copyTo(at, ",size=", ",size=".length);
    const end = s.memory("digits of the size", DIGITS).at(DIGITS);
    const digits = s.variable("digits", new Expression("decimal", [size, end]));
    copyTo(at, digits, end.minus(digits));
    size.set(0);
  });
}
