import { assertEquals } from "@std/assert";
import { planSteps } from "../../../engine/print.ts";
import { bwrap } from "../../../cli/bwrap.ts";
import type { OpenSpec } from "../../../launch/spec.ts";
import { compileFor } from "../../../launch/compile.ts";

Deno.test("a new root has one name in all steps, and nothing else has it", () => {
  const spec = bwrap.parse(["--ro-bind", "/", "/", "--dev", "/dev", "true"]) as OpenSpec;
  const opens = planSteps(compileFor(spec, {})).filter(({ call }) => call.startsWith("openat("));
  for (const { call, result } of opens) {
    assertEquals(result === "new root", call.includes('"newroot"'), call);
  }
});
