/**
 * Writes the binary: `./dev build [--target TRIPLE] [--output FILE]`.
 *
 * It is compiled from a folder with nothing but nido in it, since `deno compile` puts whatever it finds
 * around the program (node_modules, say) into the binary, which slows its start.
 *
 * @module
 */

import { parseArgs } from "@std/cli";
import { copy, ensureDir, exists, walk } from "@std/fs";
import { writeNewFile } from "../cli/new_file.ts";
import { atSignal } from "./at_signal.ts";
import { topsOf } from "./layers.ts";
import { addFront } from "./front/add.ts";
import { frontImage } from "./front/image.ts";
import { copyRuntime, findRuntime, HOST, type Runtime } from "./runtime.ts";

const ROOT = decodeURI(new URL("..", import.meta.url).pathname).replace(/\/$/, "");
const PROGRAM = ["deno.json", ...topsOf("command line")];
/** What `nido learn` goes through: cli/learn.ts has the places where it looks for it. */
const PAGE = "docs/walkthrough.md";
const STAND_INS = ["tools/std", "tools/import_map.npm.json"];

/** The largest size beside the runtime: more means that something else got in. */
const MOST_BYTES = 4_000_000;

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/"));

/** How nido is compiled, an empty program to compare it with too. */
export const COMPILE = [
  "compile",
  "--quiet",
  "--allow-all",
  "--no-check",
  // Compiled programs keep V8's code cache under a name that anyone can guess in /tmp, where they
  // would also trust what somebody else put.
  "--no-code-cache",
  // On threads of V8's compilers it costs more: when they and the program want the same lock, Abseil
  // first measures the processor's clock, for some milliseconds. Listing 2000 processes is over before
  // TurboFan's code is worth its time; Maglev's saves a tenth of it.
  "--v8-flags=--single-threaded,--no-opt",
];

/** A folder with the program alone, and Deno's options for it. */
interface Stage {
  folder: string;
  /** Options for the import map. */
  options: string[];
}

/** Copies the program to an empty folder. */
async function stage(folder: string): Promise<Stage> {
  const hasStandIns = import.meta.resolve("@std/cli").startsWith("file:");
  for (const path of [...PROGRAM, PAGE, ...hasStandIns ? STAND_INS : []]) {
    if (!await exists(`${ROOT}/${path}`)) continue;
    await ensureDir(parentOf(`${folder}/${path}`));
    await copy(`${ROOT}/${path}`, `${folder}/${path}`);
  }
  const options = [`--config=${folder}/deno.json`];
  if (hasStandIns) options.push(`--import-map=${folder}/tools/import_map.npm.json`);
  return { folder, options };
}

/** Input of `deno compile`: a module, and a folder of files that it reads or imports by name. */
interface Program {
  entry: string;
  folder: string;
}

async function succeeds(command: string, options: Deno.CommandOptions): Promise<boolean> {
  return (await new Deno.Command(command, options).spawn().status).success;
}

/** Joins a module with what it imports. Deno fetches esbuild from npm for this. */
async function bundle(
  { deno }: Runtime,
  { folder, options }: Stage,
  ...more: string[]
): Promise<boolean> {
  const args = ["bundle", "--quiet", "--minify", ...options, ...more];
  return await succeeds(deno, { args, cwd: folder, stderr: "null" });
}

async function compile(
  runtime: Runtime,
  { folder, options }: Stage,
  program: Program,
  ...more: string[]
): Promise<boolean> {
  const included: string[] = [];
  for await (const { path } of walk(program.folder, { includeDirs: false })) {
    included.push(`--include=${path}`);
  }
  return await succeeds(runtime.deno, {
    args: [...COMPILE, ...options, ...included, ...more, program.entry],
    cwd: folder,
    env: {
      DENO_NO_PACKAGE_JSON: "1",
      DENORT_BIN: runtime.denort,
    },
  });
}

/** Joins modules to a file for the start and some for each command: that halves what nido adds to Deno's start. */
async function bundled(runtime: Runtime, staged: Stage): Promise<Program | undefined> {
  const folder = `${staged.folder}/bundled`;
  const options = ["--code-splitting", `--outdir=${folder}`];
  if (!await bundle(runtime, staged, ...options, "cli.ts")) return undefined;
  await copy(`${staged.folder}/${PAGE}`, `${folder}/${PAGE.slice(PAGE.lastIndexOf("/") + 1)}`);
  return { entry: `${folder}/cli.js`, folder };
}

async function build(
  { target, output }: { target?: string; output: string },
): Promise<string | undefined> {
  const runtime = await findRuntime(`${ROOT}/.deno`, target);
  const isHost = (target ?? HOST) === HOST;
  const folder = await Deno.makeTempDir({ prefix: "nido-build-" });
  atSignal(() => Deno.removeSync(folder, { recursive: true }));
  const copied = { ...runtime, denort: `${folder}/denort` };
  try {
    await copyRuntime(runtime, copied.denort);
    const staged = await stage(`${folder}/program`);
    let program = await bundled(copied, staged);
    if (!program) {
      console.error("build: cannot bundle, so nido will start slower");
      program = { entry: `${staged.folder}/cli.ts`, folder: `${staged.folder}/cli` };
      await copy(`${staged.folder}/${PAGE}`, `${program.folder}/walkthrough.md`);
    }
    const made = `${folder}/made${output.slice(output.lastIndexOf("/"))}`;
    const options = [`--output=${made}`, ...target ? [`--target=${target}`] : []];
    if (!await compile(copied, staged, program, ...options)) return "deno compile failed";
    if (isHost && !await starts(made)) {
      return `it does not start: is its runtime (${runtime.source}) of the version of ${runtime.deno}?`;
    }
    const image = await frontImage();
    const lack = await addFront(made, image, async (path) => !isHost || await starts(path));
    if (lack) console.error(`build: ${lack}`);
    const bytes = await Deno.readFile(made);
    const added = bytes.length - (await Deno.stat(runtime.denort)).size;
    if (added > MOST_BYTES) return `it holds ${added} bytes beside the runtime`;
    await ensureDir(parentOf(output));
    writeNewFile(output, bytes, 0o755);
    const size = `${bytes.length} bytes`;
    console.error(`build: wrote ${output}, ${size}, with the runtime of ${runtime.source}`);
    return undefined;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function starts(program: string): Promise<boolean> {
  const command = new Deno.Command(program, {
    // What its front does not print itself.
    args: ["--help"],
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
  const { target } = options;
  const given = { output, ...target === undefined ? {} : { target } };
  const problem = await build(given).catch((error: Error) => error.message);
  if (problem) {
    console.error(`build: ${problem}`);
    Deno.exit(1);
  }
}
