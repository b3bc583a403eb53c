/** Who makes sandboxes: nido in three ways, and bwrap(1). */
import { bwrap } from "../cli/bwrap.ts";
import { COMMANDS } from "../cli/commands.ts";
import { commandTexts } from "../cli/freeze.ts";
import { frontOf } from "../cli/launchers.ts";
import { openBytes } from "../launch/freeze.ts";
import { Command, type CommandOptions } from "../mod.ts";
import type { Bench } from "./bench.ts";
import { type Absent, anew, type Contender, fileWith, find } from "./contender.ts";
import type { Argv } from "./launchers.ts";
import { makeFiles, type Sandbox } from "./sandbox_lines.ts";

/** The labels of nido's ways, in the order in which they are shown. */
export const OWN = ["open file", "nido bwrap", "Command"] as const;

/** What bwrap's words ask for, in the library's. Of a command the script waits, and it has its own name. */
function optionsOf(words: readonly string[]): CommandOptions {
  const spec = bwrap.parse(words);
  if (typeof spec === "string") throw new TypeError(`bwrap --${spec} launches nothing`);
  const { name: _, program: _program, argv, fork: _fork, ...rest } = spec;
  const { exitsAsShell: _shell, interruptible: _interruptible, ...options } = rest;
  return { ...options, args: argv.slice(1) } as CommandOptions;
}

/** Writes what `nido freeze --open -o FILE bwrap` does. */
async function writeOpen(path: string): Promise<void> {
  const texts = await commandTexts("bwrap", COMMANDS);
  const bytes = openBytes(bwrap, Deno.build.arch, { front: await frontOf("bwrap"), texts });
  await Deno.writeFile(path, bytes, { mode: 0o755 });
}

/** Who makes sandboxes and is a file. */
export interface SandboxFile {
  readonly label: string;
  readonly path: string;
}

/** Those files, of which one is written to a folder, with what the sandboxes have. */
export async function filesIn(
  top: string,
  compiled: Bench["compiled"],
): Promise<(SandboxFile | Absent)[]> {
  makeFiles(top);
  const path = `${top}/bwrap`;
  await writeOpen(path);
  const peer = find("bwrap");
  return [
    { label: "open file", path },
    {
      label: "nido bwrap",
      ...("problem" in compiled ? { problem: compiled.problem } : { path: compiled.bwrap }),
    },
    { label: "bwrap", ...peer ? { path: peer } : { problem: "not installed" } },
  ];
}

/** All of them, for a sandbox with a program in it. */
export async function sandboxers(
  { compiled, folder }: Bench,
  sandbox: Sandbox,
  argv: Argv,
): Promise<(Contender | Absent)[]> {
  const top = folder();
  const words = (n: number): readonly string[] => [...sandbox.words(top, n), ...argv];
  const [open, binary, peer] = (await filesIn(top, compiled)).map((one) =>
    "problem" in one ? one : fileWith(one.label, one.path, words)
  );
  // A script has its options as data: they are no words that are read each time.
  const { environment, ...options } = optionsOf(words(0));
  const variables = (n: number) =>
    environment?.map((edit) => "set" in edit ? { ...edit, value: `${edit.value}:${n}` } : edit);
  const [program] = argv;
  return [
    open!,
    binary!,
    anew("Command", (n, streams) =>
      new Command(program, {
        ...options,
        ...environment ? { environment: variables(n)! } : {},
        ...streams,
      })),
    peer!,
  ];
}
