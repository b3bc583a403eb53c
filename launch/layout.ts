/** Lays a plan out in memory: header, records, and what they point to, for one machine at one address. */
import type { Machine } from "../ffi/machine/machine.ts";
import {
  CALL_ARGUMENTS,
  CALL_BYTES,
  HEADER_BYTES,
  OPERATION_ARGUMENTS,
  OPERATION_BYTES,
  OPERATIONS,
} from "../ffi/machine/machine.ts";
import { Arena, inBytes, type Layout, type Place } from "./arena.ts";
import { type Bytes, encode } from "../ffi/bytes.ts";
import { FAIL, LOOK_TESTS } from "./failure.ts";
import { entriesOf } from "./report.ts";
import type {
  Call,
  Compute,
  Failure,
  Hint,
  Label,
  Look,
  Mark,
  Operand,
  Plan,
  Step,
  Test,
} from "./plan.ts";
import { ERROR, FAILURE, STACK } from "./plan.ts";
import { stepText } from "./print.ts";

type Record = Exclude<Step, Mark>;

/** The bytes of a step's record. */
export function recordBytes(step: Step): number {
  if (step.do === "label") return 0;
  return step.do === "call" ? CALL_BYTES : OPERATION_BYTES;
}

/**
 * Lays out a plan.
 *
 * @param base The address at which the data will stand: 16-byte aligned.
 */
export function layOut(plan: Plan, machine: Machine, base: bigint): Layout {
  return new Writer(plan, machine, base).write();
}

class Writer {
  readonly #plan: Plan;
  readonly #machine: Machine;
  readonly #arena: Arena;
  readonly #labels = new Map<Label, number>();
  /** Where slots, buffers, and vectors with a name are. */
  readonly #names = new Map<string, Place>([
    [STACK, inBytes(0)],
    [ERROR, inBytes(8)],
    [FAILURE, inBytes(16)],
    ["unused", inBytes(24)],
  ]);

  /** How many failures have been written: their numbers, in the order of failuresOf() in report.ts. */
  #failures = 0;
  /** Lists of hints and of looks. */
  readonly #lists = new Map<string, Place>();
  readonly #paths = new Map<string, Place>();
  readonly #numbers = new Map<bigint, Place>();
  readonly #texts = new Map<string, { readonly place: Place; readonly length: bigint }>();

  constructor(plan: Plan, machine: Machine, base: bigint) {
    this.#plan = plan;
    this.#machine = machine;
    this.#arena = new Arena(base);
  }

  write(): Layout {
    const { steps, buffers } = this.#plan;
    let end = HEADER_BYTES;
    for (const step of steps) {
      if (step.do === "label") this.#labels.set(step.label, end);
      end += recordBytes(step);
    }
    this.#arena.take(end);
    for (const [name, bytes] of Object.entries(buffers)) {
      this.#names.set(name, this.#arena.takeZeroed(bytes));
    }
    const records = steps.filter((step): step is Record => step.do !== "label");
    // Vectors with a name come first, since earlier steps may put things into them.
    for (const item of records.flatMap((step) => step.args)) {
      if (item.kind !== "vector" || item.name === undefined || this.#names.has(item.name)) continue;
      this.#names.set(item.name, this.#vector(item.items));
    }
    let at = HEADER_BYTES;
    for (const step of records) {
      this.#record(step, at);
      at += recordBytes(step);
    }
    return this.#arena.finish();
  }

  #record(step: Record, at: number): void {
    const arena = this.#arena;
    const isCall = step.do === "call";
    const most = isCall ? CALL_ARGUMENTS : OPERATION_ARGUMENTS;
    if (step.args.length > most) throw new Error(`Cannot pass more than ${most} arguments`);
    const code = isCall ? this.#machine.syscalls[step.syscall] : OPERATIONS[step.operation];
    let [places, slots] = [0, 0];
    step.args.forEach((arg, i) => {
      const value = this.#value(arg);
      if (typeof value === "bigint") return arena.set32(at + 4 + 4 * i, Number(value));
      arena.setPlace(at + 4 + 4 * i, value);
      places |= 1 << i;
      if (arg.kind === "slot" || arg.kind === "number") slots |= 1 << i;
    });
    if (isCall) {
      arena.setPlace(at + 28, this.#place(step.result ?? "unused"));
      arena.setPlace(at + 32, this.#target(step, at + CALL_BYTES));
      if (step.failure) arena.setPlace(at + 36, this.#failure(step.failure, stepText(step)));
    } else {
      arena.setPlace(at + 16, this.#where(step));
      places |= 8;
      if (step.do === "test" && typeof step.goto !== "string") slots |= 8;
    }
    arena.set32(at, code | places << 16 | slots << 24);
  }

  #where(step: Compute | Test): Place {
    if (step.do === "compute") return this.#place(step.result ?? "unused");
    return typeof step.goto === "string" ? this.#label(step.goto) : this.#place(step.goto.name);
  }

  #target(step: Call, following: number): Place {
    if (step.onError === "continue") return inBytes(following);
    return this.#label(step.onError === "fail" ? FAIL : step.onError.goto);
  }

  #label(label: Label): Place {
    const at = this.#labels.get(label);
    if (at === undefined) throw new Error(`Cannot find label ${label} in the plan`);
    return inBytes(at);
  }

  /** The place of a slot, buffer or vector. A slot begins with its first mention. */
  #place(name: string): Place {
    const known = this.#names.get(name);
    if (known) return known;
    // Among the bytes: a place that is known now takes less time than one to be filled in.
    const place = inBytes(this.#arena.take(8));
    this.#names.set(name, place);
    return place;
  }

  #value(operand: Operand): bigint | Place {
    switch (operand.kind) {
      case "number":
        return this.#number(operand.value);
      case "text":
        return this.#cString(operand.bytes);
      case "data":
        return inBytes(this.#arena.append(operand.bytes, 8));
      case "slot":
        return this.#place(operand.name);
      case "address": {
        const { zeroed, offset } = this.#place(operand.name);
        return { zeroed, offset: offset + operand.offset };
      }
      case "vector":
        return operand.name === undefined ? this.#vector(operand.items) : this.#place(operand.name);
      case "label":
        return this.#label(operand.label);
      case "failure":
        return this.#failure(operand.failure, undefined);
    }
  }

  /** A number, or the slot that has it if its 64 bits are not those of 32 with a sign. */
  #number(value: bigint): bigint | Place {
    const low = BigInt.asIntN(32, value);
    if (low === BigInt.asIntN(64, value)) return low;
    const known = this.#numbers.get(value);
    if (known) return known;
    const at = this.#arena.take(8);
    this.#arena.set64(at, value);
    this.#numbers.set(value, inBytes(at));
    return inBytes(at);
  }

  #vector(items: readonly Operand[]): Place {
    const at = this.#arena.take(8 * (items.length + 1));
    items.forEach((item, i) => {
      this.#arena.set64(at + 8 * i, item.kind === "number" ? item.value : this.#value(item));
    });
    return inBytes(at);
  }

  #cString(value: Bytes): Place {
    return inBytes(this.#arena.appendString(encode(value)));
  }

  /** The path of a look: many look at the same file. */
  #path(path: string): Place {
    const place = this.#paths.get(path) ?? this.#cString(path);
    this.#paths.set(path, place);
    return place;
  }

  /** Sets an address and a length. Most hints are many steps' hints: each text stands there once. */
  #text(at: number, value: string): void {
    let text = this.#texts.get(value);
    if (!text) {
      const bytes = encode(value);
      text = { place: inBytes(this.#arena.append(bytes, 1)), length: BigInt(bytes.length) };
      this.#texts.set(value, text);
    }
    this.#arena.set64(at, text.place);
    this.#arena.set64(at + 8, text.length);
  }

  // What the failure steps read: failure.ts draws it.

  #failure({ message, status, hints }: Failure, step: string | undefined): Place {
    const at = this.#arena.take(56);
    this.#arena.set64(at + 48, BigInt(this.#failures++));
    this.#arena.set64(at, BigInt(status));
    this.#text(at + 8, `${this.#plan.name}: ${message}: `);
    this.#text(at + 24, step === undefined ? "" : `\n  step: ${step} = `);
    this.#arena.set64(at + 40, this.#hints(hints));
    return inBytes(at);
  }

  /** Many steps have the same hints: they stand there once. */
  #hints(hints: readonly Hint[]): Place {
    const key = JSON.stringify(hints);
    const known = this.#lists.get(key);
    if (known) return known;
    const entries = entriesOf(hints);
    const list = this.#arena.take(32 * entries.length + 8);
    this.#lists.set(key, inBytes(list));
    entries.forEach(({ errno, hint: { look, why, remedy } }, i) => {
      const entry = list + 32 * i;
      this.#arena.set64(entry, BigInt(errno ?? 0) + 1n);
      this.#arena.set64(entry + 8, this.#looks(look ?? []));
      this.#text(
        entry + 16,
        `\n  why:  ${why}${remedy === undefined ? "" : `\n  try:  ${remedy}`}`,
      );
    });
    return inBytes(list);
  }

  #looks(looks: readonly Look[]): Place {
    const key = JSON.stringify(looks);
    const known = this.#lists.get(key);
    if (known) return known;
    const list = this.#arena.take(32 * looks.length + 8);
    this.#lists.set(key, inBytes(list));
    looks.forEach((look, i) => {
      const at = list + 32 * i;
      if (look.test === "filtered") {
        this.#arena.set64(at, 1n);
        this.#arena.set64(at + 8, BigInt(LOOK_TESTS[look.syscall]));
        // No namespace has this bit, and so the kernel refuses all with EINVAL.
        this.#arena.set64(at + 16, BigInt((look.flags ?? 0) | 1));
        return;
      }
      this.#arena.set64(at, this.#path(look.path));
      this.#arena.set64(at + 8, BigInt(LOOK_TESTS[look.test]));
      this.#text(at + 16, look.text ?? "");
    });
    return inBytes(list);
  }
}
