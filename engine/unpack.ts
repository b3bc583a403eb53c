/** Steps that unpack what pack.ts has packed. */
import type { Builder } from "./builder.ts";
import { FAR, LEAST_FAR, LEAST_NEAR, NEAR } from "./pack.ts";
import { address, FAILURES, PACKED_FAILURES } from "./operand.ts";
import { Expression, type Value } from "./value.ts";

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
    s.loop(({ next, leave }) => {
      const head = s.variable("head", at.byte());
      s.if(head.is(0), leave);
      at.advance();
      s.if(head.isBelow(NEAR), () => {
        copy(at, head);
        at.advance(head);
        next();
      });
      s.if(head.isBelow(FAR), () => {
        copy(end.minus(at.byte()), head.minus(NEAR - LEAST_NEAR));
        at.advance();
        next();
      });
      copy(end.minus(new Expression("load16", [at, 0])), head.minus(FAR - LEAST_FAR));
      at.advance(2);
    });
  });
}
