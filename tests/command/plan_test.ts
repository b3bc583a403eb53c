// A Command's plan, printed, and its file for any processor.
import { assert, assertEquals, assertThrows } from "@std/assert";
import { type Arch, Command, planText, printedSteps } from "../../mod.ts";
import { readImage } from "../../engine/image_read.ts";
import { planSteps, programSteps } from "../../engine/print.ts";
import { frozenPlan } from "../../launch/freeze.ts";
import { specOf } from "../../command/options.ts";
import "./helpers.ts";

const ARGUMENTS = ["true", { mapRootUser: true }] as const;

Deno.test("a Command's plan is printed with the steps by which it reports", () => {
  const plan = new Command(...ARGUMENTS).plan();
  assert(printedSteps(plan).length > 5);
  assert(planText(plan).includes("the pipe of who started this"));
});

Deno.test("freeze({ arch }) is for that processor, and without it for this one", () => {
  const command = new Command(...ARGUMENTS);
  for (const arch of ["x86_64", "aarch64"] as const) {
    const program = readImage(command.freeze({ arch }));
    assertEquals(program.machine.arch, arch);
    assertEquals(programSteps(program), planSteps(frozenPlan(specOf(...ARGUMENTS))));
  }
  assertEquals(command.freeze({}), command.freeze({ arch: Deno.build.arch }));
});

Deno.test("a processor that there is not is refused by name", () => {
  for (const arch of ["arm64", "toString"] as unknown as Arch[]) {
    assertThrows(() => new Command(...ARGUMENTS).freeze({ arch }), TypeError, `"${arch}"`);
  }
});
