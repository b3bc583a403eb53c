/**
 * The command line: arguments in, exit status out. The command is the first word, or the name by
 * which the program was called (a link named `unshare` is `nido unshare`).
 *
 * @module
 */
import { isCommand, runCommand, spokenName, SUMMARIES } from "./cli/commands.ts";
import { commandLine } from "./cli/command_line.ts";

function usage(): string {
  const width = Math.max(...Object.keys(SUMMARIES).map((name) => name.length));
  const lines = Object.entries(SUMMARIES).map(([name, does]) => ` ${name.padEnd(width)}  ${does}`);
  return `\nUsage:\n nido <command> [<argument>...]\n\nLinux namespaces: create, enter, look into.\n\n` +
    `Commands:\n${lines.join("\n")}\n\nOptions:\n -h, --help     display this help\n` +
    ` -V, --version  display version\n\nFor a command's options: nido <command> --help`;
}

/** The command whose name is nearest, if any is near. */
function nearest(word: string): string | undefined {
  return Object.keys(SUMMARIES).find((name) =>
    name.startsWith(word) || word.startsWith(name.slice(0, 3))
  );
}

async function main([program, ...words]: string[]): Promise<number> {
  const called = program!.slice(program!.lastIndexOf("/") + 1);
  if (isCommand(called)) return await run(called, words);
  const [name, ...rest] = words;
  if (name === undefined || name === "--help" || name === "-h") {
    (name === undefined ? console.error : console.log)(usage());
    return name === undefined ? 1 : 0;
  }
  if (name === "--version" || name === "-V") {
    console.log((await import("./cli/version.ts")).versionLine("nido"));
    return 0;
  }
  if (isCommand(name)) return await run(name, rest);
  const guess = nearest(name);
  console.error(`nido: there is no command '${name}'${guess ? `; did you mean '${guess}'?` : ""}`);
  console.error("Try 'nido --help' for more information.");
  return 1;
}

async function run(name: string, words: readonly string[]): Promise<number> {
  try {
    return await runCommand(name, words);
  } catch (error) {
    const { sayWrong } = await import("./cli/launching.ts");
    const status = sayWrong(spokenName(name), error);
    if (status === undefined) throw error;
    return status;
  }
}

Deno.exit(await main(commandLine()));
