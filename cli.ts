/**
 * The command line: arguments in, exit status out. The command is the first word, or the name by
 * which the program was called (a link named `unshare` is `nido unshare`).
 *
 * @module
 */
import { type Speaker, speakerOf } from "./cli/command.ts";
import { isCommand, runCommand } from "./cli/commands.ts";
import { commandLine } from "./cli/command_line.ts";

/** Whose messages they are. */
let speaker: Speaker = { name: "nido", status: 1 };

async function main([program, ...words]: string[]): Promise<number> {
  const called = program!.slice(program!.lastIndexOf("/") + 1);
  const [name, ...rest] = isCommand(called) ? [called, ...words] : words;
  if (name === undefined || !isCommand(name)) {
    return (await import("./cli/no_command.ts")).noCommand(words);
  }
  speaker = speakerOf(name);
  return await runCommand(name, rest);
}

async function fail(error: unknown): Promise<never> {
  try {
    const { sayError } = await import("./cli/say_error.ts");
    Deno.exit(sayError(speaker, error));
  } catch {
    // Standard error cannot be written.
    Deno.exit(1);
  }
}

// Nobody waits for what fails in a callback: else Deno prints its stack.
addEventListener("error", (event) => {
  event.preventDefault();
  fail(event.error);
});
addEventListener("unhandledrejection", (event) => {
  event.preventDefault();
  fail(event.reason);
});

Deno.exit(await main(commandLine()).catch(fail));
