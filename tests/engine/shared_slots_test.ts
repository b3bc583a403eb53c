// Which variables share a slot. What shared slots hold is tried by random programs: blocks/blocks_test.ts.

import { assertEquals, assertNotEquals } from "@std/assert";
import type { Builder } from "../../engine/builder.ts";
import { failureSteps } from "../../engine/failure/steps.ts";
import type { Place } from "../../engine/value.ts";
import { sharedSlots } from "../../engine/shared_slots.ts";
import { broken, builder } from "./trial.ts";

/** The slots of a plan's variables that share some. */
function slotsOf(write: (s: Builder, memory: Place) => void): ReadonlyMap<string, string> {
  const s = builder();
  write(s, s.memory("memory", 8));
  s.exit(0, "the end");
  failureSteps(s);
  return sharedSlots(s.plan("test"), new Set());
}

Deno.test("variables of one block after the other share a slot, and those of an inner one none", () => {
  const slots = slotsOf((s, memory) => {
    for (const name of ["one", "two"]) {
      s.block(() => {
        const outer = s.variable(name, 1);
        s.block(() => s.store(memory, s.variable(`inner ${name}`, 2)));
        s.while(outer.isBelow(5), () => {
          s.store(memory, s.variable(`turn ${name}`, outer.plus(1)));
          outer.advance();
        });
      });
    }
  });
  assertEquals(slots.get("two"), slots.get("one"));
  assertEquals(slots.get("inner two"), slots.get("inner one"));
  assertEquals(slots.get("turn one"), slots.get("inner one"));
  for (const inner of ["inner", "turn"]) {
    assertNotEquals(slots.get(`${inner} one`), slots.get("one"));
  }
});

const APART: readonly (readonly [string, (s: Builder, memory: Place) => void])[] = [
  ["is needed behind a subroutine", (s, memory) => {
    const run = s.subroutine("run", { parameters: [] }, () => s.store(memory, 1));
    run({});
    const apart = s.variable("apart", 3);
    run({});
    s.store(memory, apart);
  }],
  ["is of a subroutine", (s) => {
    const run = s.subroutine("run", { parameters: ["apart"] }, ({ apart }) => apart.advance());
    run({ apart: 1 });
    run({ apart: 2 });
  }],
  ["is an argument of a system call", (s) => {
    s.call("close", [s.variable("apart", 3)], "close it", { fails: "ignored" });
  }],
  ["is the result of one", (s) => {
    s.call("getpid", [], "who is it?", { result: "apart", fails: "ignored" });
  }],
  ["is 0 from the start", (s, memory) => s.store(memory, s.variable("apart", 0))],
  ["is needed on both sides of a fork", (s, memory) => {
    const apart = s.variable("apart", 3);
    s.startProcess({ name: "child", note: "start", fails: broken("no") }, () => {
      s.exit(0, "the child's end");
    });
    s.store(memory, apart);
  }],
];

for (const [what, write] of APART) {
  Deno.test(`a variable that ${what} shares no slot`, () => {
    const slots = slotsOf(write);
    assertEquals([...slots.keys()].filter((name) => name.includes("apart")), []);
  });
}
