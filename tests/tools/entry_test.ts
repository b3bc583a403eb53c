import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { patchEntry } from "../../tools/entry/patch.ts";
import { CODE as CODE_AARCH64 } from "../../tools/entry/aarch64.ts";
import { CODE as CODE_X86_64 } from "../../tools/entry/x86_64.ts";
import { requires } from "../requires.ts";

const PLACEHOLDER = "(nido: not ASCII)";
const EM_X86_64 = 62;
const EM_AARCH64 = 183;
const PT_LOAD = 1;
const PT_NOTE = 4;
const PT_GNU_STACK = 0x6474e551;

/** p_type, p_offset, p_vaddr, p_filesz, p_memsz */
type Segment = [number, number, number, number, number];

/** Nothing but headers and 0x1234 bytes in all; e_entry is 0x2010. */
function elf(e_machine: number, segments: readonly Segment[]): Uint8Array {
  const bytes = new Uint8Array(0x1234);
  const view = new DataView(bytes.buffer);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(18, e_machine, true);
  view.setBigUint64(24, 0x2010n, true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(56, segments.length, true);
  segments.forEach(([p_type, ...numbers], index) => {
    const at = 64 + index * 56;
    view.setUint32(at, p_type, true);
    [8, 16, 32, 40].forEach((field, i) => view.setBigUint64(at + field, BigInt(numbers[i]!), true));
  });
  return bytes;
}

const SEGMENTS: readonly Segment[] = [
  [PT_NOTE, 0x200, 0x200, 0x20, 0x20],
  [PT_LOAD, 0, 0, 0x800, 0x800],
  [PT_LOAD, 0x1000, 0x2000, 0x200, 0x5001],
  [PT_GNU_STACK, 0, 0, 0, 0],
];

/** p_type, p_flags, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align of each segment. */
function segmentsOf(bytes: Uint8Array): number[][] {
  const view = new DataView(bytes.buffer);
  return Array.from({ length: view.getUint16(56, true) }, (_, index) => {
    const at = 64 + index * 56;
    const wide = [8, 16, 24, 32, 40, 48].map((field) => view.getBigUint64(at + field, true));
    return [view.getUint32(at, true), view.getUint32(at + 4, true), ...wide.map(Number)];
  });
}

for (
  const { name, e_machine, code, offset, address } of [
    { name: "x86-64", e_machine: EM_X86_64, code: CODE_X86_64, offset: 0x2000, address: 0x8000 },
    {
      name: "aarch64",
      e_machine: EM_AARCH64,
      code: CODE_AARCH64,
      offset: 0x10000,
      address: 0x10000,
    },
  ]
) {
  Deno.test(`patchEntry() maps its code behind and above everything else, for ${name}`, () => {
    const before = elf(e_machine, SEGMENTS);
    const after = patchEntry(before);
    const size = code.length / 2;
    assertEquals(after.length, offset + size);
    const segments = segmentsOf(after);
    const align = e_machine === EM_AARCH64 ? 0x10000 : 0x1000;
    assertEquals(segments.map(([p_type]) => p_type), [PT_LOAD, PT_LOAD, PT_LOAD, PT_GNU_STACK]);
    assertEquals(segments[2], [PT_LOAD, 5, offset, address, address, size, size, align]);
    assertEquals(segments.toSpliced(2, 1), segmentsOf(before).slice(1));
    assertEquals(after.subarray(288, before.length), before.subarray(288));
  });

  Deno.test(`patchEntry() leads from its code back to the former entry, for ${name}`, () => {
    const after = patchEntry(elf(e_machine, SEGMENTS));
    const view = new DataView(after.buffer);
    const e_entry = view.getBigUint64(24, true);
    assertEquals(e_entry, BigInt(address));
    assertEquals(e_entry + view.getBigInt64(after.length - 8, true), 0x2010n);
  });
}

Deno.test("patchEntry() leaves a program that has the entry as it is", () => {
  const once = patchEntry(elf(EM_X86_64, SEGMENTS));
  assert(patchEntry(once) === once);
});

Deno.test("patchEntry() says why it cannot patch", () => {
  const noNote = elf(EM_X86_64, SEGMENTS.slice(1));
  assertThrows(() => patchEntry(noNote), Error, "no PT_NOTE");
  assertThrows(() => patchEntry(elf(243, SEGMENTS)), Error, "243");
  assertThrows(() => patchEntry(new TextEncoder().encode("#!/bin/sh\n")), Error, "no ELF file");
  const narrow = elf(EM_X86_64, SEGMENTS);
  narrow[4] = 1;
  assertThrows(() => patchEntry(narrow), Error, "no ELF file of 64 bits");
});

Deno.test("the entry and the command line agree on what stands for an argument that is not ASCII", () => {
  const cli = Deno.readTextFileSync(new URL("../../cli/command_line.ts", import.meta.url));
  assertStringIncludes(cli, JSON.stringify(PLACEHOLDER));
  const hex = Array.from(
    new TextEncoder().encode(`${PLACEHOLDER}\0`),
    (byte) => byte.toString(16).padStart(2, "0"),
  ).join("");
  assertStringIncludes(CODE_X86_64, hex);
  assertStringIncludes(CODE_AARCH64, hex);
});

/** Runs `words` with bash, for arguments that are bytes; `$0` is a patched copy of a program. */
async function runPatched(program: string, words: string, runner = ""): Promise<string> {
  const copy = await Deno.makeTempFile({ prefix: "nido-entry-" });
  try {
    await Deno.writeFile(copy, patchEntry(await Deno.readFile(program)));
    await Deno.chmod(copy, 0o755);
    const { code, stdout, stderr } = await new Deno.Command("bash", {
      args: ["-c", `${runner} "$0" ${words}`, copy],
      env: { BYTES: "ä" },
    }).output();
    assertEquals([code, new TextDecoder().decode(stderr)], [7, ""]);
    return Array.from(stdout, (byte) => String.fromCharCode(byte)).join("");
  } finally {
    await Deno.remove(copy);
  }
}

const WORDS = String.raw`$'\xff' plain $'\xc3\xa4' '' $'a\x80' $'\x7f'`;
const SEEN = [PLACEHOLDER, "plain", PLACEHOLDER, "", PLACEHOLDER, "\x7f"];

Deno.test("a patched shell gets ASCII arguments, and the true ones stay in /proc", async () => {
  const script = `for word; do echo "$word"; done; tr "\\0" "|" <"/proc/$$/cmdline"; exit 7`;
  const lines = (await runPatched("/bin/sh", `-c '${script}' name ${WORDS}`)).split("\n");
  assertEquals(lines.slice(0, -1), SEEN);
  assert(lines.at(-1)!.endsWith("|name|\xff|plain|\xc3\xa4||a\x80|\x7f|"));
});

Deno.test("a patched shell keeps its environment and what it does at its end", async () => {
  const output = await runPatched("/bin/sh", `-c 'trap "echo end" EXIT; echo $BYTES; exit 7'`);
  assertEquals(output, "\xc3\xa4\nend\n");
});

Deno.test("a patched shell's name may be any bytes", async () => {
  const output = await runPatched("/bin/sh", `-c 'echo $0; exit 7'`, `exec -a $'/\\xff/sh'`);
  assertEquals(output, `${PLACEHOLDER}\n`);
});

/** Writes each of its arguments and a newline, and exits with status 7. It needs no libc. */
const AARCH64_PROGRAM = `
        .section .note.nido, "a", %note
        .word   0, 0, 0
        .text
        .globl  _start
_start: add     x19, sp, #8
next:   ldr     x1, [x19, #8]!
        cbz     x1, done
        mov     x2, #-1
length: add     x2, x2, #1
        ldrb    w3, [x1, x2]
        cbnz    w3, length
        bl      write
        adr     x1, newline
        mov     x2, #1
        bl      write
        b       next
write:  mov     x0, #1
        mov     x8, #64
        svc     #0
        ret
done:   mov     x0, #7
        mov     x8, #93
        svc     #0
newline: .ascii "\\n"
`;

Deno.test({
  name: "a patched aarch64 program gets ASCII arguments",
  ...requires({
    programs: ["aarch64-linux-gnu-as", "aarch64-linux-gnu-ld", "qemu-aarch64-static"],
  }),
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "nido-entry-" });
    try {
      await Deno.writeTextFile(`${folder}/a.s`, AARCH64_PROGRAM);
      const [object, program] = [`${folder}/a.o`, `${folder}/a`];
      const run = async (command: string, ...args: string[]) =>
        assert((await new Deno.Command(command, { args }).output()).success);
      await run("aarch64-linux-gnu-as", "-o", object, `${folder}/a.s`);
      await run("aarch64-linux-gnu-ld", "-o", program, object);
      const output = await runPatched(program, WORDS, "qemu-aarch64-static");
      assertEquals(output, SEEN.map((word) => `${word}\n`).join(""));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
