/** `nido help`, and what --help and --version of every command print. */
import { type Commands, DROP_INS, speakerOf } from "./command.ts";
import { getopt, type Info, type Option, type Told, UsageError } from "./getopt.ts";
import type { Example, Manual } from "./manual/manual.ts";
import { helpText, overviewText } from "./manual/text.ts";
import { HELP_OPTION, json, JSON_OPTION, write } from "./output.ts";
import { terminalWidth } from "./terminal.ts";
import { versionText } from "./version.ts";

/** The options. */
export const OPTIONS: readonly Option[] = [JSON_OPTION, HELP_OPTION];

/** What to try first. */
const FIRST: readonly Example[] = [
  {
    line: "unshare --user --map-root-user --pid --fork --mount-proc",
    does: "a shell as root of its own world, where it is PID 1",
  },
  { line: "tree", does: "the processes, with the borders of namespaces" },
  { line: "explain unshare -Ur id", does: "what such a launch does, call by call" },
];

/** The text of `nido --help`. */
export function overview(commands: Commands): string {
  return overviewText(commands, FIRST, terminalWidth());
}

/** The text of a command's --help, for any terminal. */
export async function manualText(name: string, commands: Commands): Promise<string> {
  return helpText(name, await commands[name]!.manual(), 80);
}

/** What is said where no program is given: by bwrap(1) only how it is used. */
export function usageText(name: string, speaker: string, { usage }: Manual): string {
  const missing = DROP_INS.includes(name) ? "" : `${speaker}: which program is to be run?\n`;
  const lines = usage.map((line) => `usage: ${speaker} ${line}\n`).join("");
  return `${missing}${lines}Try '${speaker} --help' for more information.\n`;
}

/** Prints a command's --help or --version. Returns the exit status. */
export async function tell(name: string, info: Told, commands: Commands): Promise<number> {
  if (info === "version") write(versionText(name));
  else if (info === "help") write(helpText(name, await commands[name]!.manual(), terminalWidth()));
  else {
    const { name: speaker, status } = speakerOf(name);
    console.error(usageText(name, speaker, await commands[name]!.manual()).trimEnd());
    return status;
  }
  return 0;
}

/** An option without what it means to a launch, which is nido's own affair. */
const shownOption = ({ means: _means, ...option }: Option): Omit<Option, "means"> => option;

/** Runs `nido help`. @throws {UsageError} */
export async function help(words: readonly string[], commands: Commands): Promise<number | Info> {
  const { given, operands } = getopt(OPTIONS, words, { permute: true });
  const has = (name: string): boolean => given.some(({ long }) => long === name);
  if (has("help")) return "help";
  const names = operands.length > 0 ? operands : Object.keys(commands);
  for (const name of names) {
    if (Object.hasOwn(commands, name)) continue;
    const unknownWord = { word: name, among: Object.keys(commands) };
    throw new UsageError(`there is no command '${name}'`, true, unknownWord);
  }
  if (has("json")) {
    const manuals = names.map(async (name) => {
      const { group, does, manual } = commands[name]!;
      const { options, ...rest } = await manual();
      return { name, group, does, ...rest, options: options.map(shownOption) };
    });
    write(json({ commands: await Promise.all(manuals) }));
  } else if (operands.length === 0) write(overview(commands));
  else for (const name of names) await tell(name, "help", commands);
  return 0;
}
