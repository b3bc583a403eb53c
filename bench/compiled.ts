/** The compiled nido, and an empty program compiled in the same way. */
import { COMPILE } from "../tools/build.ts";
import { copyRuntime, findRuntime } from "../tools/runtime.ts";
import { type Contender, file, isFile } from "./contender.ts";

const ROOT = decodeURI(new URL("..", import.meta.url).pathname).replace(/\/$/, "");

/** Both, or why there are none. */
export type Compiled =
  | {
    readonly nido: (...words: readonly string[]) => Contender;
    /** A link to nido by this name. */
    readonly bwrap: string;
    readonly empty: Contender;
  }
  | { readonly problem: string };

/** Compiles an empty program into a folder. */
async function compileEmpty(folder: string): Promise<string> {
  const found = await findRuntime(`${ROOT}/.deno`);
  const denort = `${folder}/denort`;
  await copyRuntime(found, denort);
  const [source, compiled] = [`${folder}/empty.js`, `${folder}/compiled`];
  await Deno.writeTextFile(source, "");
  const { success, stderr } = await new Deno.Command(found.deno, {
    args: [...COMPILE, "--no-config", `--output=${compiled}`, source],
    cwd: folder,
    env: { DENO_NO_PACKAGE_JSON: "1", DENORT_BIN: denort },
  }).output();
  if (success) return compiled;
  throw new Error(`Cannot compile an empty program: ${new TextDecoder().decode(stderr)}`);
}

/**
 * The binary that `./dev build` writes and an empty program, both as copies in a folder: when and
 * how a file was written decides in how large pieces Linux has it in memory, and that can be 2 ms at
 * the start of a program of 85 MB.
 */
export async function compiled(folder: string): Promise<Compiled> {
  const built = `${ROOT}/dist/nido`;
  if (!isFile(built)) return { problem: "there is no dist/nido; ./dev build writes it" };
  const [nido, bwrap, empty] = [`${folder}/nido`, `${folder}/bwrap`, `${folder}/empty`];
  try {
    const program = await compileEmpty(folder);
    await Deno.copyFile(built, nido);
    await Deno.symlink(nido, bwrap);
    await Deno.copyFile(program, empty);
  } catch (error) {
    return { problem: (error as Error).message.split("\n")[0]! };
  }
  return {
    nido: (...words) => file(`nido ${words[0]}`, nido, words),
    bwrap,
    empty: file("an empty program", empty),
  };
}
