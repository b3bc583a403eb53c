// Tests of several bits of a variable.

import { assertEquals } from "@std/assert";
import { all, any, type Condition, not, type When } from "../../engine/condition.ts";
import { builder, tells } from "./trial.ts";
import { PURE } from "../launch/specs.ts";

/** How many tests a condition takes. */
function testsOf(condition: When): number {
  const { form } = condition as Condition;
  return form.form === "comparison" ? 1 : form.parts.reduce((sum, part) => sum + testsOf(part), 0);
}

Deno.test(
  "whether any bit of a variable is set is one test, and so is whether none is",
  PURE,
  () => {
    const s = builder();
    const [one, other] = [s.variable("one", 1), s.variable("other", 1)];
    assertEquals(testsOf(any(one.has(1), one.has(2), one.has(4))), 1);
    assertEquals(testsOf(not(any(one.has(1), one.has(2)))), 1);
    assertEquals(testsOf(all(not(one.has(1)), not(one.has(2)))), 1);
    assertEquals(testsOf(any(one.has(1), other.has(1), one.has(2))), 2);
    assertEquals(testsOf(all(one.has(1), one.has(2))), 2);
    assertEquals(testsOf(any(one.has(1), one.is(2))), 2);
  },
);

tells("conditions of bits hold as if each was tested", (s) => {
  for (const value of [0, 1, 2, 3, 4, 6]) {
    const bits = s.variable("bits", value);
    const held = s.variable("held", 0);
    const conditions = [
      any(bits.has(1), bits.has(2)),
      all(bits.has(1), bits.has(2)),
      all(not(bits.has(1)), not(bits.has(2))),
      any(not(bits.has(1)), not(bits.has(2))),
    ];
    conditions.forEach((condition, i) => s.if(condition, () => held.set(held.or(1 << i))));
    s.tell(held);
  }
}, [12, 9, 9, 3, 12, 9]);
