// What every operation of the interpreter gives, on both architectures.

import { assertEquals } from "@std/assert";
import { type Arch, machineOf, type Operation } from "../../ffi/machine/machine.ts";
import {
  MAP_ANONYMOUS,
  MAP_PRIVATE,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
} from "../../ffi/abi/mman.ts";
import { layOut } from "../../engine/layout.ts";
import type { Test } from "../../engine/plan.ts";
import { address, data, type Operand, operand, type Short, slot } from "../../engine/operand.ts";
import { Program } from "./program.ts";
import { ARCHS, runs } from "./run_image.ts";

const MAX = 2n ** 64n - 1n;
const VALUES = [0n, 1n, 2n, 0x7fn, 0xffff_ffffn, 2n ** 32n, 2n ** 63n - 1n, 2n ** 63n, MAX];
const COUNTS = [0n, 1n, 4n, 31n, 32n, 33n, 63n];
const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);

function testBoth(name: string, check: (arch: Arch) => Promise<void>): void {
  for (const arch of ARCHS) Deno.test(`${arch}: ${name}`, runs(arch), () => check(arch));
}

/** All pairs through one operation, in one run. */
async function pairs(
  arch: Arch,
  operation: Operation,
  [left, right]: readonly [readonly bigint[], readonly bigint[]],
  expected: (a: bigint, b: bigint) => bigint,
): Promise<void> {
  const program = new Program();
  const all = left.flatMap((a) => right.map((b) => [a, b] as const));
  for (const [a, b] of all) {
    program.compute("result", operation, a, b);
    program.writeSlots("result");
  }
  assertEquals(await program.numbers(arch), all.map(([a, b]) => wrap(expected(a, b))));
}

testBoth("set gives its operand, whatever kind it is", async (arch) => {
  const program = new Program();
  program.compute("first", "set", MAX);
  program.compute("second", "set", -5);
  program.compute("third", "set", slot("first"));
  program.compute("text", "set", "abcdefg");
  program.compute("string", "load", slot("text"), 0);
  program.compute("struct", "set", data(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8), "{}"));
  program.compute("struct", "load", slot("struct"), 0);
  program.writeSlots("first", "second", "third", "string", "struct");
  const abcdefg = new DataView(new TextEncoder().encode("abcdefg\0").buffer).getBigUint64(0, true);
  assertEquals(await program.numbers(arch), [
    MAX,
    wrap(-5n),
    MAX,
    abcdefg,
    0x0807060504030201n,
  ]);
});

testBoth("add, sub and and work on 64 bits and wrap", async (arch) => {
  await pairs(arch, "add", [VALUES, VALUES], (a, b) => a + b);
  await pairs(arch, "sub", [VALUES, VALUES], (a, b) => a - b);
  await pairs(arch, "and", [VALUES, VALUES], (a, b) => a & b);
});

testBoth("shl and shr shift by 0 to 63 bits, and shr brings zeros", async (arch) => {
  await pairs(arch, "shl", [VALUES, COUNTS], (a, b) => a << b);
  await pairs(arch, "shr", [VALUES, COUNTS], (a, b) => a >> b);
});

testBoth("load and put take an address and an offset on either side of it", async (arch) => {
  const program = new Program();
  const memory = program.buffer("memory", 40);
  program.put(memory, 8, 0x1111_2222_3333_4444n);
  program.compute("end", "add", memory, 40);
  program.put(slot("end"), -8, MAX);
  program.compute("offset", "set", 16);
  program.put(memory, slot("offset"), slot("end"));
  program.compute("difference", "load", memory, 16);
  program.compute("difference", "sub", slot("difference"), memory);
  program.compute("forward", "load", memory, 8);
  program.compute("back", "load", slot("end"), -32);
  program.compute("unaligned", "load", memory, 12);
  program.writeSlots("difference", "forward", "back", "unaligned");
  program.put(memory, 16, 0);
  program.write(memory, 40);
  const [difference, forward, back, unaligned, ...rest] = await program.numbers(arch);
  assertEquals([difference, forward, back], [
    40n,
    0x1111_2222_3333_4444n,
    0x1111_2222_3333_4444n,
  ]);
  assertEquals(unaligned! & 0xffff_ffffn, 0x1111_2222n);
  assertEquals(rest, [0n, 0x1111_2222_3333_4444n, 0n, 0n, MAX]);
});

/** Runs a test on pairs and gives which of them jumped. */
async function jumps(
  arch: Arch,
  operation: Test["operation"],
  operands: readonly (readonly [Short, Short])[],
): Promise<boolean[]> {
  const program = new Program();
  for (const pair of operands) {
    const end = program.unique("end");
    program.compute("jumped", "set", 1);
    program.test(operation, pair, end);
    program.compute("jumped", "set", 0);
    program.label(end);
    program.writeSlots("jumped");
  }
  return (await program.numbers(arch)).map((jumped) => jumped === 1n);
}

testBoth("ifEqual, ifNot and ifBelow compare all 64 bits, unsigned", async (arch) => {
  const all = VALUES.flatMap((a) => VALUES.map((b) => [a, b] as const));
  assertEquals(await jumps(arch, "ifEqual", all), all.map(([a, b]) => a === b));
  assertEquals(await jumps(arch, "ifNot", all), all.map(([a, b]) => a !== b));
  assertEquals(await jumps(arch, "ifBelow", all), all.map(([a, b]) => a < b));
});

testBoth("ifAnyBit and ifNoBit look at all 64 bits", async (arch) => {
  const all = VALUES.flatMap((a) => VALUES.map((b) => [a, b] as const));
  assertEquals(await jumps(arch, "ifAnyBit", all), all.map(([a, b]) => (a & b) !== 0n));
  assertEquals(await jumps(arch, "ifNoBit", all), all.map(([a, b]) => (a & b) === 0n));
});

testBoth("a loop of jumps, back and forth, adds up 1 to 1000", async (arch) => {
  const program = new Program();
  program.compute("number", "set", 1);
  program.label("next");
  program.test("ifBelow", [1000, slot("number")], "done");
  program.compute("sum", "add", slot("sum"), slot("number"));
  program.compute("number", "add", slot("number"), 1);
  program.jump("next");
  program.label("done");
  program.writeSlots("sum");
  assertEquals(await program.numbers(arch), [500500n]);
});

/** Bytes that differ from their neighbours and are never zero. */
function pattern(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i % 251 + 1);
}

testBoth("copy copies that many bytes, none more, and gives the end", async (arch) => {
  const lengths = [0, 1, 2, 7, 8, 9, 63, 64, 65, 255, 4095, 4096, 4097, 65536];
  const program = new Program();
  const source = data(pattern(65536), "{}");
  for (const [i, length] of lengths.entries()) {
    const memory = program.buffer(`memory ${i}`, length + 8);
    program.compute("end", "copy", memory, source, length);
    program.compute("copied", "sub", slot("end"), memory);
    program.writeSlots("copied");
    program.write(memory, length + 8);
  }
  const output = await program.output(arch);
  let at = 0;
  for (const length of lengths) {
    const bytes = output.subarray(at, at += length + 16);
    assertEquals(new DataView(bytes.slice().buffer).getBigUint64(0, true), BigInt(length));
    assertEquals(bytes.subarray(8, 8 + length), pattern(length));
    assertEquals(bytes.subarray(8 + length), new Uint8Array(8));
  }
  assertEquals(at, output.length);
});

testBoth("ifSame compares that many bytes and none more", async (arch) => {
  const program = new Program();
  const expected: boolean[] = [];
  const same = (a: Uint8Array, b: Uint8Array, length: number): void => {
    const [yes, end] = [program.unique("yes"), program.unique("end")];
    program.compute("jumped", "set", 0);
    program.test("ifSame", [data(a, "{}"), data(b, "{}"), length], yes);
    program.jump(end);
    program.label(yes);
    program.compute("jumped", "set", 1);
    program.label(end);
    program.writeSlots("jumped");
    expected.push(a.subarray(0, length).every((byte, i) => byte === b[i]));
  };
  for (const length of [1, 2, 7, 8, 9, 64, 300]) {
    const whole = pattern(length + 1);
    same(whole, whole.slice(), length);
    for (const other of new Set([0, length >> 1, length - 1, length])) {
      const changed = whole.slice();
      changed[other]! ^= 0x80;
      same(whole, changed, length);
      same(changed, whole, length);
    }
  }
  const jumped = (await program.numbers(arch)).map((number) => number === 1n);
  assertEquals(jumped, expected);
  assertEquals(new Set(jumped).size, 2);
});

testBoth("byte gives one byte, at an address and an offset on either side of it", async (arch) => {
  const program = new Program();
  const bytes = data(Uint8Array.of(0, 1, 0x7f, 0x80, 0xff, 0x55), "{}");
  for (let at = 0; at < 6; at++) program.compute(`${at}`, "byte", bytes, at);
  program.compute("end", "set", bytes);
  program.compute("end", "add", slot("end"), 6);
  program.compute("back", "byte", slot("end"), -1);
  program.writeSlots("0", "1", "2", "3", "4", "5", "back");
  assertEquals(await program.numbers(arch), [0n, 1n, 0x7fn, 0x80n, 0xffn, 0x55n, 0x55n]);
});

testBoth("seek gives the first of two bytes, be it right there", async (arch) => {
  const program = new Program();
  const bytes = Uint8Array.of(...new TextEncoder().encode("ab:c\n"), 0xff, 0, 1);
  const text = data(bytes, "{}");
  program.compute("start", "set", text);
  const pairs = [[":", ":"], ["\n", ":"], [":", "\n"], ["a", "c"], ["\n", "\n"], ["\xff", "\x01"]];
  const wanted = [...pairs, ["\x01", "\x01"], ["\0", "\0"]].map((pair) =>
    pair.map((char) => char.charCodeAt(0))
  );
  for (const [one, other] of wanted) {
    program.compute("found", "seek", slot("start"), one!, other!);
    program.compute("found", "sub", slot("found"), slot("start"));
    program.writeSlots("found");
  }
  const expected = wanted.map((pair) => BigInt(bytes.findIndex((byte) => pair.includes(byte))));
  assertEquals(await program.numbers(arch), expected);
});

testBoth("a test goes to the label whose address a slot has", async (arch) => {
  const program = new Program();
  for (const [i, odd] of [false, true, false].entries()) {
    const [yes, end] = [program.unique("yes"), program.unique("end")];
    program.compute("goal", "set", { kind: "label", label: odd ? yes : end });
    program.compute("jumped", "set", i);
    program.jump(slot("goal"));
    program.label(yes);
    program.compute("jumped", "add", slot("jumped"), 100);
    program.label(end);
    program.writeSlots("jumped");
  }
  assertEquals(await program.numbers(arch), [0n, 101n, 2n]);
});

testBoth("a routine goes on behind wherever it was called", async (arch) => {
  const program = new Program();
  const twice = (): void =>
    program.routine("twice", () => program.compute("n", "add", slot("n"), slot("n")));
  program.compute("n", "set", 1);
  for (let i = 0; i < 5; i++) {
    twice();
    program.compute("n", "add", slot("n"), 1);
  }
  program.writeSlots("n");
  assertEquals(await program.numbers(arch), [63n]);
  assertEquals(
    program.steps.filter((step) => step.do === "compute" && step.result === "n").length,
    7,
  );
});

testBoth(
  "numbers of more than 32 bits are numbers too, in calls and in operations",
  async (arch) => {
    const numbers = [
      -1n,
      2n ** 31n - 1n,
      2n ** 31n,
      -(2n ** 31n),
      -(2n ** 31n) - 1n,
      2n ** 32n - 1n,
    ];
    const program = new Program();
    for (const number of numbers) {
      program.compute("copy", "set", number);
      program.writeSlots("copy");
    }
    // The kernel takes the low byte of it.
    program.call("exit_group", [2n ** 40n + 7n], "exit");
    const { code, stdout } = await program.run(arch);
    assertEquals(code, 7);
    assertEquals([...new BigUint64Array(stdout.slice().buffer)], numbers.map(wrap));
  },
);

testBoth("decimal writes the digits of any number, in front of an address", async (arch) => {
  const powers = Array.from({ length: 20 }, (_, i) => 10n ** BigInt(i));
  const numbers = new Set([
    ...VALUES,
    ...powers.flatMap((power) => [power - 1n, power, power + 1n]),
    2n ** 32n - 1n,
    MAX - 1n,
    12345678901234567890n,
  ]);
  const program = new Program();
  const memory = program.buffer("memory", 40);
  for (const number of numbers) {
    for (let at = 0; at < 40; at += 8) program.put(memory, at, 0x2d2d_2d2d_2d2d_2d2dn);
    program.compute("start", "decimal", number, address("memory", 32));
    program.compute("start", "sub", slot("start"), memory);
    program.writeSlots("start");
    program.write(memory, 40);
  }
  const output = await program.output(arch);
  [...numbers].forEach((number, i) => {
    const bytes = output.slice(48 * i, 48 * (i + 1));
    const digits = String(number);
    assertEquals(new DataView(bytes.buffer).getBigUint64(0, true), BigInt(32 - digits.length));
    assertEquals(
      new TextDecoder().decode(bytes.subarray(8)),
      digits.padStart(32, "-") + "-".repeat(8),
    );
  });
});

testBoth("every operation takes slots for operands as it takes numbers", async (arch) => {
  const program = new Program();
  const memory = program.buffer("memory", 64);
  program.compute("memory address", "set", memory);
  const operands: Record<string, Operand> = {};
  for (const number of [0, 1, 3, 8, 12, 24, 40]) {
    program.compute(`${number}`, "set", number);
    operands[number] = slot(`${number}`);
  }
  const at = slot("memory address");
  const n = (number: number): Operand => operands[number]!;
  program.compute("add", "add", n(12), n(3));
  program.compute("sub", "sub", n(12), n(3));
  program.compute("and", "and", n(12), n(24));
  program.compute("shl", "shl", n(12), n(3));
  program.compute("shr", "shr", n(12), n(3));
  program.put(at, n(8), n(40));
  program.compute("load", "load", at, n(8));
  program.compute("to", "add", at, n(24));
  program.compute("from", "add", at, n(8));
  program.compute("copy", "copy", slot("to"), slot("from"), n(8));
  program.compute("copy", "sub", slot("copy"), at);
  program.compute("copied", "load", at, n(24));
  program.compute("tests", "set", 0);
  for (
    const [operation, args] of [
      ["ifSame", [slot("to"), slot("from"), n(8)]],
      ["ifEqual", [n(12), slot("12")]],
      ["ifNot", [n(12), n(3)]],
      ["ifBelow", [n(3), n(12)]],
    ] as const
  ) {
    const [yes, end] = [program.unique("yes"), program.unique("end")];
    program.test(operation, args, yes);
    program.jump(end);
    program.label(yes);
    program.compute("tests", "add", slot("tests"), 1);
    program.label(end);
  }
  program.compute("decimal", "decimal", n(40), slot("to"));
  program.compute("decimal", "load", slot("decimal"), n(0));
  program.compute("decimal", "and", slot("decimal"), 0xffff);
  const names = ["add", "sub", "and", "shl", "shr", "load", "copy", "copied", "tests", "decimal"];
  program.writeSlots(...names);
  assertEquals(
    await program.numbers(arch),
    [15n, 9n, 8n, 96n, 1n, 40n, 32n, 40n, 4n, 0x3034n],
  );
});

/** Ends with argc plus what stands in the register for a function for atexit(3) as status. */
const ENTERED: Readonly<Record<Arch, readonly bigint[]>> = {
  // mov (%rsp), %edi; add %rdx, %rdi; mov $231, %eax; syscall
  x86_64: [0xe7_b8_d7_01_48_24_3c_8bn, 0x05_0f_00_00_00n],
  // ldr x9, [sp]; add x0, x0, x9; mov x8, #94; svc #0
  aarch64: [0x8b090000_f94003e9n, 0xd4000001_d2800bc8n],
};

testBoth("enter goes on at an address as the kernel starts a program", async (arch) => {
  const program = new Program();
  const page = 0x10000;
  program.call(
    "mmap",
    [0, page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0],
    "map",
    {
      result: "code",
    },
  );
  ENTERED[arch].forEach((bytes, i) => program.put(slot("code"), 8 * i, bytes));
  program.call("mprotect", [slot("code"), page, PROT_READ | PROT_EXEC], "protect");
  program.steps.push({
    do: "compute",
    operation: "enter",
    args: [slot("code"), 0, 100].map((value) => operand(value as Short)),
  });
  const { code, signal } = await program.run(arch, { args: ["a", "b"] });
  assertEquals([code, signal], [3, null]);
});

testBoth("start goes on with another image's records, its variables and pointers", async (arch) => {
  const machine = machineOf(arch);
  const other = new Program();
  // An array of pointers, each of which is counted from the constants until it is started.
  const parts: Operand = { kind: "vector", name: "parts", items: [operand("from another")] };
  other.compute("text", "load", parts, 0);
  other.compute("argc", "load", slot("stack"), 0);
  other.write(slot("text"), "from another".length);
  other.end("argc");
  const { constants, variables, variablesBytes, distance } = layOut(other.plan("test"), machine);
  const program = new Program();
  const anonymous = MAP_PRIVATE | MAP_ANONYMOUS;
  const bytes = distance + variablesBytes;
  const room = [0, bytes, PROT_READ | PROT_WRITE, anonymous, -1, 0] as const;
  program.call("mmap", room, "room for both", { result: "room" });
  program.compute("variables", "add", slot("room"), distance);
  for (const [to, from] of [["room", constants], ["variables", variables]] as const) {
    program.compute("end", "copy", slot(to), data(from, "bytes"), from.length);
  }
  program.steps.push({ do: "compute", operation: "start", args: [slot("room")] });
  const { code, signal, stdout } = await program.run(arch, { args: ["a", "b"] });
  assertEquals([code, signal, new TextDecoder().decode(stdout)], [3, null, "from another"]);
});
