// Where a process waits for long, what it needs is on few pages, and all else may be given back.

import { assert, assertEquals, assertThrows } from "@std/assert";
import { Builder } from "../../engine/builder.ts";
import { failureSteps } from "../../engine/failure/steps.ts";
import { layOutWithSymbols } from "../../engine/layout.ts";
import { address, KEPT_END } from "../../engine/operand.ts";
import type { Plan } from "../../engine/plan.ts";
import { PAGE_BYTES, placed } from "../../engine/rest.ts";
import { PlanError, verify } from "../../engine/verify.ts";
import { CONSTANTS_FILE_OFFSET, machineOf } from "../../ffi/machine/machine.ts";
import { SAMPLES } from "../launch/sample_specs.ts";
import { planOf, PURE } from "../launch/specs.ts";

const FAILS = { message: "wait failed", status: 1, hints: [] };

Deno.test(
  "records that rest, of several processes too, are on one page behind all others",
  PURE,
  () => {
    let most = 0;
    for (const [name, [asked, starter]] of Object.entries(SAMPLES)) {
      const { records, end } = placed(planOf(asked, starter).steps);
      const rest = records.filter(({ rests }) => rests);
      if (rest.length === 0) continue;
      most = Math.max(most, rest.filter(({ step }) => "rest" in step).length);
      const pageOf = (at: number): number => Math.floor((CONSTANTS_FILE_OFFSET + at) / PAGE_BYTES);
      const first = Math.min(...rest.map(({ at }) => at));
      assertEquals(pageOf(first), pageOf(end - 1), name);
      const others = records.filter(({ rests, step }) => !rests && step.do !== "label");
      assert(others.every(({ at }) => at < first), name);
    }
    assertEquals(most, 2, "a waiter and an init");
  },
);

/** A plan that has much before it rests. @param rest What is done then, with a variable from before. */
function resting(rest: (s: Builder, read: () => void, pages: () => void) => void): Plan {
  const s = new Builder("main");
  const before = s.variable("before", 1);
  const read = (): void => {
    s.subroutine("read", { parameters: [] }, () => {
      s.call("close", [before], "read it", { fails: "ignored" });
    })({});
  };
  read();
  for (let i = 0; i < 1000; i++) s.store(s.memory("much", 4096), s.variable("other", i));
  s.rest(() => {
    rest(s, read, () => {
      s.call("munmap", [address(KEPT_END), 1], "give the others back", { fails: FAILS });
    });
    s.exit(0, "end");
  });
  failureSteps(s);
  return s.plan("test");
}

Deno.test(
  "what steps at rest name is in front of what may be given back, on the page that the variables begin on",
  PURE,
  () => {
    const plan = resting((s, _, giveBack) => {
      giveBack();
      const status = s.memory("status", 4);
      s.call("wait4", [-1, status, 0, 0], "wait", { result: "ended", fails: FAILS });
    });
    verify(plan);
    const { layout, symbols } = layOutWithSymbols(plan, machineOf("x86_64"));
    const placeOf = (name: string): number =>
      [...symbols.names].find(([, one]) => one === name)![0];
    assertEquals(layout.variablesBytes > 4096 * 1000, true);
    assert(placeOf("status") < layout.distance + 1024);
    const inPage = (CONSTANTS_FILE_OFFSET + layout.distance) % PAGE_BYTES;
    assert(inPage + placeOf("status") - layout.distance < PAGE_BYTES);
  },
);

Deno.test(
  "steps at rest that go where a variable is read that is given back are refused",
  PURE,
  () => {
    const plan = resting((_, read, giveBack) => {
      giveBack();
      read();
    });
    assertThrows(() => verify(plan), PlanError, 'variable "before" may not be set here');
  },
);
