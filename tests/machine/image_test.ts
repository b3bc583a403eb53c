// Images as files: what the ELF headers say, and what the kernel makes of them.

import { assert, assertEquals, assertLessOrEqual, assertMatch } from "@std/assert";
import { PF_R, PF_W, PF_X, PT_GNU_STACK, PT_LOAD } from "../../ffi/abi/elf.ts";
import { AT_FDCWD, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import {
  type Arch,
  CODE_OFFSET,
  CONSTANTS_FILE_OFFSET,
  CONSTANTS_HEADER_BYTES,
  machineOf,
  OPERATIONS,
  PLACES_OFFSET,
  VARIABLES_HEADER_BYTES,
} from "../../ffi/machine/machine.ts";
import { imageOf } from "../../engine/image.ts";
import { address, CONSTANTS, slot } from "../../engine/operand.ts";
import { Program } from "./program.ts";
import { decodeRecord, NUMBER, PLACE, recordBytes, SLOT } from "../../ffi/machine/record.ts";
import { withFolder } from "../support/folder.ts";
import { ARCHS } from "./run_image.ts";

const PURE = { permissions: "none" } as const;

/** A program header, as elf(5) names its fields. */
interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly vaddr: number;
  readonly filesz: number;
  readonly memsz: number;
  readonly align: number;
}

function segmentsOf(image: Uint8Array<ArrayBuffer>): Segment[] {
  const view = new DataView(image.buffer);
  const [phoff, phentsize, phnum] = [
    Number(view.getBigUint64(32, true)),
    view.getUint16(54, true),
    view.getUint16(56, true),
  ];
  return Array.from({ length: phnum }, (_, i) => {
    const at = phoff + i * phentsize;
    const word = (offset: number) => Number(view.getBigUint64(at + offset, true));
    return {
      type: view.getUint32(at, true),
      flags: view.getUint32(at + 4, true),
      offset: word(8),
      vaddr: word(16),
      filesz: word(32),
      memsz: word(40),
      align: word(48),
    };
  });
}

/** A program with everything that a layout has: a buffer, texts, slots, a label. */
function sample(): Program {
  const program = new Program();
  program.buffer("memory", 10000);
  program.compute("sum", "add", 1, 2);
  program.put(address("memory", 8), 0, slot("sum"));
  program.call("write", [1, "text\n", 5], "write", { orElse: "end" });
  program.label("end");
  program.end(0);
  return program;
}

for (const arch of ARCHS) {
  const image = () => imageOf(sample().plan("test"), arch);
  const { pageBytes, code, constantsOffset } = machineOf(arch);

  Deno.test(
    `${arch}: an image has code to run, constants to read, variables to write, a guard, and a stack without code`,
    PURE,
    () => {
      const segments = segmentsOf(image());
      assertEquals(segments.map(({ type, flags }) => [type, flags]), [
        [PT_LOAD, PF_R | PF_X],
        [PT_LOAD, PF_R],
        [PT_LOAD, PF_R | PF_W],
        [PT_LOAD, 0],
        [PT_GNU_STACK, PF_R | PF_W],
      ]);
    },
  );

  Deno.test(`${arch}: an image's segments can be mapped with the largest pages`, PURE, () => {
    const file = image();
    const loaded = segmentsOf(file).slice(0, 4) as [Segment, Segment, Segment, Segment];
    const [text, constants, variables, guard] = loaded;
    for (const segment of loaded) {
      assertEquals(segment.align, pageBytes);
      assertEquals(segment.vaddr % pageBytes, segment.offset % pageBytes);
      assertLessOrEqual(segment.filesz, segment.memsz);
      assertLessOrEqual(segment.offset + segment.filesz, file.length);
    }
    assertEquals(constants.vaddr - text.vaddr, constantsOffset);
    const distance = new DataView(file.buffer).getInt32(CONSTANTS_FILE_OFFSET, true);
    assertEquals(variables.vaddr - constants.vaddr, distance);
    // No page has parts of two.
    const page = (address: number) => Math.floor(address / pageBytes);
    loaded.slice(1).forEach((next, i) => {
      const before = loaded[i]!;
      assert(page(before.vaddr + before.memsz - 1) < page(next.vaddr));
    });
    assertEquals(page(guard.vaddr), page(variables.vaddr + variables.memsz - 1) + 1);
    assertLessOrEqual(10000, variables.memsz - variables.filesz, "buffers are not in the file");
    assertEquals(file.length, variables.offset + variables.filesz);
  });

  Deno.test(`${arch}: an image begins with the interpreter's first instruction`, PURE, () => {
    const file = image();
    const [text] = segmentsOf(file) as [Segment];
    const entry = Number(new DataView(file.buffer).getBigUint64(24, true));
    assertEquals(entry, text.vaddr + CODE_OFFSET);
    assertEquals(file.slice(CODE_OFFSET, CODE_OFFSET + code.length), code);
    assertEquals(text.filesz, CODE_OFFSET + code.length);
    assertLessOrEqual(text.filesz, CONSTANTS_FILE_OFFSET);
  });

  Deno.test(
    `${arch}: a record is code, what arguments are, arguments, and where to put it or go on`,
    PURE,
    () => {
      const view = new DataView(image().buffer, CONSTANTS_FILE_OFFSET);
      let at = CONSTANTS_HEADER_BYTES;
      const next = () => {
        const record = decodeRecord((offset) => view.getUint16(at + offset, true));
        at += record.bytes;
        return record;
      };
      const [add, put, write] = [next(), next(), next()];
      assertEquals([add.isCall, add.code], [false, OPERATIONS.add]);
      assertEquals(add.args, [{ kind: NUMBER, value: 1 }, { kind: NUMBER, value: 2 }]);
      assertEquals([put.isCall, put.code], [false, OPERATIONS.put]);
      // The slot that add leaves its result in is the one that put takes it from.
      assertEquals(put.args.map(({ kind }) => kind), [PLACE, NUMBER, SLOT]);
      assertEquals(put.args[2]!.value, add.result);
      assertEquals([write.isCall, write.code], [true, machineOf(arch).syscalls.write]);
      assertEquals(write.args.map(({ kind }) => kind), [NUMBER, PLACE, NUMBER]);
      assertEquals([write.args[0]!.value, write.args[2]!.value], [1, 5]);
      const list = view.getInt32(PLACES_OFFSET, true);
      const text = CONSTANTS_FILE_OFFSET + view.getInt32(list + 4 * write.args[1]!.value, true);
      assertEquals(new TextDecoder().decode(image().slice(text, text + 6)), "text\n\0");
      assertEquals(write.target, at);
    },
  );

  Deno.test(`${arch}: the same plan gives the same bytes`, PURE, () => {
    assertEquals(image(), image());
  });

  Deno.test(
    `${arch}: an image without texts is the code page, its records, and no more`,
    PURE,
    () => {
      const program = new Program();
      program.end(0);
      assertEquals(image().length % 8, 0);
      const placesBytes = 4;
      const data = CONSTANTS_HEADER_BYTES + recordBytes(true, 1) + placesBytes;
      const length = Math.ceil(data / 16) * 16;
      assertEquals(
        imageOf(program.plan("test"), arch).length,
        CONSTANTS_FILE_OFFSET + length + VARIABLES_HEADER_BYTES,
      );
    },
  );
}

Deno.test("code and data fit in the pages that the interpreter finds them by", PURE, () => {
  for (const arch of ARCHS) {
    const machine = machineOf(arch);
    assertLessOrEqual(CODE_OFFSET + machine.code.length, CONSTANTS_FILE_OFFSET);
    assertEquals(
      machine.constantsOffset % machine.pageBytes,
      CONSTANTS_FILE_OFFSET % machine.pageBytes,
    );
    assertEquals([machine.spawn % 16, machine.call % 16], [0, 0]);
  }
});

Deno.test("a record has room for each operation's and each system call's number", PURE, () => {
  for (const arch of ARCHS) {
    const calls = Object.values(machineOf(arch).syscalls);
    assert(Math.max(...calls) < 2 ** 12);
    assertEquals(new Set(calls).size, calls.length, "no two calls have one number");
  }
  const operations = Object.values(OPERATIONS);
  assert(Math.max(...operations) < 2 ** 6);
  assertEquals(new Set(operations).size, operations.length, "no two operations have one number");
});

// Under qemu the memory is also qemu's own.
const arch: Arch = Deno.build.arch;

/** What /proc/self/maps shows of a running image: its own mappings first. */
async function mapsOf(program: Program): Promise<string[]> {
  program.call("openat", [AT_FDCWD, "/proc/self/maps", O_RDONLY, 0], "open", { result: "fd" });
  program.label("more");
  program.call("read", [slot("fd"), program.buffer("text", 4096), 4096], "read", { result: "got" });
  program.test("ifEqual", [slot("got"), 0], "done");
  program.call("write", [1, address("text"), slot("got")], "write");
  program.jump("more");
  program.label("done");
  return new TextDecoder().decode(await program.output(arch)).trimEnd().split("\n")
    .filter((line) => !/\[(vdso|vvar|vvar_vclock|vsyscall)\]/.test(line));
}

Deno.test(`${arch}: a running image has no memory that can be written and executed`, async () => {
  const maps = await mapsOf(new Program());
  const modes = maps.map((line) => line.split(" ")[1]!);
  assertEquals(modes.filter((mode) => /w.*x/.test(mode)), []);
  assertEquals(modes.filter((mode) => mode.includes("x")).length, 1, "one piece of code");
  assertMatch(maps.find((line) => line.includes("[stack]"))!, / rw-p /);
});

Deno.test(`${arch}: the kernel chooses where an image stands, each time anew`, async () => {
  const starts = new Set<string>();
  for (let i = 0; i < 4; i++) starts.add((await mapsOf(new Program()))[0]!.split("-")[0]!);
  assert(starts.size > 1, [...starts].join());
});

/** Where a program writes that it may not: counted from the constants' start. */
const FORBIDDEN: readonly (readonly [string, (program: Program) => void])[] = [
  ["its constants", (program) => program.compute("at", "set", address(CONSTANTS))],
  ["its records", (program) => program.compute("at", "add", address(CONSTANTS), 64)],
  ["its code", (program) => {
    const { constantsOffset } = machineOf(arch);
    program.compute("at", "sub", address(CONSTANTS), constantsOffset - CODE_OFFSET);
  }],
  ["a text", (program) => program.compute("at", "set", "text")],
  ["what is behind its variables", (program) => {
    program.buffer("last", 0x10000);
    program.compute("at", "add", address("last", 0x10000), 2 * machineOf(arch).pageBytes);
    program.compute("at", "sub", slot("at"), machineOf(arch).pageBytes);
  }],
];

for (const [what, find] of FORBIDDEN) {
  Deno.test(`${arch}: an image that writes to ${what} dies`, async () => {
    const program = new Program();
    program.compute("first", "set", 0);
    find(program);
    program.call("write", [1, "!", 1], "it has come to here");
    program.put(slot("at"), 0, 0x5a);
    program.end(0);
    // Where the kernel may put a core file.
    const { signal, stdout } = await withFolder((cwd) => program.run(arch, { cwd }));
    assertEquals([signal, new TextDecoder().decode(stdout)], ["SIGSEGV", "!"]);
  });
}
