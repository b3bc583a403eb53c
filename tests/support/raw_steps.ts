/** Steps as the machine gets them, for tests: labels, jumps and named slots. */
import type { Syscall } from "../../ffi/abi/syscall.ts";
import type { Operation } from "../../ffi/machine/machine.ts";
import { Builder } from "../../engine/builder.ts";
import type { CallWords } from "../../engine/builder/calls.ts";
import {
  address,
  type Operand,
  operand,
  type Short,
  type Slot,
  slot,
} from "../../engine/operand.ts";
import type { Failure } from "../../engine/failure.ts";
import type { Label, Test } from "../../engine/plan.ts";
import type { Value, Variable } from "../../engine/value.ts";

/** What a call may say of itself beside its arguments. */
export interface CallOptions {
  /** The slot that takes the result. */
  readonly result?: string;
  /** What to say if it fails, which is then the end. Without it a failure goes on with the next step. */
  readonly failure?: Failure;
  /** Where to go on if it fails; `failure` is then what the failure steps would say. */
  readonly orElse?: Label;
  readonly when?: string;
}

/** Collects the steps of a plan. */
export class RawSteps extends Builder {
  readonly #routines = new Set<string>();

  override unique(name: string): Label {
    return super.unique(name);
  }

  /** A system call. `note` says in plain words what it is for. */
  override call(
    syscall: Syscall,
    args: readonly Value[],
    note: string,
    options: CallOptions | CallWords = {},
  ): Variable {
    if ("fails" in options) return super.call(syscall, args, note, options);
    this.#callBySlots(syscall, args as readonly Short[], note, options);
    return undefined as never;
  }

  #callBySlots(
    syscall: Syscall,
    args: readonly Short[],
    note: string,
    options: CallOptions,
  ): void {
    const { result, failure, orElse, when } = options;
    this.steps.push({
      do: "call",
      syscall,
      args: args.map(operand),
      onError: orElse !== undefined ? { goto: orElse } : failure ? "fail" : "continue",
      note,
      process: this.process,
      ...(result === undefined ? {} : { result }),
      ...(failure === undefined ? {} : { failure }),
      ...(when === undefined ? {} : { when }),
    });
  }

  /** A computation; `result` is the slot that takes it. */
  compute(result: string, operation: Operation, ...args: readonly Short[]): void {
    this.steps.push({ do: "compute", operation, args: args.map(operand), result });
  }

  /** Stores 8 bytes at an address plus an offset. */
  put(at: Short, offset: Short, value: Short): void {
    this.steps.push({ do: "compute", operation: "put", args: [at, offset, value].map(operand) });
  }

  /** Goes to a label if the test holds, to the next step otherwise. */
  test(operation: Test["operation"], args: readonly Short[], goto: Label | Slot): void {
    this.steps.push({ do: "test", operation, args: args.map(operand), goto });
  }

  jump(goto: Label | Slot): void {
    this.test("ifAlways", [], goto);
  }

  override label(label: Label): void {
    super.label(label);
  }

  /**
   * Steps that are written once and gone through wherever this is said. They work on slots, and
   * end in going on behind where they were called; what they call must have another name.
   */
  routine(name: string, body: () => void): void {
    const [start, back] = [`routine ${name}`, this.unique("back")];
    const returns = slot(`${name} returns to`);
    this.compute(returns.name, "set", { kind: "label", label: back });
    if (this.#routines.has(name)) this.jump(start);
    else {
      this.#routines.add(name);
      this.label(start);
      body();
      this.jump(returns);
    }
    this.label(back);
  }

  /** Zeroed memory of this many bytes, to be named by {@linkcode address}. */
  buffer(name: string, bytes: number): Operand {
    this.buffers[name] = Math.max(this.buffers[name] ?? 0, bytes);
    return address(name);
  }
}
