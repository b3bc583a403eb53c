// Plans laid out in memory, read back as the interpreter reads them.

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type Arch,
  CALL_BYTES,
  HEADER_BYTES,
  machineOf,
  OPERATION_BYTES,
  OPERATIONS,
} from "../../ffi/machine/machine.ts";
import type { Layout } from "../../launch/arena.ts";
import { frozenPlan } from "../../launch/freeze.ts";
import { imageOf } from "../../launch/image.ts";
import { layOut, recordBytes } from "../../launch/layout.ts";
import {
  ERROR,
  FAILURE,
  type Mark,
  type Operand,
  type Plan,
  Sequence,
  slot,
  STACK,
  type Step,
  vector,
} from "../../launch/plan.ts";
import { SAMPLES } from "./sample_specs.ts";
import { planOf, PURE, specOf } from "./specs.ts";

const ARCHS: readonly Arch[] = ["x86_64", "aarch64"];
const BASE = 0x5000_0000n;

/** Every sample for its caller, and for callers of whom nothing is known. */
const plans = (): [string, Plan][] =>
  Object.entries(SAMPLES).flatMap(([name, [asked, caller]]) => [
    [name, planOf(asked, caller)],
    [`${name}, frozen`, frozenPlan(specOf(asked))],
  ]);

/** How operands that are no addresses of something stand in records. */
const KINDS: Partial<Record<Operand["kind"], string>> = { number: "number", slot: "slot" };

/** Reads a layout by addresses, and fails outside of it. */
class Memory {
  readonly #layout: Layout;
  readonly #view: DataView;
  readonly #base: bigint;

  constructor(layout: Layout, base: bigint) {
    this.#layout = layout;
    this.#view = new DataView(layout.bytes.buffer);
    this.#base = base;
  }

  u32(offset: number): number {
    return this.#view.getUint32(offset, true);
  }

  /** The address of the place at an offset, or 0 if there is none. */
  place(offset: number): bigint {
    const place = this.#view.getInt32(offset, true);
    return place === 0 ? 0n : this.#base + BigInt(place);
  }

  /** An argument of a record: a number, or an address. What it is, `kind` says. */
  argument(record: number, i: number): { value: bigint; kind: "number" | "place" | "slot" } {
    const bits = this.u32(record);
    const value = BigInt(this.#view.getInt32(record + 4 + 4 * i, true));
    if ((bits >> 16 & 1 << i) === 0) return { value: BigInt.asUintN(64, value), kind: "number" };
    return { value: this.#base + value, kind: (bits >>> 24 & 1 << i) === 0 ? "place" : "slot" };
  }

  u64(offset: number): bigint {
    return this.#view.getBigUint64(offset, true);
  }

  /** Whether an address is of memory, zeroed or not. */
  has(address: bigint): boolean {
    return address >= this.#base && address < this.#base + BigInt(this.#layout.memoryBytes);
  }

  offset(address: bigint): number {
    assert(this.has(address), `${address.toString(16)} is outside`);
    return Number(address - this.#base);
  }

  bytes(address: bigint, length: number): Uint8Array {
    const at = this.offset(address);
    return this.#layout.bytes.slice(at, at + length);
  }
}

/** Checks that what stands in memory is the operand; addresses of names must agree all over the plan. */
function checkOperand(
  memory: Memory,
  operand: Operand,
  value: bigint,
  names: Map<string, bigint>,
): void {
  const same = (name: string, address: bigint): void => {
    assert(memory.has(address));
    assertEquals(address, names.get(name) ?? address, name);
    names.set(name, address);
  };
  switch (operand.kind) {
    case "number":
      return assertEquals(value, BigInt.asUintN(64, operand.value));
    case "text":
      return assertEquals(memory.bytes(value, operand.bytes.length + 1), withNul(operand.bytes));
    case "data":
      assertEquals(value % 8n, 0n);
      return assertEquals(memory.bytes(value, operand.bytes.length), operand.bytes.slice());
    case "slot":
      return same(operand.name, value);
    case "address":
      return same(operand.name, value - BigInt(operand.offset));
    case "vector": {
      if (operand.name !== undefined) same(operand.name, value);
      const at = memory.offset(value);
      operand.items.forEach((item, i) => checkOperand(memory, item, memory.u64(at + 8 * i), names));
      return assertEquals(memory.u64(at + 8 * operand.items.length), 0n);
    }
    case "label":
      return assert(memory.has(value));
    case "failure":
      return assertEquals(memory.u64(memory.offset(value)), BigInt(operand.failure.status));
  }
}

/** The label that a step may go to: "" for the next step, undefined for none. */
function goalOf(step: Exclude<Step, Mark>): string | undefined {
  if (step.do === "compute") return undefined;
  if (step.do === "test") return typeof step.goto === "string" ? step.goto : undefined;
  if (step.onError === "continue") return "";
  return step.onError === "fail" ? "fail" : step.onError.goto;
}

function withNul(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array(bytes.length + 1);
  whole.set(bytes);
  return whole;
}

for (const arch of ARCHS) {
  const machine = machineOf(arch);

  Deno.test(`${arch}: every step of every sample can be read back from its layout`, PURE, () => {
    for (const [name, plan] of plans()) {
      const memory = new Memory(layOut(plan, machine, BASE), BASE);
      const names = new Map([STACK, ERROR, FAILURE].map((slot, i) => [slot, BASE + BigInt(8 * i)]));
      const labels = new Map<string, bigint>();
      const records: [Exclude<Step, Mark>, number][] = [];
      let end = HEADER_BYTES;
      for (const step of plan.steps) {
        if (step.do === "label") labels.set(step.label, BASE + BigInt(end));
        else records.push([step, end]);
        end += recordBytes(step);
      }
      for (const [step, at] of records) {
        const code = step.do === "call"
          ? machine.syscalls[step.syscall]
          : OPERATIONS[step.operation];
        assertEquals(memory.u32(at) & 0xffff, code, `${name}, record at ${at}`);
        step.args.forEach((arg, j) => {
          const { value, kind } = memory.argument(at, j);
          const isWide = arg.kind === "number" && kind === "slot";
          if (!isWide) assertEquals(kind, KINDS[arg.kind] ?? "place");
          checkOperand(memory, arg, isWide ? memory.u64(memory.offset(value)) : value, names);
        });
        const most = step.do === "call" ? 6 : 3;
        for (let j = step.args.length; j < most; j++) {
          assertEquals(memory.argument(at, j), { value: 0n, kind: "number" });
        }
        const [result, target] = step.do === "call" ? [at + 28, at + 32] : [at + 16, at + 16];
        if (step.do !== "test" && step.result !== undefined) {
          checkOperand(memory, slot(step.result), memory.place(result), names);
        } else assert(memory.has(memory.place(result)), "a result without a name goes somewhere");
        const goal = goalOf(step);
        const following = BASE + BigInt(at + recordBytes(step));
        if (goal !== undefined) {
          assertEquals(memory.place(target), goal === "" ? following : labels.get(goal));
        }
        if (step.do !== "call") {
          const isComputed = step.do === "test" && typeof step.goto !== "string";
          assertEquals(memory.argument(at, 3).kind, isComputed ? "slot" : "place");
          continue;
        }
        const failure = memory.place(at + 36);
        if (!step.failure) assertEquals(failure, 0n);
        else assertEquals(memory.u64(memory.offset(failure)), BigInt(step.failure.status));
      }
      const places = [...names.values()];
      assertEquals(new Set(places).size, places.length, "no two names have one place");
    }
  });

  Deno.test(`${arch}: a layout at another address differs in its pointers only`, PURE, () => {
    const other = 0x7fff_1234_5000n;
    for (const [name, plan] of plans()) {
      const [one, two] = [layOut(plan, machine, BASE), layOut(plan, machine, other)];
      assertEquals([one.bytes.length, one.memoryBytes], [two.bytes.length, two.memoryBytes]);
      const [here, there] = [new Memory(one, BASE), new Memory(two, other)];
      let pointers = 0;
      for (let at = 0; at < one.bytes.length; at += 8) {
        const [a, b] = [here.u64(at), there.u64(at)];
        if (a === b) continue;
        pointers++;
        assertEquals(b - a, other - BASE, `${name} at ${at}`);
        assert(here.has(a), `${name} at ${at} points outside`);
      }
      const end = HEADER_BYTES + plan.steps.reduce((sum, step) => sum + recordBytes(step), 0);
      assertEquals(one.bytes.subarray(0, end), two.bytes.subarray(0, end), "records have none");
      assert(pointers > plan.steps.filter((step) => step.do === "call" && step.failure).length);
    }
  });

  Deno.test(`${arch}: images are small`, PURE, () => {
    const sizes = plans().map(([, plan]) => imageOf(plan, arch).length);
    assert(Math.max(...sizes) < 64 * 1024, `the largest has ${Math.max(...sizes)} bytes`);
    assert(Math.min(...sizes) < 16 * 1024, `the smallest has ${Math.min(...sizes)} bytes`);
  });
}

Deno.test("both architectures have the same data, but for system call numbers", PURE, () => {
  for (const [name, plan] of plans()) {
    const [one, two] = ARCHS.map((arch) => layOut(plan, machineOf(arch), BASE).bytes) as [
      Uint8Array,
      Uint8Array,
    ];
    let end = HEADER_BYTES;
    for (const step of plan.steps) {
      if (step.do === "label") continue;
      assertEquals(
        one.subarray(end + 2, end + recordBytes(step)),
        two.subarray(end + 2, end + recordBytes(step)),
      );
      end += recordBytes(step);
    }
    assertEquals(one.subarray(end), two.subarray(end), name);
  }
});

Deno.test("a vector with a name is one place, wherever it is named", PURE, () => {
  const s = new Sequence("test");
  const argv = vector(["a", 0, "c"], "argv");
  s.put(argv, 8, slot("pid"));
  s.call("execve", ["/x", argv, 0], "");
  s.call("execve", ["/y", argv, 0], "");
  const memory = new Memory(layOut(s.plan("test"), machineOf("x86_64"), BASE), BASE);
  const argument = (record: number, i: number) => memory.argument(HEADER_BYTES + record, i).value;
  const [execve, second] = [OPERATION_BYTES, OPERATION_BYTES + CALL_BYTES];
  assertEquals([argument(execve, 1), argument(second, 1)], [argument(0, 0), argument(0, 0)]);
});

Deno.test("layOut() refuses seven arguments and labels that are not there", PURE, () => {
  const many = new Sequence("test");
  many.call("mmap", [1, 2, 3, 4, 5, 6, 7], "");
  assertThrows(() => layOut(many.plan("test"), machineOf("x86_64"), BASE), Error, "6 arguments");
  const lost = new Sequence("test");
  lost.jump("nowhere");
  assertThrows(() => layOut(lost.plan("test"), machineOf("x86_64"), BASE), Error, "label nowhere");
});

Deno.test("what does not fit in 16 KiB is laid out all the same", PURE, () => {
  const s = new Sequence("test");
  const long = "x".repeat(100_000);
  s.call("chdir", [long], "");
  s.call("chdir", ["short"], "");
  const memory = new Memory(layOut(s.plan("test"), machineOf("x86_64"), BASE), BASE);
  checkOperand(
    memory,
    { kind: "text", bytes: new TextEncoder().encode(long) },
    memory.argument(HEADER_BYTES, 0).value,
    new Map(),
  );
  assertEquals(
    memory.bytes(memory.argument(HEADER_BYTES + CALL_BYTES, 0).value, 6),
    new TextEncoder().encode("short\0"),
  );
});
