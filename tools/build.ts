/**
 * Writes the binary: `./dev build [--target TRIPLE] [--output FILE]`.
 *
 * It is compiled from a folder that holds nothing but nido, as whatever `deno compile` finds around
 * the program (node_modules, say) goes into the binary and slows its start.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { copy, ensureDir, exists, walk } from "@std/fs";
import { copyRuntime, findRuntime, HOST, type Runtime } from "./runtime.ts";

const ROOT = decodeURI(new URL("..", import.meta.url).pathname).replace(/\/$/, "");
const PROGRAM = ["cli.ts", "deno.json", "cli", "launch", "inspect", "ffi"];
const STAND_INS = ["tools/std", "tools/import_map.npm.json"];

/** More than this beside the runtime means that something slipped in. */
const MOST_BYTES = 4_000_000;

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/"));

/** A folder with the program alone, and how Deno finds its way there. */
interface Stage {
  folder: string;
  entry: string;
  /** Options that say where imports lead. */
  options: string[];
}

/** Copies the program to an empty folder. */
async function stage(folder: string): Promise<Stage> {
  const hasStandIns = import.meta.resolve("@std/cli").startsWith("file:");
  for (const path of hasStandIns ? [...PROGRAM, ...STAND_INS] : PROGRAM) {
    if (!await exists(`${ROOT}/${path}`)) continue;
    await ensureDir(parentOf(`${folder}/${path}`));
    await copy(`${ROOT}/${path}`, `${folder}/${path}`);
  }
  const options = [`--config=${folder}/deno.json`];
  if (hasStandIns) options.push(`--import-map=${folder}/tools/import_map.npm.json`);
  return { folder, entry: `${folder}/cli.ts`, options };
}

/**
 * Joins modules to a file for the start and one for each command: one to two milliseconds less at
 * every start. Deno fetches esbuild from npm for this; where it cannot, the modules stay as they are.
 */
async function bundle(
  { deno }: Runtime,
  { folder, entry, options }: Stage,
): Promise<Stage | undefined> {
  const bundled = `${folder}/bundled`;
  const args = [
    "bundle",
    "--quiet",
    "--code-splitting",
    "--minify",
    `--outdir=${bundled}`,
    ...options,
    entry,
  ];
  const { success } = await new Deno.Command(deno, { args, cwd: folder, stderr: "null" }).output();
  if (!success) return undefined;
  return { folder: bundled, entry: `${bundled}/cli.js`, options: ["--no-config"] };
}

/**
 * Runs `deno compile`. No code cache: it gains a millisecond, but a compiled program keeps it under
 * a name anyone can guess in /tmp, where it would also trust what somebody else put.
 */
async function compile(runtime: Runtime, staged: Stage, options: string[]): Promise<boolean> {
  const fixed = ["--quiet", "--allow-all", "--no-check", "--no-code-cache", ...staged.options];
  // Commands are loaded by name, which the compiler need not see.
  for await (const { path } of walk(staged.folder, { exts: ["ts", "js"], includeDirs: false })) {
    if (/\/(cli|bundled)\/[^/]+$/.test(path)) fixed.push(`--include=${path}`);
  }
  const { success } = await new Deno.Command(runtime.deno, {
    args: ["compile", ...fixed, ...options, staged.entry],
    cwd: staged.folder,
    env: {
      DENO_NO_PACKAGE_JSON: "1",
      DENORT_BIN: runtime.denort,
    },
  }).spawn().status;
  return success;
}

async function build(target: string | undefined, output: string): Promise<string | undefined> {
  const runtime = await findRuntime(`${ROOT}/.deno`, target);
  const folder = await Deno.makeTempDir({ prefix: "nido-build-" });
  const copied = { ...runtime, denort: `${folder}/denort` };
  try {
    await copyRuntime(runtime, copied.denort);
    const staged = await stage(`${folder}/program`);
    const bundled = await bundle(runtime, staged);
    if (!bundled) console.error("build: cannot bundle, so nido will start a little slower");
    await ensureDir(parentOf(output));
    const options = [`--output=${output}`, ...target ? [`--target=${target}`] : []];
    if (!await compile(copied, bundled ?? staged, options)) return "deno compile failed";
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  if ((target ?? HOST) === HOST && !await starts(output)) {
    return `${output} does not start: is its runtime (${runtime.source}) of the version of ${runtime.deno}?`;
  }
  const { size } = await Deno.stat(output);
  const added = size - (await Deno.stat(runtime.denort)).size;
  if (added > MOST_BYTES) return `${output} holds ${added} bytes beside the runtime`;
  console.error(`build: wrote ${output}, ${size} bytes, with the runtime of ${runtime.source}`);
  return undefined;
}

async function starts(program: string): Promise<boolean> {
  const command = new Deno.Command(program, {
    args: ["--version"],
    stdout: "null",
    stderr: "null",
  });
  return (await command.output()).success;
}

if (import.meta.main) {
  const options = parseArgs(Deno.args, {
    string: ["target", "output"],
    default: { output: "dist/nido" },
    unknown: (arg) => {
      console.error(`build: unknown argument "${arg}"; it takes --target and --output`);
      Deno.exit(2);
    },
  });
  const output = `${options.output}`.startsWith("/") ? options.output : `${ROOT}/${options.output}`;
  const problem = await build(options.target, output).catch((error: Error) => error.message);
  if (problem) {
    console.error(`build: ${problem}`);
    Deno.exit(1);
  }
}
