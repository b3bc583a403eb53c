/** What is said of a command line that cannot be, and of a launch that failed before it began. */
import { safe } from "../ffi/bytes.ts";
import { SyscallError } from "../ffi/errors.ts";
import { SpecError } from "../launch/errors.ts";
import { UsageError } from "./getopt.ts";
import { didYouMean } from "./suggest.ts";

/** Says what is wrong with a command line or a spec, and gives the exit status; undefined if it is something else. */
export function sayWrong(name: string, error: unknown): number | undefined {
  if (error instanceof UsageError) {
    const { message, slip, tryHelp } = error;
    console.error(`${name}: ${safe(message)}${slip ? didYouMean(slip.word, slip.among) : ""}`);
    if (tryHelp) console.error(`Try '${name} --help' for more information.`);
    return 1;
  }
  if (error instanceof SpecError) {
    for (const { message, hint } of error.problems) {
      console.error(
        `${name}: ${safe(message)}${hint === undefined ? "" : `\n  try:  ${safe(hint)}`}`,
      );
    }
    return 1;
  }
  if (error instanceof SyscallError) {
    console.error(`${name}: ${safe(error.message)}`);
    return 1;
  }
  return undefined;
}
