/**
 * The command line: arguments in, exit status out. The command is the first word, or the name by
 * which the program was called (a link named `unshare` is `nido unshare`).
 *
 * @module
 */
import { isCommand, runCommand, spokenName } from "./cli/commands.ts";
import { commandLine } from "./cli/command_line.ts";

async function main([program, ...words]: string[]): Promise<number> {
  const called = program!.slice(program!.lastIndexOf("/") + 1);
  if (isCommand(called)) return await run(called, words);
  const [name, ...rest] = words;
  if (name !== undefined && isCommand(name)) return await run(name, rest);
  return (await import("./cli/no_command.ts")).noCommand(words);
}

async function run(name: string, words: readonly string[]): Promise<number> {
  try {
    return await runCommand(name, words);
  } catch (error) {
    const { sayWrong } = await import("./cli/say_wrong.ts");
    const status = sayWrong(spokenName(name), error);
    if (status === undefined) throw error;
    return status;
  }
}

Deno.exit(await main(commandLine()));
