// Images as files: what the ELF headers say, and what the kernel makes of them.

import { assert, assertEquals, assertLessOrEqual, assertMatch } from "@std/assert";
import { PF_R, PF_W, PF_X, PT_GNU_STACK, PT_LOAD } from "../../ffi/abi/elf.ts";
import { AT_FDCWD, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import {
  type Arch,
  CALL_BYTES,
  CODE_OFFSET,
  CONSTANTS_FILE_OFFSET,
  CONSTANTS_HEADER_BYTES,
  machineOf,
  OPERATION_BYTES,
  OPERATIONS,
  VARIABLES_HEADER_BYTES,
} from "../../ffi/machine/machine.ts";
import { imageOf } from "../../engine/image.ts";
import { address, CONSTANTS, slot } from "../../engine/operand.ts";
import { Program } from "./program.ts";
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
      const record = (i: number, bytes: number) => {
        const at = CONSTANTS_HEADER_BYTES + i * OPERATION_BYTES;
        const words = Array.from(
          { length: bytes / 4 - 1 },
          (_, i) => view.getInt32(at + 4 + 4 * i, true),
        );
        const [places, slots] = [view.getUint8(at + 2), view.getUint8(at + 3)];
        return { code: view.getUint16(at, true), places, slots, words };
      };
      const [add, put] = [record(0, OPERATION_BYTES), record(1, OPERATION_BYTES)];
      const write = record(2, CALL_BYTES);
      assertEquals([add.code, add.places, add.slots], [OPERATIONS.add, 0b1000, 0]);
      assertEquals(add.words.slice(0, 3), [1, 2, 0]);
      assertEquals([put.code, put.places, put.slots], [OPERATIONS.put, 0b1101, 0b100]);
      // The slot that add leaves its result in is the one that put takes it from.
      assertEquals(put.words[2], add.words[3]);
      assertEquals([write.code, write.words[0], write.words[2]], [
        machineOf(arch).syscalls.write,
        1,
        5,
      ]);
      assertEquals([write.places, write.slots], [0b10, 0]);
      const at = write.words[1]! + CONSTANTS_FILE_OFFSET;
      assertEquals(new TextDecoder().decode(image().slice(at, at + 6)), "text\n\0");
      assertEquals(write.words[7], CONSTANTS_HEADER_BYTES + 2 * OPERATION_BYTES + CALL_BYTES);
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
      const length = Math.ceil((CONSTANTS_HEADER_BYTES + CALL_BYTES) / 16) * 16;
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

Deno.test("an operation's number is above every system call's", PURE, () => {
  for (const arch of ARCHS) {
    const calls = Object.values(machineOf(arch).syscalls);
    assert(Math.max(...calls) < Math.min(...Object.values(OPERATIONS)));
    assertEquals(new Set(calls).size, calls.length, "no two calls have one number");
  }
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
    const { signal, stdout } = await program.run(arch);
    assertEquals([signal, new TextDecoder().decode(stdout)], ["SIGSEGV", "!"]);
  });
}
