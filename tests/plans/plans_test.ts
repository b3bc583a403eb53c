// Whole plans as `nido explain` prints them, against files to read in a review. Where a change is
// meant, UPDATE=1 writes them again: UPDATE=1 ./dev test tests/plans/plans_test.ts

import { assert, assertEquals } from "@std/assert";
import { compileFor } from "../../launch/compile.ts";
import { frozenPlan } from "../../launch/freeze.ts";
import { number } from "../../engine/operand.ts";
import type { Step } from "../../engine/plan.ts";
import { planSteps, stepsText } from "../../engine/print.ts";
import { verify } from "../../engine/verify.ts";
import { complete } from "../../launch/implied.ts";
import { problemsOf } from "../../launch/validate.ts";
import { lineSpecs, specs } from "../launch/all_specs.ts";
import { SAMPLES } from "../launch/sample_specs.ts";
import { planOf, PURE, specOf } from "../launch/specs.ts";

const FOLDER = new URL("../testdata/plans/", import.meta.url);
const isUpdate = Deno.env.get("UPDATE") === "1";

function pathOf(name: string): URL {
  return new URL(`${name.replaceAll(" ", "_")}.txt`, FOLDER);
}

const texts = new Map<string, string>();
for (const [name, [asked, starter]] of Object.entries(SAMPLES)) {
  if (isUpdate) Deno.writeTextFileSync(pathOf(name), stepsText(planSteps(planOf(asked, starter))));
  texts.set(name, Deno.readTextFileSync(pathOf(name)));
}

for (const [name, [asked, starter]] of Object.entries(SAMPLES)) {
  Deno.test(`the plan of "${name}" is as it was`, PURE, () => {
    assertEquals(stepsText(planSteps(planOf(asked, starter))), texts.get(name)!);
  });
}

Deno.test("every file of tests/testdata/plans is some sample's", () => {
  const files = Array.from(Deno.readDirSync(FOLDER), ({ name }) => name);
  assertEquals(
    files.sort(),
    Object.keys(SAMPLES).map((name) => pathOf(name).pathname.split("/").at(-1)!).sort(),
  );
});

const plans = (): [string, ReturnType<typeof planOf>][] =>
  Object.entries(SAMPLES).map(([name, [asked, starter]]) => [name, planOf(asked, starter)]);

Deno.test("compile() makes the same plan of the same spec, and leaves the spec alone", PURE, () => {
  for (const [asked] of Object.values(SAMPLES)) {
    const spec = specOf(asked);
    const before = structuredClone(spec);
    assertEquals(compileFor(spec, {}), compileFor(spec, {}));
    assertEquals(spec, before);
  }
});

Deno.test("every call says what it is for, and which process makes it", PURE, () => {
  for (const [, plan] of plans()) {
    const steps = planSteps(plan);
    assertEquals(steps.map(({ step }) => step), steps.map((_, i) => i + 1));
    assertEquals(steps.filter(({ note, process }) => !/\w/.test(note) || !process), []);
  }
});

Deno.test(
  "every plan is verified: of samples, of command lines, and with nothing left out",
  () => {
    for (const [, plan] of plans()) verify(plan);
    for (const [, spec] of specs()) verify(compileFor(spec, {}));
    for (const spec of lineSpecs()) {
      if (problemsOf(complete(spec)).length === 0) {
        verify(compileFor(spec, {}));
      }
    }
  },
);

Deno.test("nothing of a known length is written past a buffer", PURE, () => {
  const frozen = Object.values(SAMPLES).map(([asked]) => ["frozen", frozenPlan(specOf(asked))]);
  for (const [name, { steps, buffers }] of [...plans(), ...frozen] as ReturnType<typeof plans>) {
    for (const step of steps) {
      if (step.do !== "compute" || !["copy", "put"].includes(step.operation)) continue;
      const [to, second, third] = step.args;
      if (to?.kind !== "address" || !(to.name in buffers)) continue;
      const offset = step.operation === "copy" ? number(0) : second!;
      const length = step.operation === "copy" ? third! : number(8);
      if (offset.kind !== "number" || length.kind !== "number") continue;
      const end = to.offset + Number(offset.value + length.value);
      assert(end <= buffers[to.name]!, `${name}: ${end} bytes in ${to.name}`);
    }
  }
});

Deno.test("no process runs into the steps of another", PURE, () => {
  const ends = (step: Step | undefined): boolean => {
    if (step?.do === "test") return step.operation === "ifAlways";
    if (step?.do !== "call") return false;
    return step.syscall === "exit_group" ||
      step.syscall === "execve" && step.onError !== "continue";
  };
  for (const [name, { steps }] of plans()) {
    let process = "main";
    steps.forEach((step, i) => {
      if (step.do !== "call" || step.process === process) return;
      const clone = steps.findLastIndex((other, at) => at < i && other.do === "call");
      const isFork = steps[clone]?.do === "call" && steps[clone].syscall === "clone";
      const toChild = steps[clone + 1];
      // The child goes to its label: what follows clone up to there is the parent.
      const isParent = isFork && toChild?.do === "test" &&
        !steps.slice(clone, i).some((other) =>
          other.do === "label" && other.label === toChild.goto
        );
      // The failure steps begin with tests of their own.
      const start = steps.findIndex((other) => other.do === "label" && other.label === "fail");
      const end = step.process === "after a failure" ? start : i;
      const before = steps.slice(0, end).filter((earlier) => earlier.do !== "label");
      const last = before.findLast((earlier) => earlier.do !== "compute");
      assertEquals(isParent || ends(last), true, `${name}: ${process} runs into "${step.note}"`);
      process = step.process;
    });
  }
});
