/** Runs launching commands: parses the options, and replaces this process by the launcher. */
import { compileFor } from "../launch/compile.ts";
import { imageOf } from "../engine/image.ts";
import { exec } from "../launch/run/exec.ts";
import { readRestore } from "../launch/run/facts.ts";
import { complete, type LaunchSpec } from "../launch/spec.ts";
import { commandLine } from "./command_line.ts";
import { OPTION_WORDS } from "./option_words.ts";
import { say } from "./say.ts";
import { isInteractiveShell } from "./shell.ts";
import type { Info } from "./getopt.ts";
import type { LaunchingCommand } from "./spec_reader.ts";

/** A shell as first process of a PID namespace it is not in: its second command will fail. */
function warnOfTrap(spec: LaunchSpec): void {
  const { namespaces, fork } = complete(spec);
  if (
    !namespaces.includes("pid") || fork || !isInteractiveShell(spec) || !Deno.stderr.isTerminal()
  ) return;
  say(
    `${spec.name}: hint: without --fork only this shell's first command gets a PID (it is PID 1 there); ` +
      'once it has ended, every further one fails with "Cannot allocate memory"',
  );
}

/** Runs a launching command. It returns only if nothing was launched: an exit status, or what to print. */
export function launch(command: LaunchingCommand, words: readonly string[]): number | Info {
  const parsed = command.parse(words);
  if (typeof parsed === "string") return parsed;
  const plan = compileFor(parsed, { restore: readRestore(), front: OPTION_WORDS });
  warnOfTrap(parsed);
  // Scripts look for `pgrep -f "unshare …"`.
  return exec(imageOf(plan, Deno.build.arch), commandLine());
}
