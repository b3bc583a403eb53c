/** Evaluates programs of blocks. */
import {
  ARRAY,
  type Body,
  type Comparison,
  type Field,
  FIELD_NAMES,
  FIELDS,
  type Operator,
  type RandomPlan,
  type Statement,
  type Test,
  TEXT_BYTES,
  type Tree,
} from "./tree.ts";

class Full extends Error {}

class Jump extends Error {
  readonly to: "leave" | "next";
  readonly exit: number;

  constructor(to: "leave" | "next", exit: number) {
    super();
    this.to = to;
    this.exit = exit;
  }
}

const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);
const signed = (value: bigint): bigint => BigInt.asIntN(64, value);

const OPERATE: Readonly<Record<Operator, (a: bigint, b: bigint) => bigint>> = {
  plus: (a, b) => a + b,
  minus: (a, b) => a - b,
  times: (a, b) => a * b,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  shiftedLeft: (a, b) => a << (b & 63n),
  shiftedRight: (a, b) => a >> (b & 63n),
};

const COMPARE: Readonly<Record<Comparison, (a: bigint, b: bigint) => boolean>> = {
  is: (a, b) => a === b,
  isNot: (a, b) => a !== b,
  isBelow: (a, b) => a < b,
  isAtLeast: (a, b) => a >= b,
  isLess: (a, b) => signed(a) < signed(b),
};

class Evaluator {
  readonly #plan: RandomPlan;
  readonly #variables = new Map<number, bigint>();
  readonly #fields = new Map<Field, bigint>(FIELD_NAMES.map((name) => [name, 0n]));
  readonly told: bigint[] = [];
  text = "";

  constructor(plan: RandomPlan) {
    this.#plan = plan;
  }

  run(body: Body = this.#plan.body): void {
    for (const statement of body) this.#statement(statement);
  }

  #value(tree: Tree): bigint {
    if (tree.is === "number") return tree.value;
    if (tree.is === "variable") return this.#variables.get(tree.id)!;
    if (tree.is === "field") return this.#fields.get(tree.field)!;
    const [a, b] = tree.of;
    return wrap(OPERATE[tree.is](this.#value(a), this.#value(b)));
  }

  #holds(test: Test): boolean {
    switch (test.is) {
      case "known":
        return test.value;
      case "not":
        return !this.#holds(test.of);
      case "all":
        return test.of.every((part) => this.#holds(part));
      case "any":
        return test.of.some((part) => this.#holds(part));
      default:
        return COMPARE[test.is](this.#value(test.of[0]), this.#value(test.of[1]));
    }
  }

  /** Runs a body. Whether it goes on: false if the block of this number is left. */
  #round(exit: number, body: Body): boolean {
    try {
      this.run(body);
    } catch (error) {
      if (!(error instanceof Jump) || error.exit !== exit) throw error;
      return error.to === "next";
    }
    return true;
  }

  #statement(statement: Statement): void {
    switch (statement.do) {
      case "declare":
      case "set":
        this.#variables.set(statement.id, this.#value(statement.to));
        return;
      case "store": {
        const bits = 8 * FIELDS[statement.field][1];
        this.#fields.set(statement.field, BigInt.asUintN(bits, this.#value(statement.to)));
        return;
      }
      case "tell":
        this.told.push(this.#value(statement.value));
        return;
      case "append": {
        const { part } = statement;
        const added = typeof part === "string" ? part : String(this.#value(part));
        if (this.text.length + added.length > TEXT_BYTES) {
          this.told.push(wrap(-1n));
          throw new Full();
        }
        this.text += added;
        return;
      }
      case "if":
        return this.run(this.#holds(statement.test) ? statement.then : statement.otherwise ?? []);
      case "block":
        this.#round(statement.exit, statement.body);
        return;
      case "while":
      case "loop": {
        const { counter, rounds, exit, body } = statement;
        for (let count = 1; count <= rounds; count++) {
          this.#variables.set(counter, BigInt(count));
          if (!this.#round(exit, body)) return;
        }
        return;
      }
      case "each":
        for (const element of ARRAY) {
          this.#variables.set(statement.element, element);
          if (!this.#round(statement.exit, statement.body)) return;
        }
        return;
      case "switch": {
        const value = this.#variables.get(statement.on);
        const found = statement.cases.find(([wanted]) => wanted === value);
        return this.run(found ? found[1] : statement.otherwise);
      }
      case "leave":
      case "next":
        throw new Jump(statement.do, statement.exit);
      case "call": {
        const { parameter, result, body } = this.#plan.subroutines[statement.name]!;
        this.#variables.set(parameter, this.#value(statement.given));
        this.run(body);
        this.#variables.set(statement.result, this.#variables.get(result)!);
      }
    }
  }
}

/** What it tells: numbers, and a text behind them unless that was full. */
export function evaluate(plan: RandomPlan): { told: readonly bigint[]; text: string } {
  const evaluator = new Evaluator(plan);
  try {
    evaluator.run();
    return { told: evaluator.told, text: evaluator.text };
  } catch (error) {
    if (!(error instanceof Full)) throw error;
    return { told: evaluator.told, text: "" };
  }
}
