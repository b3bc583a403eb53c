/** What the launcher was started with is not for the program to read in /proc/1/environ. */
import { POINTER_BYTES } from "../../engine/operand.ts";
import { stringAt } from "../../engine/text.ts";
import type { Context } from "../context.ts";
import { inheritedEnviron } from "../program/environment.ts";

const WORD_BYTES = 8;

/** Erases the variables of this process, which lie in one piece. */
export function eraseEnvironment({ s }: Context): void {
  s.block(({ leave }) => {
    const pointer = inheritedEnviron(s);
    const at = s.variable("variables", pointer.word());
    s.if(at.is(0), leave);
    const last = s.variable("last variable", at);
    s.while(pointer.word().isNot(0), () => {
      last.set(pointer.word());
      pointer.advance(POINTER_BYTES);
    });
    const end = s.variable("end of variables", last.plus(stringAt(last).length));
    s.while(at.isBelow(end.minus(WORD_BYTES)), () => {
      s.store(at, 0);
      at.advance(WORD_BYTES);
    });
    s.while(at.isBelow(end), () => {
      s.store(at, 0, { bytes: 1 });
      at.advance();
    });
  });
}
