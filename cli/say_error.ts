/** Prints errors: of command lines and specs, of system calls, and bugs. */
import { safe } from "../ffi/bytes.ts";
import { SyscallError } from "../ffi/errors.ts";
import { EXPLAIN, SpecError } from "../launch/errors.ts";
import { UsageError } from "./getopt.ts";
import type { Speaker } from "./command.ts";
import { variable } from "./environment.ts";
import { typedProblem } from "../launch/problem_words.ts";
import { didYouMean } from "../launch/suggest.ts";
import { say } from "./say.ts";
import { VERSION } from "./version.ts";

/** Errors whose message is enough: a failed system call, a missing permission, another system than Linux. */
const FORESEEN = [SyscallError, Deno.errors.NotCapable, Deno.errors.NotSupported];

/** Prints an error. Returns the exit status. */
export function sayError({ name, status, isTerse }: Speaker, error: unknown): number {
  if (error instanceof UsageError) {
    const { message, unknownWord, tryHelp, why, level, helpOf = name } = error;
    const isPlain = isTerse && !isExplained();
    const guess = unknownWord && !isPlain ? didYouMean(unknownWord.word, unknownWord.among) : "";
    say(`${level}${name}: ${safe(message)}${guess}`);
    if (isPlain) return status;
    if (why !== undefined) say(`  why:  ${safe(why)}`, "  why:  ".length);
    if (tryHelp) console.error(`Try '${helpOf} --help' for more information.`);
  } else if (error instanceof SpecError) {
    for (const { message, hint } of error.problems) {
      say(`${name}: ${safe(typedProblem(message))}`);
      if (hint !== undefined) say(`  try:  ${safe(hint)}`, "  try:  ".length);
    }
  } else if (FORESEEN.some((kind) => error instanceof kind)) {
    say(`${name}: ${safe((error as Error).message)}`);
  } else sayUnforeseen(name, error);
  return status;
}

/** Whether a person reads standard error, or all is asked for: launch/start/explained.ts for launches. */
const isExplained = (): boolean => Deno.stderr.isTerminal() || variable(EXPLAIN) === "1";

/** A bug: prints one line with what a report needs, and no stack. */
function sayUnforeseen(name: string, error: unknown): void {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const at = error instanceof Error ? placeIn(error.stack ?? "") : "";
  console.error(`${name}: unforeseen ${safe(what)} (nido ${VERSION}${at})`);
  console.error(
    "This is a bug of nido: please report that line, the command line and what 'nido doctor' prints.",
  );
}

/** The file and line that threw an error, without its folder. */
function placeIn(stack: string): string {
  const found = /\n {4}at (?:.*[(/])?([^/()\n]+:\d+:\d+)\)?/.exec(stack);
  return found ? `, ${safe(found[1]!)}` : "";
}
