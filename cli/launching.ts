/** Runs launching commands: parses the options, and replaces this process by the launcher. */
import { compileFor } from "../launch/compile.ts";
import { imageOf } from "../engine/image.ts";
import { exec } from "../launch/run/exec.ts";
import { readRestore } from "../launch/run/facts.ts";
import { commandLine } from "./command_line.ts";
import type { FrontEnd } from "../engine/failure.ts";
import { OPTION_WORDS } from "./option_words.ts";
import type { Told } from "./getopt.ts";
import { OUTSIDE } from "./outside.ts";
import type { LaunchingCommand } from "./spec_reader.ts";
import type { OpenSpec } from "../launch/spec.ts";

/** Runs a launching command. It returns only if nothing was launched: an exit status, or what to print. */
export function launch(
  command: LaunchingCommand,
  words: readonly string[],
  front: FrontEnd = OPTION_WORDS,
): number | Told {
  const parsed = command.parse(words, new Set(), OUTSIDE);
  return typeof parsed === "string" ? parsed : start(parsed, front);
}

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
