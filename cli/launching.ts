/** What launching commands share: options in, and then the program in place of this process. */
import { SyscallError } from "../ffi/errors.ts";
import { SpecError } from "../launch/errors.ts";
import { compile } from "../launch/compile.ts";
import { imageOf } from "../launch/image.ts";
import { exec } from "../launch/run/exec.ts";
import { factsFor, readRestore } from "../launch/run/facts.ts";
import { complete, type LaunchSpec } from "../launch/spec.ts";
import { isInteractiveShell } from "./shell.ts";
import { UsageError } from "./getopt.ts";
import { versionLine } from "./version.ts";

/** A command that launches a program. */
export interface LaunchingCommand {
  readonly name: string;
  /** What follows the name in a line of usage. */
  readonly usage: string;
  readonly summary: string;
  help(): string;
  /** @throws {UsageError} */
  parse(words: readonly string[]): LaunchSpec | "help" | "version";
}

/** Prints help or version, and says so; a spec it leaves to the caller. */
export function printsInfo(
  command: LaunchingCommand,
  parsed: LaunchSpec | "help" | "version",
): parsed is "help" | "version" {
  if (parsed === "version") console.log(versionLine(command.name));
  if (parsed === "help") {
    console.log(
      `\nUsage:\n ${command.name} ${command.usage}\n\n${command.summary}\n\nOptions:\n${command.help()}\n\n` +
        `See unshare(1), and \`nido explain ${command.name} …\` for what any of this does.`,
    );
  }
  return parsed === "help" || parsed === "version";
}

/** A shell as first process of a PID namespace it is not in: its second command will fail. */
function warnOfTrap(spec: LaunchSpec): void {
  const { namespaces, fork } = complete(spec);
  if (
    !namespaces.includes("pid") || fork || !isInteractiveShell(spec) || !Deno.stderr.isTerminal()
  ) return;
  console.error(
    `${spec.name}: hint: without --fork only this shell's first command gets a PID (it is PID 1 there); ` +
      'once it has ended, every further one fails with "Cannot allocate memory"',
  );
}

/** Runs a launching command. Returns an exit status only if nothing was launched. */
export function launch(command: LaunchingCommand, words: readonly string[]): number {
  const parsed = command.parse(words);
  if (printsInfo(command, parsed)) return 0;
  const plan = compile(parsed, { ...factsFor(parsed), restore: readRestore() });
  warnOfTrap(parsed);
  return exec(imageOf(plan, Deno.build.arch), plan.name);
}

/** Says what is wrong with a command line or a spec, and gives the exit status; undefined if it is something else. */
export function sayWrong(name: string, error: unknown): number | undefined {
  if (error instanceof UsageError) {
    console.error(`${name}: ${error.message}`);
    if (error.tryHelp) console.error(`Try '${name} --help' for more information.`);
    return 1;
  }
  if (error instanceof SpecError) {
    for (const { message, hint } of error.problems) {
      console.error(`${name}: ${message}${hint === undefined ? "" : `\n  try:  ${hint}`}`);
    }
    return 1;
  }
  if (error instanceof SyscallError) {
    console.error(`${name}: ${error.message}`);
    return 1;
  }
  return undefined;
}
