/**
 * Assembles ffi/machine/*.s and tools/entry/*.s with GNU as and writes the bytes beside them;
 * `--check` fails instead where they differ. Needs binutils (and binutils-aarch64-linux-gnu for
 * aarch64); where they are missing `--check` says so and passes, but not on CI.
 */
import { parseArgs } from "@std/cli";

const ARCHITECTURES = ["x86_64", "aarch64"] as const;

type Arch = typeof ARCHITECTURES[number];

/** One program: a folder with a source for each architecture. */
interface Program {
  folder: string;
  /** Constants to export, and the labels whose offsets they are. */
  labels: Record<string, string>;
}

const PROGRAMS: readonly Program[] = [
  { folder: "ffi/machine", labels: { SPAWN: "spawn", CALL: "call" } },
  { folder: "tools/entry", labels: {} },
];

class MissingTool extends Error {}

const urlOf = (path: string): URL => new URL(`../${path}`, import.meta.url);

async function run(command: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
  if (!success) throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** The native tool has a cross name too, but not everywhere. */
async function toolOf(name: string, arch: Arch): Promise<string> {
  const tool = arch === Deno.build.arch ? name : `${arch}-linux-gnu-${name}`;
  await run(tool, "--version").catch(() => {
    throw new MissingTool(`Cannot find ${tool}: install binutils for ${arch}`);
  });
  return tool;
}

async function assemble({ folder, labels }: Program, arch: Arch): Promise<string> {
  const work = await Deno.makeTempDir({ prefix: "nido-as-" });
  try {
    const object = `${work}/${arch}.o`;
    const binary = `${work}/${arch}.bin`;
    await run(await toolOf("as", arch), "-o", object, urlOf(`${folder}/${arch}.s`).pathname);
    const options = ["-O", "binary", "-j", ".text"];
    await run(await toolOf("objcopy", arch), ...options, object, binary);
    const symbols = await run(await toolOf("nm", arch), object);
    const offsetOf = (name: string) => {
      const found = symbols.match(new RegExp(`^([0-9a-f]+) t ${name}$`, "m"));
      if (!found) throw new Error(`Cannot find symbol ${name} in ${folder}/${arch}.s`);
      return `0x${parseInt(found[1]!, 16).toString(16)}`;
    };
    const hex = Array.from(
      await Deno.readFile(binary),
      (byte) => byte.toString(16).padStart(2, "0"),
    );
    const lines: string[] = [];
    while (hex.length) lines.push(`  "${hex.splice(0, 40).join("")}"`);
    return [
      "// deno-fmt-ignore-file",
      `// Made from ${arch}.s by \`deno task assemble\`. Do not edit.`,
      "",
      ...Object.entries(labels).map(([name, label]) =>
        `export const ${name} = ${offsetOf(label)};`
      ),
      "export const CODE: string =",
      `${lines.join(" +\n")};`,
      "",
    ].join("\n");
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

/** Writes one file, or with `check` says whether it is as it should be. */
async function update(program: Program, arch: Arch, check: boolean): Promise<boolean> {
  const path = `${program.folder}/${arch}.ts`;
  const text = await assemble(program, arch);
  if (!check) await Deno.writeTextFile(urlOf(path), text);
  else if (await Deno.readTextFile(urlOf(path)) !== text) {
    console.error(`${path} differs from ${arch}.s: run \`deno task assemble\``);
    return false;
  }
  return true;
}

const { check } = parseArgs(Deno.args, { boolean: ["check"] });
for (const arch of ARCHITECTURES) {
  try {
    for (const program of PROGRAMS) {
      if (!await update(program, arch, check)) Deno.exitCode = 1;
    }
  } catch (error) {
    if (!(error instanceof MissingTool)) throw error;
    const maySkip = check && !Deno.env.get("CI");
    console.error(maySkip ? `skip: ${error.message}` : error.message);
    if (!maySkip) Deno.exitCode = 1;
  }
}
