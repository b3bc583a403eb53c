/**
 * The part of a benchmark that an ordinary user's Deno does: see ordinary.ts.
 *
 * @module
 */
import { file, fileWith } from "./contender.ts";
import { race } from "./race.ts";
import { SANDBOXES } from "./sandbox_lines.ts";
import type { SandboxFile } from "./sandboxers.ts";

/** What it is told, as JSON in its argument. It writes what each took. */
export interface Task {
  readonly sandbox: string;
  /** The folder with the sandbox's files. */
  readonly top: string;
  readonly argv: readonly string[];
  readonly files: readonly SandboxFile[];
  readonly rounds: { readonly warmUp: number; readonly counted: number };
}

if (import.meta.main) {
  const { sandbox, top, argv, files, rounds }: Task = JSON.parse(Deno.args[0]!);
  const { words } = SANDBOXES.find(({ name }) => name === sandbox)!;
  const lanes = [
    file(argv[0]!, argv[0]!),
    ...files.map(({ label, path }) => fileWith(label, path, (n) => [...words(top, n), ...argv])),
  ];
  console.log(JSON.stringify(await race(lanes, rounds)));
}
