/** Lays a plan out in memory for one machine: its records, constants and variables. */
import { CONSTANTS_HEADER_BYTES, type Machine, OPERATIONS } from "../ffi/machine/machine.ts";
import {
  type ArgumentKind,
  argumentOffset,
  CALL_ARGUMENTS,
  CALL_OFFSETS,
  callHead,
  MOST_TARGET,
  NUMBER,
  OPERATION_ARGUMENTS,
  operationHead,
  PLACE,
  SLOT,
  WHERE_OFFSET,
} from "../ffi/machine/record.ts";
import { type Bytes, encode } from "../ffi/bytes.ts";
import { FailureTable } from "./failure/table.ts";
import { type Operand, UNUSED } from "./operand.ts";
import { inConstants, type Place, within } from "./place.ts";
import { FAIL, type Label, type Mark, type Plan, type Step } from "./plan.ts";
import { type Places, type Symbols, symbolsOf } from "./symbols.ts";
import { withShortJumps } from "./jumps.ts";
import { placed, restFirst, stepBytes } from "./rest.ts";
import { type Layout, Segments } from "./segments.ts";
import { Variables } from "./variables.ts";

type Record = Exclude<Step, Mark>;

/** Longer ones are not looked for again: there are few. */
const MOST_SHARED = 16_384;

/** Lays out a plan. */
export function layOut(plan: Plan, machine: Machine): Layout {
  return new Writer(shortened(plan), machine).write();
}

/** Lays out a plan for printing: with its symbols. */
export function layOutWithSymbols(
  plan: Plan,
  machine: Machine,
): { readonly layout: Layout; readonly symbols: Symbols } {
  const short = shortened(plan);
  const writer = new Writer(short, machine);
  const layout = writer.write();
  return { layout, symbols: symbolsOf(short, writer.places()) };
}

const shortened = (plan: Plan): Plan => ({ ...plan, steps: withShortJumps(plan.steps) });

class Writer {
  readonly #plan: Plan;
  readonly #machine: Machine;
  readonly #segments: Segments;
  readonly #labels = new Map<Label, number>();
  readonly #variables: Variables;
  readonly #arrays: { readonly place: Place; readonly items: readonly Operand[] }[] = [];
  readonly #failures: FailureTable;
  readonly #numbers = new Map<bigint, Place>();
  /** Whether it is the steps that rest whose records are written. */
  #rests = false;
  /** Texts and structs, by what they are. */
  readonly #shared = new Map<string, Place>();

  constructor(plan: Plan, machine: Machine) {
    this.#plan = plan;
    this.#machine = machine;
    this.#segments = new Segments(machine.pageBytes);
    this.#variables = new Variables(plan, this.#segments);
    this.#failures = new FailureTable(plan, (name) => this.#variables.place(name));
  }

  write(): Layout {
    const { records, end } = placed(this.#plan.steps);
    for (const { step, at } of records) if (step.do === "label") this.#labels.set(step.label, at);
    this.#segments.take(end - CONSTANTS_HEADER_BYTES);
    this.#variables.takeMemory();
    // Vectors with a name come first, since earlier steps may put things into them.
    for (const item of records.flatMap(({ step }) => step.do === "label" ? [] : step.args)) {
      if (item.kind !== "vector" || item.name === undefined) continue;
      if (!this.#variables.has(item.name)) this.#variables.set(item.name, this.#vector(item.items));
    }
    for (const { step, at, rests } of restFirst(records)) {
      this.#rests = rests;
      if (step.do !== "label") this.#record(step, at);
    }
    const table = (inVariables: (place: Place) => number) => this.#failures.content(inVariables);
    return this.#segments.finish(table, this.#plan.isPacked);
  }

  /** Places of variables, buffers and arrays, for the symbols: without the slots of the header. */
  places(): Places {
    const placeOf = (place: Place): number => this.#segments.placeOf(place);
    const arrays = new Map(this.#arrays.map(({ place, items }) => [placeOf(place), items]));
    const names = this.#variables.named.map(([name, place]) => [name, placeOf(place)] as const)
      .filter(([, place]) => !arrays.has(place));
    return { names: new Map(names), arrays };
  }

  #record(step: Record, at: number): void {
    const segments = this.#segments;
    const isCall = step.do === "call";
    const most = isCall ? CALL_ARGUMENTS : OPERATION_ARGUMENTS;
    if (step.args.length > most) throw new Error(`Cannot pass more than ${most} arguments`);
    const kinds = step.args.map((arg, i) => this.#argument(arg, at + argumentOffset(isCall, i)));
    if (!isCall) {
      const toSlot = step.do === "test" && typeof step.goto !== "string";
      segments.set16(at, operationHead(OPERATIONS[step.operation], kinds, toSlot));
      if (step.do === "compute") this.#result(at + WHERE_OFFSET, step.result);
      else if (typeof step.goto === "string") this.#target(at + WHERE_OFFSET, step.goto);
      else segments.setSlot(at + WHERE_OFFSET, this.#variables.place(step.goto.name));
      return;
    }
    const [head, bits] = callHead(this.#machine.syscalls[step.syscall], kinds);
    segments.set16(at, head);
    segments.set16(at + CALL_OFFSETS.kinds, bits);
    this.#result(at + CALL_OFFSETS.result, step.result);
    const { onError } = step;
    if (onError === "continue") this.#goOn(at + CALL_OFFSETS.target, at + stepBytes(step));
    else this.#target(at + CALL_OFFSETS.target, onError === "fail" ? FAIL : onError.goto);
    const failure = step.failure ? this.#failures.append(step.failure, step) : inConstants(0);
    segments.setPlaceIndex(at + CALL_OFFSETS.failure, failure);
  }

  /** Stores an argument, and says what it is. */
  #argument(arg: Operand, at: number): ArgumentKind {
    const value = this.#value(arg);
    if (typeof value === "bigint") {
      this.#segments.set16(at, Number(BigInt.asUintN(16, value)));
      return NUMBER;
    }
    const isSlot = arg.kind === "slot" || arg.kind === "number";
    if (isSlot) this.#segments.setSlot(at, value);
    else this.#segments.setPlaceIndex(at, value);
    return isSlot ? SLOT : PLACE;
  }

  #result(at: number, name = UNUSED): void {
    this.#segments.setSlot(at, this.#variables.place(name));
  }

  #target(at: number, label: Label): void {
    this.#goOn(at, this.#label(label).offset);
  }

  #goOn(at: number, record: number): void {
    this.#segments.set16(at, within(record / 2, MOST_TARGET, "steps"));
  }

  #label(label: Label): Place {
    const at = this.#labels.get(label);
    if (at === undefined) throw new Error(`Cannot find label ${label} in the plan`);
    return inConstants(at);
  }

  #value(operand: Operand): bigint | Place {
    switch (operand.kind) {
      case "number":
        return this.#number(operand.value);
      case "text":
        return this.#cString(operand.bytes);
      case "data":
        if (operand.late && this.#plan.isPacked) return this.#failures.appendData(operand.bytes);
        return operand.written
          ? this.#segments.appendVariable(operand.bytes)
          : this.#once(operand.bytes, (bytes) => this.#append(bytes, 8), "data");
      case "slot":
        return this.#variables.place(operand.name);
      case "address": {
        const { part, offset } = this.#variables.place(operand.name);
        return { part, offset: offset + operand.offset };
      }
      case "vector":
        return operand.name === undefined
          ? this.#vector(operand.items)
          : this.#variables.place(operand.name);
      case "label":
        return this.#label(operand.label);
      case "failure":
        return this.#failures.append(operand.failure, operand.call);
    }
  }

  /** A number, or the slot that has it if its 64 bits are not those of 16 with a sign. */
  #number(value: bigint): bigint | Place {
    const number = BigInt.asIntN(64, value);
    if (number === BigInt.asIntN(16, number)) return number;
    let place = this.#numbers.get(number);
    if (!place) this.#numbers.set(number, place = this.#segments.appendNumber(number));
    return place;
  }

  /** An array of pointers. Values of slots are stored there when the plan runs. */
  #vector(items: readonly Operand[]): Place {
    const place = this.#segments.takePointers(items.length);
    this.#arrays.push({ place, items });
    items.forEach((item, i) => {
      if (item.kind === "slot") return;
      const value = item.kind === "number" ? item.value : this.#value(item);
      this.#segments.setPointer(place, i, value);
    });
    return place;
  }

  #cString(value: Bytes): Place {
    return this.#once(encode(value), (bytes) => this.#append(bytes, 1, bytes.length + 1));
  }

  #append(bytes: Uint8Array, align: number, length?: number): Place {
    return this.#rests
      ? this.#segments.appendAtRest(bytes, align, length)
      : this.#segments.append(bytes, align, length);
  }

  /** What is only read, and the same, is there once. */
  #once(bytes: Uint8Array, append: (bytes: Uint8Array) => Place, kind = "text"): Place {
    const key = kind + String.fromCharCode(...bytes.subarray(0, MOST_SHARED));
    const known = bytes.length > MOST_SHARED ? undefined : this.#shared.get(key);
    const place = known ?? append(bytes);
    this.#shared.set(key, place);
    return place;
  }
}
