/** Plans that fail, and what they say. */

import { assertEquals } from "@std/assert";
import type { Arch } from "../../../ffi/machine/machine.ts";
import { Builder } from "../../../engine/builder.ts";
import { failureSteps } from "../../../engine/failure/steps.ts";
import type { Hint } from "../../../engine/failure.ts";
import type { Plan } from "../../../engine/plan.ts";
import { verify } from "../../../engine/verify.ts";
import { runPlan } from "../../machine/run_image.ts";

/** A folder that is not there. */
export const LACKING = "/proc/self/no such file";
/** What such a plan says, without a hint. */
export const MESSAGE =
  `test: cannot go: No such file or directory\n  step: chdir("${LACKING}") = ENOENT\n`;

/** A plan whose only call, a chdir(2), fails with ENOENT. */
export function failing(hints: readonly Hint[], before?: (s: Builder) => void): Plan {
  const s = new Builder("main");
  before?.(s);
  s.call("chdir", [LACKING], "fail", {
    fails: { message: "cannot go", status: 7, hints },
  });
  s.exit(0, "cannot happen");
  failureSteps(s);
  const plan = s.plan("test");
  verify(plan);
  return plan;
}

export const native: Arch = Deno.build.arch;

/** Runs such a plan and gives what stands behind the message, without its last end of line. */
export async function said(
  hints: readonly Hint[],
  arch: Arch,
  before?: (s: Builder) => void,
): Promise<string> {
  const { code, signal, stderr, stdout } = await runPlan(failing(hints, before), arch);
  assertEquals([code, signal, stdout.length], [7, null, 0], stderr);
  assertEquals(stderr.slice(0, MESSAGE.length - 1), MESSAGE.trimEnd());
  assertEquals(stderr.at(-1), "\n");
  return stderr.slice(MESSAGE.length - 1, -1);
}
