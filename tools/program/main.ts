/**
 * The binary's main module: the fast path for commands that launch a program, cli.ts for all others.
 *
 * @module
 */
import { commandLine } from "../../cli/command_line.ts";
import { isShort, load } from "./load.ts";

const [program, ...words] = commandLine();
const called = program!.slice(program!.lastIndexOf("/") + 1);
const [name, ...rest] = called === "nido" ? words : [called, ...words];
const folder = import.meta.dirname;
if (name !== undefined && isShort(name)) {
  try {
    const source = Deno.readTextFileSync(`${folder}/launch.js`);
    load(source, Deno.readFileSync(`${folder}/${name}.cache`)).program.launch(name, rest);
  } catch {
    // cli.js meets the same error, and prints it.
  }
}
await import(`${folder}/cli.js`);
