/** Statements: variables and memory, what is computed and stored, and jumps, as steps one after the other. */
import type { Condition, When } from "../condition.ts";
import { type Operand, operand, type Slot, slot } from "../operand.ts";
import type { Label, Step } from "../plan.ts";
import { Expression, Place, type Setter, type Value, Variable } from "../value.ts";
import { Names } from "./names.ts";
import { type Block, Scope } from "./scope.ts";

/** Where in memory a value goes. */
export interface StoreWords {
  readonly offset?: Value;
  /** Default: 8. */
  readonly bytes?: 1 | 2 | 4 | 8;
}

const STORES = { 1: "put8", 2: "put16", 4: "put32", 8: "put" } as const;

/** Writes statements. */
export class Statements implements Setter {
  readonly steps: Step[] = [];
  readonly buffers: Record<string, number> = {};
  /** Variables that are 0 at the start, as all memory is. */
  readonly zeroed: string[] = [];
  protected readonly names: Names = new Names();
  protected readonly scope: Scope = new Scope();
  /** Whether what comes next can be reached. */
  protected isReached = true;
  #temporaries = 0;
  readonly #scratch = new Map<string, Place>();

  /**
   * A variable of this block. Without a value it must be set before it is used.
   *
   * @param shown How prints show it. Default: `<name>`.
   */
  variable(name: string, value?: Value, shown?: string): Variable {
    const block = this.scope.innermost;
    const variable = this.declare(name, block, shown);
    // What is outside of all blocks runs once: nothing has set it before.
    if (value === 0 && block === this.scope.root) this.zeroed.push(variable.name);
    else if (value !== undefined) variable.set(value);
    return variable;
  }

  /** A variable that is set, and used, only where a condition holds. */
  variableIf(condition: When, name: string): Variable {
    const variable = this.variable(name);
    if (typeof condition !== "boolean") variable.set(0);
    return variable;
  }

  protected declare(name: string, block: Block, shown?: string): Variable {
    return new Variable(this.names.unique(name), this, block, shown);
  }

  /** Zeroed memory of this many bytes. */
  memory(name: string, bytes: number): Place {
    const unique = this.names.unique(name);
    this.buffers[unique] = bytes;
    return new Place(unique, bytes);
  }

  /** Memory that all who ask for it by its name have by turns: what one puts there is used at once. */
  scratch(name: string, bytes: number): Place {
    let place = this.#scratch.get(name);
    if (!place) this.#scratch.set(name, place = this.memory(name, bytes));
    return place;
  }

  /** Sets a variable. */
  set(variable: Variable, value: Value): void {
    this.scope.check(variable);
    this.statement(() => {
      const [operation, args] = value instanceof Expression
        ? [value.operation, value.args] as const
        : ["set", [value]] as const;
      this.push({
        do: "compute",
        operation,
        args: args.map((arg) => this.operandOf(arg)),
        result: variable.name,
      });
    });
  }

  /** Puts a value in 1, 2, 4 or 8 bytes at an address. */
  store(at: Value, value: Value, { offset = 0, bytes = 8 }: StoreWords = {}): void {
    // Refuses a place outside of its memory.
    if (at instanceof Place && typeof offset === "number") at.at(offset).at(bytes);
    this.statement(() =>
      this.push({
        do: "compute",
        operation: STORES[bytes],
        args: [at, offset, value].map((arg) => this.operandOf(arg)),
      })
    );
  }

  /** Runs what makes one statement: temporaries are free again behind it. */
  protected statement(body: () => void): void {
    const before = this.#temporaries;
    body();
    this.#temporaries = before;
  }

  protected push(step: Step): void {
    if (!this.isReached && step.do !== "label") {
      throw new Error(`Cannot be reached: ${"note" in step ? step.note : step.do}`);
    }
    this.steps.push(step);
  }

  /** The operand that a value is: an expression is worked out here. */
  protected operandOf(value: Value): Operand {
    if (value instanceof Expression) {
      const args = value.args.map((arg) => this.operandOf(arg));
      if (value.operation === "set") return args[0]!;
      const result = `temporary ${this.#temporaries++}`;
      this.push({ do: "compute", operation: value.operation, args, result });
      return slot(result);
    }
    if (value instanceof Variable) this.scope.check(value);
    return operand(value as Operand);
  }

  /** Sets a slot, whosever it is: nothing asks whether its block is open. */
  protected assign(name: string, value: Value): void {
    this.statement(() =>
      this.push({ do: "compute", operation: "set", args: [this.operandOf(value)], result: name })
    );
  }

  /** A label that no other step has. */
  protected unique(name: string): Label {
    return this.names.label(name);
  }

  protected label(label: Label): void {
    this.steps.push({ do: "label", label });
    this.isReached = true;
  }

  /** The address of the record that comes next. Nothing jumps there. */
  here(): Value {
    const label = this.unique("here");
    this.label(label);
    return { kind: "label", label };
  }

  /** Goes on at a label, or at the address that a slot has. */
  protected goTo(goto: Label | Slot): void {
    this.push({ do: "test", operation: "ifAlways", args: [], goto });
    this.isReached = false;
  }

  protected goIf({ form }: Condition, goto: Label): void {
    if (form.form === "comparison") {
      this.statement(() => {
        const args = form.args.map((arg) => this.operandOf(arg));
        this.push({ do: "test", operation: form.test, args, goto });
      });
    } else if (form.form === "any") {
      for (const part of form.parts) this.goIf(part, goto);
    } else {
      const no = this.unique("not all");
      form.parts.forEach((part, i) =>
        i < form.parts.length - 1 ? this.goUnless(part, no) : this.goIf(part, goto)
      );
      this.label(no);
    }
  }

  protected goUnless(condition: Condition, goto: Label): void {
    this.goIf(condition.not(), goto);
  }
}
