/**
 * The command line: arguments in, exit status out. The command is the first word, or the name by
 * which the program was called (a link named `unshare` is `nido unshare`).
 *
 * @module
 */
import { isCommand, runCommand, spokenName, SUMMARIES } from "./cli/commands.ts";
import { decode } from "./launch/bytes.ts";
import { SyscallError } from "./ffi/errors.ts";

/** What Deno gets in place of such an argument in the compiled program: tools/entry/x86_64.s. */
const NOT_ASCII = "(nido: not ASCII)";

/** The words of the command line as bytes, argv[0] first: Deno.args are not what was given if that is not UTF-8. */
function commandLine(): string[] {
  try {
    const bytes = Deno.readFileSync("/proc/self/cmdline");
    const words: string[] = [];
    for (let start = 0; start < bytes.length;) {
      const end = bytes.indexOf(0, start);
      words.push(decode(bytes.subarray(start, end)));
      start = end + 1;
    }
    // Compiled, Deno.args may lack a first word that is the program's path: words cannot be counted.
    if (Deno.build.standalone) return [words[0] ?? "nido", ...words.slice(1)];
    // `deno run` has words of its own in front, and is not what the program was called.
    return ["nido", ...words.slice(words.length - Deno.args.length)];
  } catch {
    if (Deno.args.includes(NOT_ASCII)) {
      console.error("nido: without /proc/self/cmdline, arguments can only be ASCII");
      Deno.exit(1);
    }
    return ["nido", ...Deno.args];
  }
}

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
    if (status !== undefined) return status;
    if (!(error instanceof SyscallError)) throw error;
    console.error(`${spokenName(name)}: ${error.message}`);
    return 1;
  }
}

Deno.exit(await main(commandLine()));
