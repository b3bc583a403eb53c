/** `nido completions`: scripts by which shells complete nido's command lines. */
import type { Commands } from "./command.ts";
import { getopt, type Info, type Option, UsageError } from "./getopt.ts";
import { HELP_OPTION, write } from "./output.ts";

/** The options. */
export const OPTIONS: readonly Option[] = [HELP_OPTION];

/** The shells. */
export const SHELLS: readonly string[] = ["bash", "zsh", "fish"];

/** Runs `nido completions`. @throws {UsageError} */
export async function completions(
  words: readonly string[],
  commands: Commands,
): Promise<number | Info> {
  const { given, operands: [shell, ...more] } = getopt(OPTIONS, words, { permute: true });
  if (given.length > 0) return "help";
  const known = SHELLS.join(", ");
  if (shell === undefined) throw new UsageError(`for which shell? There are ${known}`, true);
  if (more.length > 0) throw new UsageError(`one shell at a time: ${known}`, true);
  const script = await scriptFor(shell, commands);
  if (script === undefined) {
    const unknownWord = { word: shell, among: SHELLS };
    throw new UsageError(`no completions for '${shell}'; there are ${known}`, true, unknownWord);
  }
  write(script);
  return 0;
}

async function scriptFor(shell: string, commands: Commands): Promise<string | undefined> {
  const { completable } = await import("./completions/commands.ts");
  const all = await completable(commands);
  if (shell === "bash") return (await import("./completions/bash.ts")).bash(all);
  if (shell === "zsh") return (await import("./completions/zsh.ts")).zsh(all);
  if (shell === "fish") return (await import("./completions/fish.ts")).fish(all);
  return undefined;
}
