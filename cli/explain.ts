/** `nido explain`: what a launching command would do, system call by system call, without doing it. */
import type { OpenSpec } from "../launch/spec.ts";
import { programSteps, runSteps } from "../engine/print.ts";
import { environ } from "../ffi/libc.ts";
import { dryRunHere, programOf } from "../launch/run/dry_run.ts";
import { readRestore } from "../launch/run/facts.ts";
import { hasFront } from "../launch/run/front.ts";
import { getopt, type Info, type Option, type Told, UsageError } from "./getopt.ts";
import type { Commands } from "./command.ts";
import { explainedText } from "./explained_text.ts";
import { explainedNames, frontOf, launchingCommand, readFor } from "./launchers.ts";
import { planFor } from "./launching.ts";
import { OUTSIDE } from "./outside.ts";
import { ALL_OPTION, HELP_OPTION, json, JSON_OPTION, safeLines, write } from "./output.ts";

/** The options. */
export const OPTIONS: readonly Option[] = [ALL_OPTION, JSON_OPTION, HELP_OPTION];

/** What reads the words of a command that launches. */
async function parserOf(
  name: string,
): Promise<((words: readonly string[]) => OpenSpec | Told) | undefined> {
  if (name === "enter") return (await import("./enter.ts")).parseEnter;
  const command = await launchingCommand(name);
  return command && ((words) => command.parse(words, new Set(), OUTSIDE));
}

/** Runs `nido explain`. @throws {UsageError} */
export async function explain(
  words: readonly string[],
  commands: Commands,
): Promise<number | Info> {
  const { given, operands } = getopt(OPTIONS, words);
  if (given.some(({ long }) => long === "help")) return "help";
  const [name, ...rest] = operands;
  if (name === undefined) throw new UsageError("which command is to be explained?", true);
  const parse = await parserOf(name);
  if (!parse) {
    const unknownWord = { word: name, among: explainedNames() };
    throw new UsageError(
      `'${name}' launches no program: there is nothing to explain`,
      true,
      unknownWord,
    );
  }
  const spec = readFor(name, () => parse(rest));
  if (typeof spec === "string") return (await import("./help.ts")).tell(name, spec, commands);
  const front = await frontOf(name);
  // A front launches before Deno changes anything. No line shows where Deno is.
  const by = hasFront()
    ? { isLarge: true, behind: [{ start: 0, end: 0 }], ownsSteps: Deno.build.arch === "x86_64" }
    : { restore: readRestore() };
  const plan = planFor(spec, front, by);
  const has = (option: string): boolean => given.some(({ long }) => long === option);
  const program = programOf(plan);
  const steps = has("all") ? programSteps(program) : runSteps(dryRunHere(program, operands));
  write(has("json") ? json(steps) : safeLines(explainedText(steps, environ())));
  return 0;
}
