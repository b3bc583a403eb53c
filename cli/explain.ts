/** `nido explain`: what a launching command would do, system call by system call, without doing it. */
import { compile } from "../launch/compile.ts";
import { planText, printedSteps } from "../launch/print.ts";
import { factsFor, readRestore } from "../launch/run/facts.ts";
import { getopt, type Info, type Option, UsageError } from "./getopt.ts";
import { launchingCommand, launchingNames } from "./commands.ts";
import { HELP_OPTION, json, JSON_OPTION, safeLines, write } from "./output.ts";

/** The options. */
export const OPTIONS: readonly Option[] = [JSON_OPTION, HELP_OPTION];

/** Runs `nido explain`. @throws {UsageError} */
export async function explain(words: readonly string[]): Promise<number | Info> {
  const { given, operands } = getopt(OPTIONS, words);
  if (given.some(({ long }) => long === "help")) return "help";
  const [name, ...rest] = operands;
  if (name === undefined) throw new UsageError("which command is to be explained?", true);
  const command = await launchingCommand(name);
  if (!command) {
    const slip = { word: name, among: launchingNames() };
    throw new UsageError(`'${name}' launches no program: there is nothing to explain`, true, slip);
  }
  const spec = command.parse(rest);
  if (typeof spec === "string") return (await import("./help.ts")).tell(name, spec);
  const plan = compile(spec, { ...factsFor(spec), restore: readRestore() });
  const asJson = given.some(({ long }) => long === "json");
  write(asJson ? json(printedSteps(plan)) : safeLines(planText(plan)));
  return 0;
}
