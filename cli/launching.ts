/** Replaces this process by the launcher that a command line asks for. */
import { compileFor } from "../launch/compile.ts";
import { imageOf } from "../engine/image.ts";
import { exec } from "../launch/run/exec.ts";
import { readRestore } from "../launch/run/facts.ts";
import { commandLine } from "./command_line.ts";
import type { FrontEnd } from "../engine/failure.ts";
import type { Plan } from "../engine/plan.ts";
import type { OpenSpec } from "../launch/spec.ts";
import type { Starter } from "../launch/starter.ts";

/** The plan of what a command line asks for. @param by Who starts it. */
export const planFor = (spec: OpenSpec, front: FrontEnd, by: Starter): Plan =>
  compileFor(spec, { ...by, front, warns: !front.isTerse });

/** Launches what a command line asks for. It returns only if that could not be begun: an exit status. */
export function start(spec: OpenSpec, front: FrontEnd): number {
  const plan = planFor(spec, front, { restore: readRestore() });
  // Scripts look for `pgrep -f "unshare …"`.
  return exec(imageOf(plan, Deno.build.arch), commandLine());
}
