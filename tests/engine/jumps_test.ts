// Jumps that plans have, and those that are laid out. That both lead to the same is tried by random
// programs: blocks/blocks_test.ts.

import { assertEquals } from "@std/assert";
import { withShortJumps } from "../../engine/jumps.ts";
import { slot } from "../../engine/operand.ts";
import type { Step, Test } from "../../engine/plan.ts";
import { PURE } from "../launch/specs.ts";

const label = (name: string, rest?: "begins" | "ends"): Step => ({
  do: "label",
  label: name,
  ...rest ? { rest } : {},
});
const set = (name: string): Step => ({ do: "compute", operation: "set", args: [], result: name });
const jump = (goto: Test["goto"]): Step => ({ do: "test", operation: "ifAlways", args: [], goto });
const test = (operation: Test["operation"], goto: Test["goto"]): Step => ({
  do: "test",
  operation,
  args: [],
  goto,
});
const call = (goto: string): Step => ({
  do: "call",
  syscall: "close",
  args: [],
  onError: { goto },
  note: "close it",
  process: "main",
});
const END = [label("end"), set("the end")];

Deno.test("what leads to a jump is laid out as leading where that leads", PURE, () => {
  const steps = [
    test("ifNot", "one"),
    call("one"),
    set("between"),
    label("one"),
    jump("two"),
    set("never"),
    label("two"),
    jump("end"),
    set("never"),
    label("subroutine"),
    jump(slot("back")),
    ...END,
    test("ifBelow", "subroutine"),
  ];
  assertEquals(withShortJumps(steps), [
    test("ifNot", "end"),
    call("end"),
    set("between"),
    ...END,
    test("ifBelow", slot("back")),
  ]);
});

Deno.test(
  "a test that leads around a jump is laid out as its opposite, leading there",
  PURE,
  () => {
    const steps = [test("ifEqual", "on"), jump("end"), label("on"), set("between"), ...END];
    assertEquals(withShortJumps(steps), [test("ifNot", "end"), set("between"), ...END]);
    const back = [test("ifAnyBit", "on"), jump(slot("back")), label("on"), ...END];
    assertEquals(withShortJumps(back), [test("ifNoBit", slot("back")), END[1]!]);
  },
);

Deno.test("an address that a slot gets is where control goes on from there", PURE, () => {
  const back = (name: string): Step => ({
    do: "compute",
    operation: "set",
    args: [{ kind: "label", label: name }],
    result: "back",
  });
  const steps = [back("behind"), jump(slot("elsewhere")), label("behind"), jump("end"), ...END];
  assertEquals(withShortJumps(steps), [back("end"), jump(slot("elsewhere")), ...END]);
});

Deno.test("a loop of nothing but jumps stays one", PURE, () => {
  const steps = [label("loop"), jump("other"), label("other"), jump("loop")];
  assertEquals(withShortJumps(steps).filter((step) => step.do === "test").length, 1);
});

Deno.test("what rests is laid out elsewhere, so that a jump there stays", PURE, () => {
  const steps = [jump("rest"), label("rest", "begins"), set("waited"), label("over", "ends")];
  assertEquals(withShortJumps(steps), steps);
});
