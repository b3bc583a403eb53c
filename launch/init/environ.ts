/** What the launcher was started with is not for the program to read in /proc/1/environ. */
import { POINTER_BYTES } from "../../engine/operand.ts";
import { type Span, stringAt } from "../../engine/text.ts";
import type { Context } from "../context.ts";
import { inheritedEnviron } from "../program/environment.ts";

const WORD_BYTES = 8;

/** Finds the variables of this process, which lie in one piece: before anything is edited in their list. */
export function findEnvironment({ s }: Context): Span {
  const pointer = inheritedEnviron(s);
  const start = s.variable("variables", pointer.word());
  const length = s.variable("length of variables", 0);
  s.if(start.isNot(0), () => {
    const last = s.variable("last variable", start);
    s.while(pointer.word().isNot(0), () => {
      last.set(pointer.word());
      pointer.advance(POINTER_BYTES);
    });
    length.set(last.plus(stringAt(last).length).minus(start));
  });
  return { start, length };
}

/** Erases them. */
export function eraseEnvironment({ s }: Context, { start, length }: Span): void {
  s.block(() => {
    const at = s.variable("at", start);
    const end = s.variable("end of variables", at.plus(length));
    s.while(end.minus(at).isAtLeast(WORD_BYTES), () => {
      s.store(at, 0);
      at.advance(WORD_BYTES);
    });
    s.while(at.isBelow(end), () => {
      s.store(at, 0, { bytes: 1 });
      at.advance();
    });
  });
}
