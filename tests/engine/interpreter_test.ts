// Random programs, gone through by the machine's code and by the dry run's interpreter: both must
// leave the same memory.

import { assertEquals, assertThrows } from "@std/assert";
import { machineOf, type Operation, OPERATIONS } from "../../ffi/machine/machine.ts";
import { decode, encode } from "../../ffi/bytes.ts";
import { Interpreter } from "../../engine/dry_run/interpreter.ts";
import { Fault } from "../../engine/dry_run/memory.ts";
import { layOut } from "../../engine/layout.ts";
import { address, operand, type Short, slot } from "../../engine/operand.ts";
import { PURE } from "../launch/specs.ts";
import { Program } from "../machine/program.ts";
import { ARCHS, runs } from "../machine/run_image.ts";
import { Random } from "./random.ts";

const EDGES = [0n, 1n, 2n, 9n, 0x7fn, 0x80n, 0xffffn, 0x8000_0000n, 0xffff_ffffn, 1n << 63n];
const SLOTS = ["a", "b", "c", "d", "e"];
const BUFFER_BYTES = 64;

/** A program of many random steps, which writes all its memory at its end. */
function randomProgram(seed: number, length: number): Program {
  const random = new Random(seed);
  const s = new Program();
  const buffer = s.buffer("buffer", BUFFER_BYTES);
  const told = s.buffer("told", 8 * SLOTS.length);
  const value = (): Short =>
    random.one<() => Short>([
      () => random.one(EDGES),
      () => random.word(),
      () => random.below(200) - 100,
      () => slot(random.one(SLOTS)),
      () => slot(random.one(SLOTS)),
    ])();
  /** Some place in the buffer, with room behind it. */
  const place = (room: number) => address("buffer", random.below(BUFFER_BYTES - room + 1));
  const target = (): string => random.one(SLOTS);
  /** What is an address differs each time: it becomes an offset in the buffer. */
  const relative = (name: string): void => s.compute(name, "sub", slot(name), buffer);
  const comparison = (operation: Operation & `if${string}`): void => {
    const skipped = s.unique("skipped");
    const args = operation === "ifSame" || operation === "ifDiffer"
      ? [place(8), place(8), 1 + random.below(8)]
      : [value(), random.below(3) === 0 ? slot(target()) : value()];
    s.test(operation, args, skipped);
    s.compute(target(), "set", value());
    s.label(skipped);
  };
  const step = (operation: Operation): void => {
    if (operation.startsWith("if")) return comparison(operation as Operation & `if${string}`);
    const name = target();
    switch (operation) {
      case "load":
      case "load16":
      case "load32":
      case "byte":
        return s.compute(name, operation, place(16), random.below(8));
      case "put":
      case "put8":
      case "put16":
      case "put32": {
        const args = [place(16), operand(random.below(8)), operand(value())];
        s.steps.push({ do: "compute", operation, args });
        return;
      }
      case "copy":
        s.compute(name, "copy", place(24), place(24), random.below(25));
        return relative(name);
      case "seek":
        s.put(address("buffer", BUFFER_BYTES - 8), 0, 0x0102_0304_0506_0700n);
        s.compute(name, "seek", place(8), random.below(8), random.below(256));
        return relative(name);
      case "decimal":
        s.compute(name, "decimal", value(), address("buffer", 20 + random.below(40)));
        return relative(name);
      case "shl":
      case "shr":
        return s.compute(name, operation, value(), random.below(100));
      default:
        return s.compute(name, operation, value(), value());
    }
  };
  const operations = (Object.keys(OPERATIONS) as Operation[]).filter((name) =>
    name !== "enter" && name !== "start"
  );
  for (const name of SLOTS) s.compute(name, "set", random.word());
  for (const operation of operations) step(operation);
  for (let i = 0; i < length; i++) step(random.one(operations));
  SLOTS.forEach((name, i) => s.put(told, 8 * i, slot(name)));
  s.write(told, 8 * SLOTS.length);
  s.write(buffer, BUFFER_BYTES);
  s.end(0);
  return s;
}

/** Goes through a plan: what it writes to standard output. */
function dryOutput(s: Program, arch: "x86_64" | "aarch64"): number[] {
  const machine = machineOf(arch);
  const interpreter = Interpreter.start(layOut(s.plan("test"), machine), { argv: [], envp: [] });
  const output: number[] = [];
  for (;;) {
    const { number, args } = interpreter.next()!;
    if (number === machine.syscalls.exit_group) return output;
    assertEquals(number, machine.syscalls.write);
    output.push(...interpreter.memory.bytes(args[1]!, Number(args[2])));
    interpreter.finish(args[2]!);
  }
}

for (const arch of ARCHS) {
  Deno.test(
    `${arch}: random programs leave the same memory on the machine and in a dry run`,
    runs(arch),
    async () => {
      for (let seed = 1; seed <= 12; seed++) {
        const s = randomProgram(seed, 400);
        const { code, stdout } = await s.run(arch);
        assertEquals(code, 0, `seed ${seed}`);
        assertEquals(dryOutput(s, arch), [...stdout], `seed ${seed}`);
      }
    },
  );
}

Deno.test("a dry run finds argc, argv and envp where the kernel puts them", PURE, () => {
  const s = new Program();
  s.compute("argc", "load", slot("stack"), 0);
  s.compute("second", "load", slot("stack"), 16);
  s.compute("variable", "load", slot("stack"), 32);
  s.call("write", [slot("argc"), slot("second"), slot("variable")], "");
  const interpreter = startOf(s, ["one", "two"], ["A=b"]);
  const [argc, second, variable] = interpreter.next()!.args;
  assertEquals(argc, 2n);
  assertEquals([second!, variable!].map((at) => decode(interpreter.memory.cString(at))), [
    "two",
    "A=b",
  ]);
});

Deno.test("a failed call leaves its error in the header and goes on elsewhere", PURE, () => {
  const s = new Program();
  s.call("chdir", ["/x"], "", { result: "result", orElse: "failed" });
  s.call("setsid", [], "");
  s.label("failed");
  s.call("exit_group", [slot("error")], "");
  const interpreter = startOf(s);
  interpreter.next();
  interpreter.finish(-2n);
  assertEquals(interpreter.next()!.args[0], BigInt.asUintN(64, -2n));
});

Deno.test("a process and its fork have memory of their own", PURE, () => {
  const s = new Program();
  s.call("clone", [17, 0, 0, 0, 0], "", { result: "pid" });
  s.call("exit_group", [slot("pid")], "");
  const parent = startOf(s);
  parent.next();
  const child = parent.fork();
  parent.finish(7n);
  child.finish(0n);
  assertEquals([parent.next()!.args[0], child.next()!.args[0]], [7n, 0n]);
});

Deno.test("a program that is entered, or an image that is started, is the end of it", PURE, () => {
  for (const operation of ["enter", "start"] as const) {
    const s = new Program();
    s.steps.push({ do: "compute", operation, args: [operand(0x1000)] });
    assertEquals(startOf(s).next(), undefined);
  }
});

Deno.test("what would die by SIGSEGV is a Fault", PURE, () => {
  const reads = new Program();
  reads.compute("x", "load", 0, 0);
  assertThrows(() => startOf(reads).next(), Fault, "0x0");
  const writes = new Program();
  writes.put(address("constants"), 0, 1);
  assertThrows(() => startOf(writes).next(), Fault);
  const leaves = new Program();
  leaves.compute("x", "set", 5);
  leaves.jump(slot("x"));
  assertThrows(() => startOf(leaves).next(), Fault, "0x5");
});

function startOf(s: Program, argv: string[] = [], envp: string[] = []): Interpreter {
  s.end(0);
  return Interpreter.start(layOut(s.plan("test"), machineOf("x86_64")), {
    argv: argv.map(encode),
    envp: envp.map(encode),
  });
}
