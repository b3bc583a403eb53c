/** Steps that unpack what pack.ts has packed. */
import type { Builder } from "./builder.ts";
import { COUNT, COUNT_SHIFT, FAR, LEAST, LENGTH, MORE } from "./pack.ts";
import { address, FAILURES, PACKED_FAILURES } from "./operand.ts";
import { Expression, type Value, type Variable } from "./value.ts";

/** Unpacks the table of failures, and what else is late (lateData() in operand.ts), where that is packed. */
export function unpackFailures(s: Builder): void {
  if (s.isPacked) unpack(s, address(PACKED_FAILURES), address(FAILURES));
}

/** Unpacks to where there is room for it. */
export function unpack(s: Builder, packed: Value, into: Value): void {
  s.block(() => {
    const at = s.variable("at", packed);
    const end = s.variable("end", into);
    const copy = (from: Value, length: Value): void =>
      end.set(new Expression("copy", [end, from, length]));
    s.loop(({ leave }) => {
      const head = s.variable("head", at.byte());
      at.advance();
      const count = s.variable("count", head.shiftedRight(COUNT_SHIFT).and(COUNT));
      addMore(s, at, count, COUNT);
      copy(at, count);
      at.advance(count);
      const length = s.variable("length", head.and(LENGTH));
      addMore(s, at, length, LENGTH);
      const back = s.variable("back", at.byte());
      s.if(head.isAtLeast(FAR), () => {
        back.set(new Expression("load16", [at, 0]));
        at.advance();
      });
      s.if(back.is(0), leave);
      at.advance();
      copy(end.minus(back), length.plus(LEAST));
    });
  });
}

/** Adds what of a number did not fit in the head. */
function addMore(s: Builder, at: Variable, number: Variable, most: number): void {
  s.if(number.is(most), () => {
    s.loop(({ leave }) => {
      const more = s.variable("more", at.byte());
      at.advance();
      number.advance(more);
      s.if(more.isNot(MORE), leave);
    });
  });
}
