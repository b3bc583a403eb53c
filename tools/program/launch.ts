/** The source of the script that {@link ./load.ts} loads. */
import { commandLine } from "../../cli/command_line.ts";
import { launch } from "../../cli/launching.ts";
import { nsenter } from "../../cli/nsenter.ts";
import type { LaunchingCommand } from "../../cli/spec_reader.ts";
import { unshare } from "../../cli/unshare.ts";
import { compileFor } from "../../launch/compile.ts";
import { imageOf } from "../../engine/image.ts";
import { exec } from "../../launch/run/exec.ts";
import type { Program, Short } from "./load.ts";

/** The script's only argument. */
declare const program: Program;

const COMMANDS: Readonly<Record<Short, LaunchingCommand>> = { unshare, nsenter };

program.launch = (name, words) => {
  try {
    launch(COMMANDS[name], words);
  } catch {
    // cli.ts meets the same error, and prints it.
  }
};

/** Typical launches. */
const LINES: Readonly<Record<Short, readonly (readonly string[])[]>> = {
  unshare: [["-U", "true"], ["-Urpf", "--mount-proc", "true"]],
  nsenter: [["--target", `${Deno.pid}`, "--mount", "--pid", "true"]],
};

program.warmUp = (name) => {
  for (const words of LINES[name]) {
    const spec = COMMANDS[name].parse(words);
    if (typeof spec === "string") throw new Error(`Cannot be: ${words} launches nothing`);
    imageOf(compileFor(spec, {}), Deno.build.arch);
  }
  try {
    exec(new Uint8Array(), commandLine());
  } catch {
    // An empty file cannot be executed.
  }
};
