// Plans laid out in memory, read back as the interpreter reads them.

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type Arch,
  CONSTANTS_HEADER_BYTES,
  machineOf,
  OPERATIONS,
  PLACES_OFFSET,
} from "../../ffi/machine/machine.ts";
import { frozenPlan } from "../../launch/freeze.ts";
import { encode } from "../../ffi/bytes.ts";
import { Builder } from "../../engine/builder.ts";
import { type Hint, words } from "../../engine/failure.ts";
import { failureSteps } from "../../engine/failure/steps.ts";
import { imageOf } from "../../engine/image.ts";
import { absent } from "../../engine/looks.ts";
import {
  decodeRecord,
  type MachineRecord,
  NUMBER,
  type RecordArgument,
  SLOT,
} from "../../ffi/machine/record.ts";
import { withShortJumps } from "../../engine/jumps.ts";
import { layOut, layOutWithSymbols } from "../../engine/layout.ts";
import { placed, stepBytes } from "../../engine/rest.ts";
import type { Layout } from "../../engine/segments.ts";
import {
  CONSTANTS,
  ERROR,
  FAILURE,
  FAILURES,
  KEPT_END,
  type Operand,
  slot,
  STACK,
  VARIABLES_END,
  vector,
} from "../../engine/operand.ts";
import type { Mark, Plan, Step } from "../../engine/plan.ts";
import { RawSteps } from "../support/raw_steps.ts";
import { SAMPLES } from "../launch/sample_specs.ts";
import { planOf, PURE, specOf } from "../launch/specs.ts";

const ARCHS: readonly Arch[] = ["x86_64", "aarch64"];

/** Every sample for its caller, and for callers of whom nothing is known. */
const plans = (): [string, Plan][] =>
  Object.entries(SAMPLES).flatMap(([name, [asked, starter]]) => [
    [name, planOf(asked, starter)],
    [`${name}, frozen`, frozenPlan(specOf(asked))],
  ]);

/** How operands that are no addresses of something stand in records. */
const KINDS: Partial<Record<Operand["kind"], string>> = { number: "number", slot: "slot" };

/** Reads a layout by places, which count from the constants' start, and fails outside of it. */
class Memory {
  readonly #layout: Layout;
  readonly #constants: DataView;
  readonly #variables: DataView;

  constructor(layout: Layout) {
    this.#layout = layout;
    this.#constants = new DataView(layout.constants.buffer);
    this.#variables = new DataView(layout.variables.buffer);
  }

  u16(place: number): number {
    return this.#constants.getUint16(place, true);
  }

  u32(place: number): number {
    return this.#constants.getUint32(place, true);
  }

  /** A record at an offset. */
  record(at: number): MachineRecord {
    return decodeRecord((offset) => this.#constants.getUint16(at + offset, true));
  }

  /** An entry of the list of places. */
  place(index: number): number {
    const list = this.#constants.getInt32(PLACES_OFFSET, true);
    return this.#constants.getInt32(list + 4 * index, true);
  }

  placeOfSlot(index: number): number {
    return this.#layout.distance + 8 * index;
  }

  /** An argument of a record: a number, or a place. What it is, `kind` says. */
  argument(record: number, i: number): { value: bigint; kind: "number" | "place" | "slot" } {
    const { kind, value }: RecordArgument = this.record(record).args[i]!;
    if (kind === NUMBER) return { value: BigInt.asUintN(64, BigInt(value)), kind: "number" };
    return kind === SLOT
      ? { value: BigInt(this.placeOfSlot(value)), kind: "slot" }
      : { value: BigInt(this.place(value)), kind: "place" };
  }

  /** A word of the constants, or of what the variables begin with. */
  u64(place: number): bigint {
    const { constants, distance } = this.#layout;
    if (place < constants.length) return this.#constants.getBigUint64(place, true);
    return this.#variables.getBigUint64(place - distance, true);
  }

  isVariable(place: number): boolean {
    const { distance, variablesBytes } = this.#layout;
    return place >= distance && place < distance + variablesBytes;
  }

  has(place: number): boolean {
    return place >= 0 && place < this.#layout.constants.length || this.isVariable(place);
  }

  bytes(place: number, length: number): Uint8Array {
    const { constants, variables, distance } = this.#layout;
    if (place < constants.length) return constants.slice(place, place + length);
    return variables.slice(place - distance, place - distance + length);
  }

  /** Where pointers are among the variables. */
  get pointers(): number[] {
    const [count, list] = [this.u32(4), this.u32(8)];
    return Array.from({ length: count }, (_, i) => this.u32(list + 4 * i));
  }
}

/** Checks that what stands in memory is the operand; addresses of names must agree all over the plan. */
function checkOperand(
  memory: Memory,
  operand: Operand,
  value: bigint,
  names: Map<string, number>,
): void {
  const place = Number(BigInt.asIntN(64, value));
  const same = (name: string, place: number): void => {
    // Another variable may begin there.
    if ([KEPT_END, VARIABLES_END].includes(name)) return assert(memory.isVariable(place - 1), name);
    assert([CONSTANTS, FAILURES].includes(name) || memory.isVariable(place), name);
    assertEquals(place, names.get(name) ?? place, name);
    names.set(name, place);
  };
  switch (operand.kind) {
    case "number":
      return assertEquals(value, BigInt.asUintN(64, operand.value));
    case "text":
      return assertEquals(memory.bytes(place, operand.bytes.length + 1), withNul(operand.bytes));
    case "data":
      assertEquals([place % 8, memory.isVariable(place)], [0, operand.written ?? false]);
      return assertEquals(memory.bytes(place, operand.bytes.length), operand.bytes.slice());
    case "slot":
      return same(operand.name, place);
    case "address":
      return same(operand.name, place - operand.offset);
    case "vector":
      if (operand.name !== undefined) same(operand.name, place);
      operand.items.forEach((item, i) => {
        const word = memory.u64(place + 8 * i);
        if (item.kind === "slot") assertEquals(word, 0n, "it is put there later");
        else checkOperand(memory, item, word, names);
      });
      return assertEquals(memory.u64(place + 8 * operand.items.length), 0n);
    case "label":
      return assert(memory.has(place));
    case "failure":
      return assertEquals(memory.u16(place), operand.failure.status);
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
      const layout = layOut(plan, machine);
      const memory = new Memory(layout);
      const names = new Map(
        [STACK, ERROR, FAILURE].map((slot, i) => [slot, layout.distance + 8 * i]),
      );
      const labels = new Map<string, number>();
      const records: [Exclude<Step, Mark>, number][] = [];
      for (const { step, at } of placed(withShortJumps(plan.steps)).records) {
        if (step.do === "label") labels.set(step.label, at);
        else records.push([step, at]);
      }
      for (const [step, at] of records) {
        const code = step.do === "call"
          ? machine.syscalls[step.syscall]
          : OPERATIONS[step.operation];
        const record = memory.record(at);
        const isCall = step.do === "call";
        assertEquals([record.isCall, record.code], [isCall, code], `${name}, record at ${at}`);
        assertEquals([record.args.length, record.bytes], [step.args.length, stepBytes(step)]);
        step.args.forEach((arg, j) => {
          const { value, kind } = memory.argument(at, j);
          const isWide = arg.kind === "number" && kind === "slot";
          if (!isWide) assertEquals(kind, KINDS[arg.kind] ?? "place");
          checkOperand(memory, arg, isWide ? memory.u64(Number(value)) : value, names);
        });
        const result = memory.placeOfSlot(record.result);
        if (step.do !== "test" && step.result !== undefined) {
          checkOperand(memory, slot(step.result), BigInt(result), names);
        } else if (step.do !== "test") assert(memory.isVariable(result));
        const goal = goalOf(step);
        if (goal !== undefined) {
          assertEquals(record.target, goal === "" ? at + record.bytes : labels.get(goal));
        }
        const isComputed = step.do === "test" && typeof step.goto !== "string";
        assertEquals(record.targetSlot !== undefined, isComputed);
        if (step.do !== "call") continue;
        const failure = memory.place(record.failure);
        if (!step.failure) assertEquals(failure, 0);
        else assertEquals(memory.u16(failure), step.failure.status);
      }
      const places = [...names.values()];
      assertEquals(new Set(places).size, places.length, "no two names have one place");
    }
  });

  Deno.test(
    `${arch}: a layout has pointers among its variables only, and all are listed`,
    PURE,
    () => {
      for (const [name, plan] of plans()) {
        const layout = layOut(plan, machine);
        const memory = new Memory(layout);
        const { pointers } = memory;
        assertEquals(new Set(pointers).size, pointers.length);
        for (const at of pointers) {
          const place = Number(memory.u64(layout.distance + at));
          assert(memory.has(place), `${name}: the pointer at ${at} points outside`);
        }
      }
    },
  );

  Deno.test(`${arch}: images are small`, PURE, () => {
    const sizes = plans().map(([, plan]) => imageOf(plan, arch).length);
    assert(Math.max(...sizes) < 80 * 1024, `the largest has ${Math.max(...sizes)} bytes`);
    assert(Math.min(...sizes) < 20 * 1024, `the smallest has ${Math.min(...sizes)} bytes`);
  });
}

Deno.test("both architectures have the same data, but for system call numbers", PURE, () => {
  for (const [name, plan] of plans()) {
    const of = (arch: Arch): Layout => layOut(plan, { ...machineOf(arch), pageBytes: 4096 });
    const [one, two] = [of("x86_64"), of("aarch64")];
    const numbers = new Set<number>();
    for (const { step, at } of placed(withShortJumps(plan.steps)).records) {
      if (step.do === "call") numbers.add(at).add(at + 1);
    }
    const rest = (bytes: Uint8Array) => bytes.filter((_, at) => !numbers.has(at));
    assertEquals(rest(one.constants), rest(two.constants), name);
    assertEquals(one.variables, two.variables, name);
  }
});

Deno.test("a vector with a name is one place, wherever it is named", PURE, () => {
  const s = new RawSteps("test");
  const argv = vector(["a", 0, "c"], "argv");
  s.put(argv, 8, slot("pid"));
  s.call("execve", ["/x", argv, 0], "");
  s.call("execve", ["/y", argv, 0], "");
  const memory = new Memory(layOut(s.plan("test"), machineOf("x86_64")));
  const argument = (record: number, i: number) => memory.argument(record, i).value;
  const put = CONSTANTS_HEADER_BYTES;
  const execve = put + memory.record(put).bytes;
  const second = execve + memory.record(execve).bytes;
  assertEquals([argument(execve, 1), argument(second, 1)], [argument(put, 0), argument(put, 0)]);
});

Deno.test("layOut() refuses seven arguments and labels that are not there", PURE, () => {
  const many = new RawSteps("test");
  many.call("mmap", [1, 2, 3, 4, 5, 6, 7], "");
  assertThrows(() => layOut(many.plan("test"), machineOf("x86_64")), Error, "6 arguments");
  const lost = new RawSteps("test");
  lost.jump("nowhere");
  assertThrows(() => layOut(lost.plan("test"), machineOf("x86_64")), Error, "label nowhere");
});

Deno.test("layOut() refuses more steps than records can go over", PURE, () => {
  const layOutMany = (count: number): Layout => {
    const s = new Builder("main");
    s.if(s.error.is(0), () => {
      for (let i = 0; i < count; i++) s.error.advance();
    });
    s.exit(0, "the end");
    failureSteps(s);
    return layOut(s.plan("test"), machineOf("x86_64"));
  };
  assert(layOutMany(10_000).constants.length > 80_000);
  assertThrows(() => layOutMany(20_000), Error, "Cannot lay out so many steps");
});

Deno.test("what does not fit in 16 KiB is laid out all the same", PURE, () => {
  const s = new RawSteps("test");
  const long = "x".repeat(100_000);
  s.call("chdir", [long], "");
  s.call("chdir", ["short"], "");
  const memory = new Memory(layOut(s.plan("test"), machineOf("x86_64")));
  const second = CONSTANTS_HEADER_BYTES + memory.record(CONSTANTS_HEADER_BYTES).bytes;
  checkOperand(
    memory,
    { kind: "text", bytes: new TextEncoder().encode(long) },
    memory.argument(CONSTANTS_HEADER_BYTES, 0).value,
    new Map(),
  );
  assertEquals(
    memory.bytes(Number(memory.argument(second, 0).value), 6),
    new TextEncoder().encode("short\0"),
  );
});

Deno.test("texts and arrays may be longer than what records can name", PURE, () => {
  const s = new Builder("main");
  const long = "x".repeat(1_000_000);
  const items = Array.from({ length: 200_000 }, () => "y");
  const number = s.variable("number", 1);
  s.call("execve", [long, vector(items), 0], "go", {
    fails: { message: long, status: 1, hints: [{ look: [absent(long)], why: long }] },
  });
  s.exit(number, "end");
  failureSteps(s);
  for (const arch of ARCHS) {
    const plan = s.plan("test");
    const memory = new Memory(layOut(plan, machineOf(arch)));
    const { records } = placed(plan.steps);
    const { at } = records.find(({ step }) => step.do === "call" && step.syscall === "execve")!;
    const [path, list] = [0, 1].map((i) => Number(memory.argument(at, i).value));
    assertEquals(memory.bytes(path!, 1_000_001).indexOf(0), 1_000_000);
    assertEquals(memory.bytes(Number(memory.u64(list! + 8 * 199_999)), 2), withNul(encode("y")));
    assertEquals(memory.u16(memory.place(memory.record(at).failure)), 1);
  }
});

Deno.test("hints that are equal are laid out once, whoever has made them", PURE, () => {
  const hints = () => [{ look: [absent("/a")], why: words`${{ number: slot("n") }} is why` }];
  const imageWith = (first: readonly Hint[], second: readonly Hint[]): Uint8Array => {
    const s = new Builder("main");
    s.variable("n", 0);
    for (const hints of [first, second]) {
      s.call("chdir", ["/"], "go", { fails: { message: "no", status: 1, hints } });
    }
    s.exit(0, "end");
    failureSteps(s);
    return imageOf(s.plan("test"), "x86_64");
  };
  const [one, other] = [hints(), hints()];
  assertEquals(imageWith(one, other), imageWith(one, one));
});

Deno.test("a launch that succeeds touches the first of the variables", PURE, () => {
  const s = new Builder("main");
  const say = (name: string, bytes: number): void => {
    const memory = s.memory(name, bytes);
    s.call("write", [1, memory, s.variable(`${name}'s length`, bytes)], "say it", {
      fails: "ignored",
    });
  };
  say("large", 8192);
  say("small", 64);
  s.exit(0, "the end");
  s.whenFailed(() => {
    say("message", 8);
    s.exit(1, "it failed");
  });
  const { symbols } = layOutWithSymbols(s.plan("test"), machineOf("x86_64"));
  assertEquals(
    [...symbols.names].sort(([a], [b]) => a - b).map(([, name]) => name),
    ["large's length", "small's length", "small", "message's length", "message", "large"],
  );
});
