/** Replaces this process by the launcher that a command line asks for. */
import { compileFor } from "../launch/compile.ts";
import { imageOf } from "../engine/image.ts";
import { exec } from "../launch/run/exec.ts";
import { readRestore } from "../launch/run/facts.ts";
import { commandLine } from "./command_line.ts";
import type { FrontEnd } from "../engine/failure.ts";
import { OPTION_WORDS } from "./option_words.ts";
import type { OpenSpec } from "../launch/spec.ts";

/** Launches what a command line asks for. It returns only if that could not be begun: an exit status. */
export function start(spec: OpenSpec, front: FrontEnd = OPTION_WORDS): number {
  const plan = compileFor(spec, {
    restore: readRestore(),
    front,
    warns: !front.isTerse,
  });
  // Scripts look for `pgrep -f "unshare …"`.
  return exec(imageOf(plan, Deno.build.arch), commandLine());
}
