/**
 * Assembles ffi/machine/*.s with GNU as and writes the bytes beside them; `--check` fails
 * instead where they differ. Needs binutils (and binutils-aarch64-linux-gnu for aarch64).
 */
import { parseArgs } from "@std/cli";

const MACHINE = new URL("../ffi/machine/", import.meta.url);
const TOOLS = { x86_64: "", aarch64: "aarch64-linux-gnu-" } as const;

async function run(command: string, ...args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, { args }).output();
  if (!success) throw new Error(`${command} failed: ${new TextDecoder().decode(stderr)}`);
  return new TextDecoder().decode(stdout);
}

/** Finds the native assembler under its cross name too, so that either kind of host can check both. */
async function toolOf(prefix: string, name: string, arch: string): Promise<string> {
  const native = arch === Deno.build.arch ? name : `${prefix || `${arch}-linux-gnu-`}${name}`;
  await run(native, "--version").catch(() => {
    throw new Error(`Cannot find ${native}: install binutils for ${arch}`);
  });
  return native;
}

async function assemble(arch: keyof typeof TOOLS): Promise<string> {
  const folder = await Deno.makeTempDir({ prefix: "nido-as-" });
  try {
    const object = `${folder}/${arch}.o`;
    const binary = `${folder}/${arch}.bin`;
    await run(
      await toolOf(TOOLS[arch], "as", arch),
      "-o",
      object,
      new URL(`${arch}.s`, MACHINE).pathname,
    );
    await run(
      await toolOf(TOOLS[arch], "objcopy", arch),
      "-O",
      "binary",
      "-j",
      ".text",
      object,
      binary,
    );
    const symbols = await run(await toolOf(TOOLS[arch], "nm", arch), object);
    const offsetOf = (name: string) => {
      const found = symbols.match(new RegExp(`^([0-9a-f]+) t ${name}$`, "m"));
      if (!found) throw new Error(`Cannot find symbol ${name} in ${arch}.s`);
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
      `export const SPAWN = ${offsetOf("spawn")};`,
      `export const CALL = ${offsetOf("call")};`,
      "export const CODE =",
      `${lines.join(" +\n")};`,
      "",
    ].join("\n");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const { check } = parseArgs(Deno.args, { boolean: ["check"] });
for (const arch of Object.keys(TOOLS) as (keyof typeof TOOLS)[]) {
  const path = new URL(`${arch}.ts`, MACHINE);
  const text = await assemble(arch);
  if (!check) await Deno.writeTextFile(path, text);
  else if (await Deno.readTextFile(path) !== text) {
    console.error(`ffi/machine/${arch}.ts differs from ${arch}.s: run \`deno task assemble\``);
    Deno.exit(1);
  }
}
