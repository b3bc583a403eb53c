// System calls on the interpreter: arguments, results, and where failures go.

import { assertEquals } from "@std/assert";
import { EBADF, ENOENT, ENOTDIR } from "../../ffi/abi/errno.ts";
import { AT_FDCWD, O_RDONLY, O_RDWR } from "../../ffi/abi/fcntl.ts";
import type { Arch } from "../../ffi/machine/machine.ts";
import { address, ERROR, FAILURE, slot, STACK } from "../../engine/operand.ts";
import type { Failure } from "../../engine/failure.ts";
import { Program } from "./program.ts";
import { ARCHS, runs } from "./run_image.ts";

const failure = (message: string): Failure => ({ message, status: 1, hints: [] });
const wrap = (value: number): bigint => BigInt.asUintN(64, BigInt(value));

function testBoth(name: string, check: (arch: Arch) => Promise<void>): void {
  for (const arch of ARCHS) Deno.test(`${arch}: ${name}`, runs(arch), () => check(arch));
}

testBoth("exit_group ends the process with its status", async (arch) => {
  const codes = await Promise.all([0, 1, 7, 126, 255].map(async (status) => {
    const program = new Program();
    program.end(status);
    return (await program.run(arch)).code;
  }));
  assertEquals(codes, [0, 1, 7, 126, 255]);
});

// mmap(2) is a call whose six arguments all matter.
testBoth("all six arguments are numbers or slots, in every combination", async (arch) => {
  const PAGE = 0x10000;
  const [PROT_READ, MAP_PRIVATE, MAP_FIXED] = [1, 2, 0x10];
  const file = Deno.makeTempFileSync({ prefix: "nido-test-" });
  try {
    Deno.writeTextFileSync(file, "A".repeat(PAGE) + "offset!!".repeat(PAGE / 8));
    const program = new Program();
    program.call("openat", [AT_FDCWD, file, O_RDONLY, 0], "open", { result: "fd" });
    program.call("dup3", [slot("fd"), 20, 0], "a descriptor whose number is known");
    for (let mask = 0; mask < 64; mask++) {
      const at = 0x10000000 + PAGE * mask;
      const args = [at, 8, PROT_READ, MAP_PRIVATE | MAP_FIXED, 20, PAGE].map((value, i) => {
        if (!(mask & 1 << i)) return value;
        program.compute(`argument ${i}`, "set", value);
        return slot(`argument ${i}`);
      });
      program.call("mmap", args, "map", { result: "mapped" });
      program.compute("read", "load", slot("mapped"), 0);
      program.writeSlots("mapped", "read");
    }
    const offset = new DataView(new TextEncoder().encode("offset!!").buffer).getBigUint64(0, true);
    assertEquals(
      await program.numbers(arch),
      Array.from({ length: 64 }, (_, mask) => [BigInt(0x10000000 + PAGE * mask), offset]).flat(),
    );
  } finally {
    Deno.removeSync(file);
  }
});

testBoth("a result goes to its slot, and to nothing without one", async (arch) => {
  const program = new Program();
  program.call("openat", [AT_FDCWD, "/dev/null", O_RDWR, 0], "open", { result: "fd" });
  program.compute("before", "set", slot("fd"));
  program.call("write", [slot("fd"), "12345", 5], "write");
  program.call("write", [slot("fd"), "12345", 5], "write", { result: "written" });
  program.compute("kept", "sub", slot("fd"), slot("before"));
  program.writeSlots("written", "kept", ERROR, FAILURE);
  assertEquals(await program.numbers(arch), [5n, 0n, 0n, 0n]);
});

testBoth("a failing call leaves -errno in its slot and in the header", async (arch) => {
  const program = new Program();
  const tried = failure("close failed");
  program.call("close", [99], "close", { result: "closed", orElse: "failed", failure: tried });
  program.compute("closed", "set", 1);
  program.label("failed");
  program.writeSlots("closed", ERROR);
  program.compute("same", "load16", slot(FAILURE), 0);
  program.writeSlots("same");
  assertEquals(await program.numbers(arch), [wrap(-EBADF!), wrap(-EBADF!), BigInt(tried.status)]);
});

testBoth("a failure goes on with the next step, with a label, or with the end", async (arch) => {
  const program = new Program();
  const where = program.unique("where");
  program.call("close", [99], "close");
  program.compute("trace", "add", slot("trace"), 1);
  program.call("close", [99], "close", { orElse: where });
  program.compute("trace", "add", slot("trace"), 10);
  program.label(where);
  program.compute("trace", "add", slot("trace"), 100);
  program.call("close", [99], "close", { failure: failure("close failed") });
  program.compute("trace", "add", slot("trace"), 1000);
  program.label("fail");
  program.writeSlots("trace");
  assertEquals(await program.numbers(arch), [101n]);
});

testBoth("the header has the last failure, and success leaves it alone", async (arch) => {
  const program = new Program();
  const [first, second] = [{ ...failure("first"), status: 11 }, {
    ...failure("second"),
    status: 22,
  }];
  const status = (): void => {
    program.compute("status", "load16", slot(FAILURE), 0);
    program.writeSlots(ERROR, "status");
  };
  const [one, two] = [program.unique("one"), program.unique("two")];
  program.call("close", [99], "close", { orElse: one, failure: first });
  program.label(one);
  program.call("getpid", [], "succeed");
  status();
  program.call("chdir", ["/proc/self/no such file"], "chdir", { orElse: two, failure: second });
  program.label(two);
  status();
  program.call("chdir", ["/dev/null/x"], "chdir");
  program.writeSlots(ERROR);
  assertEquals(await program.numbers(arch), [
    wrap(-EBADF!),
    11n,
    wrap(-ENOENT!),
    22n,
    wrap(-ENOTDIR!),
  ]);
});

// Offsets of /proc/self/mem are unsigned, so lseek(2) gives any 64-bit number.
testBoth("results from -4095 to -1 are errors, and no others are", async (arch) => {
  const program = new Program();
  program.call("openat", [AT_FDCWD, "/proc/self/mem", O_RDONLY, 0], "open", { result: "fd" });
  for (const offset of [-1, -4095, -4096, -4097]) {
    const [failed, end] = [program.unique("failed"), program.unique("end")];
    program.compute("is error", "set", 0);
    program.call("lseek", [slot("fd"), offset, 0], "seek", { result: "at", orElse: failed });
    program.jump(end);
    program.label(failed);
    program.compute("is error", "set", 1);
    program.label(end);
    program.writeSlots("at", "is error");
  }
  const numbers = await program.numbers(arch);
  // An emulator loses which error it was.
  assertEquals(numbers.filter((_, i) => i % 2), [1n, 1n, 0n, 0n]);
  assertEquals([numbers[4], numbers[6]], [wrap(-4096), wrap(-4097)]);
});

testBoth("the header points to argc, argv and envp", async (arch) => {
  const program = new Program();
  program.compute("argc", "load", slot(STACK), 0);
  program.compute("last", "load", slot(STACK), 16);
  program.compute("end", "load", slot(STACK), 24);
  program.compute("variable", "load", slot(STACK), 32);
  program.writeSlots("argc", "end");
  program.write(slot("last"), 6);
  program.write(slot("variable"), 4);
  const output = await program.output(arch, { args: ["second"], env: { A: "b" } });
  const view = new DataView(output.slice().buffer);
  assertEquals([view.getBigUint64(0, true), view.getBigUint64(8, true)], [2n, 0n]);
  assertEquals(new TextDecoder().decode(output.subarray(16)), "secondA=b\0");
});

testBoth("after clone both processes go on with the next step", async (arch) => {
  const program = new Program();
  program.compute("status", "set", 0);
  program.call("clone", [17, 0, 0, 0, 0], "fork", { result: "child" });
  program.test("ifEqual", [slot("child"), 0], "child");
  program.call("wait4", [slot("child"), address("status"), 0, 0], "wait", { result: "ended" });
  program.compute("ended", "sub", slot("ended"), slot("child"));
  program.compute("status", "shr", slot("status"), 8);
  program.writeSlots("status", "ended");
  program.end(0);
  program.label("child");
  program.call("exit_group", [42], "exit");
  assertEquals(await program.numbers(arch), [42n, 0n]);
});
