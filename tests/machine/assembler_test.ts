// The interpreter's source, by GNU as and what else binutils has.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { copy } from "@std/fs";
import { type Arch, CODE_OFFSET, machineOf } from "../../ffi/machine/machine.ts";
import { imageOf } from "../../engine/image.ts";
import { requires } from "../requires.ts";
import type { Skip } from "../support/skip.ts";
import { Program } from "./program.ts";
import { ARCHS, run } from "./run_image.ts";
import { withFolder } from "../support/folder.ts";

const ROOT = decodeURI(new URL("../..", import.meta.url).pathname);
const PATH = Deno.env.get("PATH") ?? "";

/** binutils under the names that Debian has on any host. */
const tool = (arch: Arch, name: string): string => `${arch}-linux-gnu-${name}`;
const needs = (...names: readonly string[]): Skip =>
  requires({ programs: ARCHS.flatMap((arch) => names.map((name) => tool(arch, name))) });

async function must(program: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await run(program, { args, env: { PATH, LC_ALL: "C" } });
  assertEquals([code, stderr], [0, ""], `${program} ${args.join(" ")}`);
  return new TextDecoder().decode(stdout);
}

const assemble = (root: string) =>
  run(Deno.execPath(), {
    args: [
      "run",
      "--allow-all",
      "--no-check",
      "--quiet",
      `--config=${ROOT}deno.json`,
      `--import-map=${ROOT}tools/import_map.npm.json`,
      `${root}/tools/assemble.ts`,
      "--check",
    ],
    env: { PATH, HOME: "/nonexistent", TMPDIR: Deno.env.get("TMPDIR") ?? "/tmp", NO_COLOR: "1" },
  });

Deno.test("the bytes of both interpreters are those of their sources", needs("as"), async () => {
  const { code, stderr } = await assemble(ROOT);
  assertEquals([code, stderr], [0, ""]);
});

Deno.test("assemble.ts --check finds a byte that differs", needs("as"), async () => {
  await withFolder(async (root) => {
    Deno.mkdirSync(`${root}/tools`);
    Deno.mkdirSync(`${root}/ffi`);
    await copy(`${ROOT}tools/assemble.ts`, `${root}/tools/assemble.ts`);
    await copy(`${ROOT}ffi/machine`, `${root}/ffi/machine`);
    await copy(`${ROOT}tools/entry`, `${root}/tools/entry`);
    const path = `${root}/ffi/machine/aarch64.ts`;
    const text = Deno.readTextFileSync(path);
    Deno.writeTextFileSync(path, text.replace('"14', '"15'));
    const { code, stderr } = await assemble(root);
    assertEquals(code, 1);
    assertStringIncludes(stderr, "ffi/machine/aarch64.ts differs from aarch64.s");
  });
});

for (const arch of ARCHS) {
  const emulator = arch === Deno.build.arch ? undefined : `qemu-${arch}-static`;
  const needed = requires({
    programs: [tool(arch, "as"), tool(arch, "ld"), ...emulator ? [emulator] : []],
  });
  // tests/testdata/machine/*.s says what is checked, by number.
  Deno.test(`${arch}: call and spawn keep to the C calling convention`, needed, async () => {
    await withFolder(async (folder) => {
      const source = ["tests/testdata/machine", "ffi/machine"]
        .map((path) => Deno.readTextFileSync(`${ROOT}${path}/${arch}.s`)).join("\n");
      Deno.writeTextFileSync(`${folder}/all.s`, source);
      await must(tool(arch, "as"), "-o", `${folder}/all.o`, `${folder}/all.s`);
      await must(tool(arch, "ld"), "-o", `${folder}/all`, `${folder}/all.o`);
      const program = `${folder}/all`;
      const { code, signal } =
        await (emulator ? run(emulator, { args: [program], env: { PATH } }) : run(program));
      assertEquals([code, signal], [0, null], "the number of the check that failed");
    });
  });

  Deno.test(
    `${arch}: readelf and objdump accept an image`,
    needs("readelf", "objdump"),
    async () => {
      await withFolder(async (folder) => {
        const program = new Program();
        program.end(0);
        const image = `${folder}/image`;
        Deno.writeFileSync(image, imageOf(program.plan("test"), arch));
        const shown = await must(
          tool(arch, "readelf"),
          "--wide",
          "--file-header",
          "--segments",
          image,
        );
        const machine = { x86_64: "Advanced Micro Devices X86-64", aarch64: "AArch64" }[arch];
        assertEquals(shown.match(/Machine: +(.*)/)?.[1], machine);
        assertEquals(shown.match(/Type: +(.*)/)?.[1], "DYN (Shared object file)");
        const { pageBytes } = machineOf(arch);
        const segments = [
          ...shown.matchAll(/^ +(LOAD|GNU_STACK) .* ([R ][W ][E ]) (0x[0-9a-f]+)$/gm),
        ];
        assertEquals(segments.map(([, type, flags, align]) => [type, flags, Number(align)]), [
          ["LOAD", "R E", pageBytes],
          ["LOAD", "R  ", pageBytes],
          ["LOAD", "RW ", pageBytes],
          ["LOAD", "   ", pageBytes],
          ["GNU_STACK", "RW ", pageBytes],
        ]);
        await must(tool(arch, "objdump"), "--private-headers", image);
      });
    },
  );

  Deno.test(
    `${arch}: objdump finds nothing but instructions in the code`,
    needs("objdump"),
    async () => {
      await withFolder(async (folder) => {
        const code = `${folder}/code`;
        Deno.writeFileSync(code, machineOf(arch).code);
        const format = arch === "x86_64" ? "i386:x86-64" : "aarch64";
        const text = await must(
          tool(arch, "objdump"),
          "--disassemble-all",
          "--target=binary",
          `--architecture=${format}`,
          `--adjust-vma=${CODE_OFFSET}`,
          code,
        );
        const lines = text.split("\n").filter((line) => /^ +[0-9a-f]+:\t/.test(line));
        assertEquals(lines.filter((line) => /\(bad\)|undefined|\.inst|\.word/.test(line)), []);
        const calls = lines.filter((line) => /\t(syscall|svc\t#0x0)/.test(line));
        // next, spawn, call
        assertEquals(calls.length, 3);
      });
    },
  );
}
