// A Command's plan is for it alone, and its file for any processor.
import { assertEquals, assertThrows } from "@std/assert";
import {
  type Arch,
  clone,
  Command,
  imageOf,
  type Plan,
  planText,
  printedSteps,
} from "../../mod.ts";
import { readImage } from "../../engine/image_read.ts";
import { programSteps } from "../../engine/print.ts";
import { frozenPlan } from "../../launch/freeze.ts";
import { specOf } from "../../command/options.ts";
import "./helpers.ts";

const ARGUMENTS = ["true", { mapRootUser: true }] as const;

Deno.test("a Command's plan is neither cloned nor made an image of: types refuse it, and so does the call", () => {
  const plan = new Command(...ARGUMENTS).plan();
  // @ts-expect-error: it is no Plan
  const mistaken: Plan = plan;
  for (const given of [mistaken, JSON.parse(JSON.stringify({ ...plan, steps: [] })), { ...plan }]) {
    assertThrows(() => imageOf(given, "x86_64"), TypeError, "make an image of a Command's plan");
    assertThrows(() => clone(given), TypeError, "Cannot clone a Command's plan");
  }
  assertEquals(printedSteps(plan).length > 5, true);
  assertEquals(planText(plan).includes("the pipe of who started this"), true);
});

Deno.test("freeze({ arch }) is for that processor, and without it for this one", () => {
  const command = new Command(...ARGUMENTS);
  for (const arch of ["x86_64", "aarch64"] as const) {
    const program = readImage(command.freeze({ arch }));
    assertEquals(program.machine.arch, arch);
    assertEquals(programSteps(program), printedSteps(frozenPlan(specOf(...ARGUMENTS))));
  }
  assertEquals(command.freeze({}), command.freeze({ arch: Deno.build.arch }));
});

Deno.test("a processor that there is not is refused by name", () => {
  for (const arch of ["arm64", "toString"] as unknown as Arch[]) {
    assertThrows(() => new Command(...ARGUMENTS).freeze({ arch }), TypeError, `"${arch}"`);
  }
});
