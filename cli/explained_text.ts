/** Steps to be read by people: of an environment only what is not the caller's, who knows that. */
import { type PrintedStep, stepsText } from "../engine/print.ts";
import { quote } from "../engine/show/text.ts";

/** A string as strace(1) quotes it. */
const STRING = String.raw`"(?:[^"\\]|\\.)*"`;

/** What stands last in a call that executes a program, and behind it flags alone. */
const ENVIRONMENT = new RegExp(
  String.raw`(?<=^execve(?:at)?\(.*, )\[(${STRING}(?:, ${STRING})*)\](?=(?:, [A-Z_]+)?\)$)`,
);

/** Strings of these that are the caller's are counted, as strace counts them. */
function shorten(strings: string, own: ReadonlySet<string>): string {
  const all = strings.match(new RegExp(STRING, "g")) ?? [];
  const others = all.filter((string) => !own.has(string));
  const count = all.length - others.length;
  if (count === 0) return `[${strings}]`;
  return `[${[`/* ${count} of the caller's variables */`, ...others].join(", ")}]`;
}

/** The text of steps. @param environment The caller's: `NAME=value` each. */
export function explainedText(
  steps: readonly PrintedStep[],
  environment: readonly Uint8Array[],
): string {
  const own = new Set(environment.map(quote));
  return stepsText(steps.map((step) => ({
    ...step,
    call: step.call.replace(ENVIRONMENT, (_, strings: string) => shorten(strings, own)),
  })));
}
