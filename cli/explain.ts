/** `nido explain`: what a launching command would do, system call by system call, without doing it. */
import { compile } from "../launch/compile.ts";
import { planText, printedSteps } from "../launch/print.ts";
import { factsFor, readRestore } from "../launch/run/facts.ts";
import { getopt, type Option, optionsHelp, UsageError } from "./getopt.ts";
import { printsInfo } from "./launching.ts";
import { launchingCommand } from "./commands.ts";

const OPTIONS: readonly Option[] = [
  { long: "json", short: "J", help: "print for machines" },
  { long: "help", short: "h", help: "display this help" },
];

/** Runs `nido explain`. */
export async function explain(words: readonly string[]): Promise<number> {
  const { given, operands } = getopt(OPTIONS, words);
  if (given.some(({ long }) => long === "help")) {
    console.log(
      `\nUsage:\n nido explain [options] <command> [<argument>...]\n\n` +
        `Print what a launching command (unshare) would do, without doing it.\n\n` +
        `Options:\n${optionsHelp(OPTIONS)}`,
    );
    return 0;
  }
  const [name, ...rest] = operands;
  if (name === undefined) throw new UsageError("which command is to be explained?", true);
  const command = await launchingCommand(name);
  if (!command) {
    throw new UsageError(`'${name}' launches no program: there is nothing to explain`, true);
  }
  const spec = command.parse(rest);
  if (printsInfo(command, spec)) return 0;
  const plan = compile(spec, { ...factsFor(spec), restore: readRestore() });
  const json = given.some((option) => option.long === "json");
  console.log(json ? JSON.stringify(printedSteps(plan), null, 2) : planText(plan).trimEnd());
  return 0;
}
