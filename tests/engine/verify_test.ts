// Plans that could do what nobody wrote are refused, with the step and the name.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { CLONE_VFORK, CLONE_VM } from "../../ffi/abi/sched.ts";
import { Builder } from "../../engine/builder.ts";
import { address, data, type Operand, slot } from "../../engine/operand.ts";
import type { Plan, Step } from "../../engine/plan.ts";
import { PlanError, verify } from "../../engine/verify.ts";

const PURE = { permissions: "none" } as const;
const number = (value: number): Operand => ({ kind: "number", value: BigInt(value) });

const exit: Step = {
  do: "call",
  syscall: "exit_group",
  args: [number(0)],
  onError: "continue",
  note: "the end",
  process: "main",
};
const set = (result: string, value: Operand): Step => ({
  do: "compute",
  operation: "set",
  args: [value],
  result,
});
const jump = (goto: string): Step => ({
  do: "test",
  operation: "ifEqual",
  args: [number(0), number(0)],
  goto,
});
const label = (name: string): Step => ({ do: "label", label: name });
const close = (fd: Operand): Step => ({ ...exit, syscall: "close", args: [fd], note: "close it" });

function problemsOf(steps: readonly Step[], buffers: Plan["buffers"] = {}): readonly string[] {
  try {
    verify({ name: "test", steps, buffers, zeroed: [] });
    return [];
  } catch (error) {
    if (error instanceof PlanError) return error.problems;
    throw error;
  }
}

function refused(
  name: string,
  steps: readonly Step[],
  said: string,
  buffers?: Plan["buffers"],
): void {
  Deno.test(`refused: ${name}`, PURE, () => {
    const problems = problemsOf(steps, buffers);
    assertEquals(problems.length, 1, problems.join("\n"));
    assertStringIncludes(problems[0]!, said);
  });
}

refused(
  "a label twice",
  [label("a"), label("a"), exit],
  'step 2 (label): label "a" is there twice',
);
refused(
  "memory by a name that every plan has",
  [exit],
  '"report" is a slot and a buffer',
  { report: 8 },
);
refused(
  "a message of a variable that is not set",
  [{
    ...close(number(1)),
    failure: { message: [{ number: { kind: "slot", name: "x" } }], status: 1, hints: [] },
  } as Step, exit],
  'step 1 (close, "close it"): variable "x" may not be set',
);
refused("a jump to nowhere", [jump("b")], 'step 1 (test): there is no label "b"');
refused(
  "a failure that leads nowhere",
  [{ ...close(number(1)), onError: { goto: "b" } } as Step, exit],
  'step 1 (close, "close it"): there is no label "b"',
);
refused(
  "a variable that is never set",
  [close(slot("fd")), exit],
  'step 1 (close, "close it"): variable "fd" may not be set',
);
refused(
  "a variable that is set on one way only",
  [
    set("x", number(1)),
    { do: "test", operation: "ifEqual", args: [slot("x"), number(1)], goto: "over" },
    set("fd", number(1)),
    label("over"),
    close(slot("fd")),
    exit,
  ],
  'step 5 (close, "close it"): variable "fd" may not be set',
);
refused(
  "a variable that is set in a loop which may not be gone through",
  [
    set("x", number(1)),
    label("loop"),
    { do: "test", operation: "ifEqual", args: [slot("x"), number(1)], goto: "end" },
    set("fd", number(1)),
    jump("loop"),
    label("end"),
    close(slot("fd")),
    exit,
  ],
  'variable "fd" may not be set',
);
/** A child that uses its parent's memory, and makes a step before it ends; then its parent makes one. */
const sharing = (childs: Step, parents: Step): readonly Step[] => [
  set("x", number(1)),
  {
    ...exit,
    syscall: "clone",
    args: [CLONE_VM | CLONE_VFORK, 0, 0, 0, 0].map(number),
    result: "child",
  },
  { do: "test", operation: "ifEqual", args: [slot("child"), number(0)], goto: "child" },
  parents,
  exit,
  label("child"),
  childs,
  exit,
];
Deno.test("a child that uses its parent's memory may set what that does not read", PURE, () => {
  assertEquals(problemsOf(sharing(set("y", number(2)), close(slot("x")))), []);
  assertEquals(problemsOf(sharing(set("x", number(2)), set("x", number(3)))), []);
});
refused(
  "a variable that a child sets in the memory of its parent, which reads it then",
  sharing(set("x", number(2)), close(slot("x"))),
  'step 4 (close, "close it"): variable "x" may be the child\'s here, which uses this memory',
);
refused(
  "new namespaces of a child in the memory of its parent",
  sharing({ ...close(number(1)), syscall: "unshare" } as Step, close(number(1))),
  'step 7 (unshare, "close it"): its process may use its parent\'s memory',
);
refused(
  "two things of one name",
  [set("thing", number(1)), close(slot("thing")), exit],
  'step 1 (compute): "thing" is a buffer and a slot',
  { thing: 8 },
);
refused(
  "a write past a buffer",
  [{ do: "compute", operation: "put", args: [address("b"), number(1), number(0)] }, exit],
  'step 1 (compute): bytes 1 to 9 are not in "b": it has 8',
  { b: 8 },
);
refused(
  "a write in front of a buffer",
  [{ do: "compute", operation: "put8", args: [address("b", 4), number(-5), number(0)] }, exit],
  'bytes -5 to -4 are not in "b"',
  { b: 8 },
);
refused(
  "a copy past a buffer",
  [{
    do: "compute",
    operation: "copy",
    args: [address("b"), data(new Uint8Array(16), "{}"), number(9)],
    result: "end",
  }, exit],
  'bytes 0 to 9 are not in "b"',
  { b: 8 },
);
refused(
  "a write to a constant",
  [{
    do: "compute",
    operation: "put",
    args: [data(new Uint8Array(16), "{}"), number(0), number(0)],
  }, exit],
  "bytes 0 to 8 are not in",
);
refused(
  "a call by which the kernel writes past a buffer",
  [{ ...exit, syscall: "read", args: [number(0), address("b"), number(9)], note: "read" }, exit],
  'step 1 (read, "read"): 9 bytes do not fit in "b": it has 8',
  { b: 8 },
);
refused(
  "too few arguments",
  [{ ...exit, syscall: "setns", args: [number(1)] }, exit],
  "setns takes 2 arguments, not 1",
);
refused(
  "too many arguments",
  [{ ...close(number(1)), args: [number(1), number(2)] } as Step, exit],
  "close takes 1 arguments, not 2",
);
refused(
  "a plan that falls off its end",
  [close(number(1))],
  "what comes behind the last step is nothing",
);
refused(
  "a step that is never reached",
  [exit, close(number(1)), exit],
  'step 2 (close, "close it"): it is never reached',
);

for (const operation of ["enter", "start"] as const) {
  refused(
    `a step behind one that goes on with something else: ${operation}`,
    [{ do: "compute", operation, args: [number(1)] }, close(number(1)), exit],
    'step 2 (close, "close it"): it is never reached',
  );
}

Deno.test("refused: a call without a word on its failure", PURE, () => {
  const s = new Builder("main");
  let said = "";
  try {
    s.call("close", [1], "close it", {} as never);
  } catch (error) {
    said = String(error);
  }
  assertStringIncludes(said, 'Cannot make close, "close it": nothing says what its failure means');
});

Deno.test("a variable that is set before a subroutine is called is set behind it", PURE, () => {
  const s = new Builder("main");
  const none = () => s.subroutine("none", { parameters: [] }, () => {})({});
  none();
  const x = s.variable("x", 1);
  none();
  s.call("close", [x], "close it", { fails: "ignored" });
  s.exit(0, "the end");
  verify(s.plan("test"));
});

Deno.test("verification finds all that is wrong at once", PURE, () => {
  const problems = problemsOf([label("a"), label("a"), close(slot("fd")), jump("b")]);
  assertEquals(problems.length, 2);
});
