/** Runs launching commands: parses the options, and replaces this process by the launcher. */
import { compileFor } from "../launch/compile.ts";
import { imageOf } from "../engine/image.ts";
import { exec } from "../launch/run/exec.ts";
import { readRestore } from "../launch/run/facts.ts";
import { commandLine } from "./command_line.ts";
import { OPTION_WORDS } from "./option_words.ts";
import type { Info } from "./getopt.ts";
import type { LaunchingCommand } from "./spec_reader.ts";

/** Runs a launching command. It returns only if nothing was launched: an exit status, or what to print. */
export function launch(command: LaunchingCommand, words: readonly string[]): number | Info {
  const parsed = command.parse(words);
  if (typeof parsed === "string") return parsed;
  const plan = compileFor(parsed, {
    restore: readRestore(),
    front: OPTION_WORDS,
    warns: true,
  });
  // Scripts look for `pgrep -f "unshare …"`.
  return exec(imageOf(plan, Deno.build.arch), commandLine());
}
