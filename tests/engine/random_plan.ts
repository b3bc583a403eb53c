/**
 * Random programs of blocks, as trees: written as a plan, and evaluated at once. Both must tell the
 * same.
 */
import { all, any, not, type When } from "../../engine/condition.ts";
import { layout, type Struct, struct } from "../../engine/struct.ts";
import { Text } from "../../engine/text.ts";
import { constant, Term, type Value, type Variable } from "../../engine/value.ts";
import { Random } from "./random.ts";
import { Trial } from "./trial.ts";

type Operator = "plus" | "minus" | "times" | "and" | "or" | "shiftedLeft" | "shiftedRight";
type Field = "byte" | "short" | "int" | "word";

type Tree =
  | { readonly is: "number"; readonly value: bigint }
  | { readonly is: "variable"; readonly id: number }
  | { readonly is: "field"; readonly field: Field }
  | { readonly is: Operator; readonly of: readonly [Tree, Tree] };

type Comparison = "is" | "isNot" | "isBelow" | "isAtLeast" | "isLess";

type Test =
  | { readonly is: Comparison; readonly of: readonly [Tree, Tree] }
  | { readonly is: "all" | "any"; readonly of: readonly Test[] }
  | { readonly is: "not"; readonly of: Test }
  | { readonly is: "known"; readonly value: boolean };

type Statement =
  | { readonly do: "declare" | "set"; readonly id: number; readonly to: Tree }
  | { readonly do: "store"; readonly field: Field; readonly to: Tree }
  | { readonly do: "tell"; readonly value: Tree }
  | { readonly do: "append"; readonly part: string | Tree }
  | { readonly do: "if"; readonly test: Test; readonly then: Body; readonly otherwise?: Body }
  | { readonly do: "block"; readonly exit: number; readonly body: Body }
  | {
    readonly do: "while" | "loop";
    readonly exit: number;
    readonly counter: number;
    readonly rounds: number;
    readonly body: Body;
  }
  | { readonly do: "each"; readonly exit: number; readonly element: number; readonly body: Body }
  | {
    readonly do: "switch";
    readonly on: number;
    readonly cases: readonly (readonly [bigint, Body])[];
    readonly otherwise: Body;
  }
  | { readonly do: "leave" | "next"; readonly exit: number }
  | { readonly do: "call"; readonly name: number; readonly given: Tree; readonly result: number };

type Body = readonly Statement[];

interface Subroutine {
  readonly parameter: number;
  readonly result: number;
  readonly body: Body;
}

/** A program: its statements, and the subroutines that these call. */
export interface RandomPlan {
  readonly body: Body;
  readonly subroutines: readonly Subroutine[];
}

const EDGES = [0n, 1n, 2n, 0x7fn, 0x80n, 0xffffn, 0x7fff_ffffn, 0xffff_ffffn, 1n << 63n, ~0n];
const OPERATORS = ["plus", "minus", "times", "and", "or", "shiftedLeft", "shiftedRight"] as const;
const COMPARISONS = ["is", "isNot", "isBelow", "isAtLeast", "isLess"] as const;
const FIELDS = { byte: [0, 1], short: [2, 2], int: [4, 4], word: [8, 8] } as const;
const FIELD_NAMES = ["byte", "short", "int", "word"] as const;
/** What `each` goes through. */
const ARRAY = [3n, 0n, 7n, 1n << 40n];
const TEXT_BYTES = 200;

/** The blocks that a statement is in, and the variables that it sees. */
interface Scope {
  readonly variables: number[];
  readonly exits: readonly (readonly [exit: number, isLoop: boolean])[];
  readonly depth: number;
}

class Generator {
  readonly #random: Random;
  readonly subroutines: Subroutine[] = [];
  #ids = 0;

  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  plan(): RandomPlan {
    for (let i = 0; i < 3; i++) {
      const [parameter, result] = [this.#ids++, this.#ids++];
      const scope = { variables: [parameter, result], exits: [], depth: 2 };
      const start: Statement = { do: "set", id: result, to: this.#tree(scope, 1, [parameter]) };
      this.subroutines.push({ parameter, result, body: [start, ...this.#body(scope, 4)] });
    }
    const scope: Scope = { variables: [], exits: [], depth: 0 };
    const declared = Array.from({ length: 4 }, () => this.#declare(scope));
    const body = [...declared, ...this.#body(scope, 14)];
    const told = scope.variables.map((id): Statement => ({ do: "tell", value: variable(id) }));
    return { body: [...body, ...told], subroutines: this.subroutines };
  }

  #tree({ variables }: Scope, depth = 2, known: readonly number[] = variables): Tree {
    const random = this.#random;
    if (depth > 0 && random.below(2) === 0) {
      const part = (): Tree => this.#tree({ variables: [], exits: [], depth }, depth - 1, known);
      return { is: random.one(OPERATORS), of: [part(), part()] };
    }
    if (known.length > 0 && random.below(3) > 0) return variable(random.one(known));
    if (random.below(4) === 0) return { is: "field", field: random.one(FIELD_NAMES) };
    const value = random.one([random.one(EDGES), random.word(), BigInt(random.below(10))]);
    return { is: "number", value: BigInt.asUintN(64, value) };
  }

  #test(scope: Scope, depth = 2): Test {
    const random = this.#random;
    const kind = depth > 0 ? random.below(8) : 7;
    const part = (): Test => this.#test(scope, depth - 1);
    if (kind < 2) return { is: "all", of: [part(), part()] };
    if (kind < 4) return { is: "any", of: [part(), part(), part()] };
    if (kind === 4) return { is: "not", of: part() };
    if (kind === 5) return { is: "known", value: random.below(2) === 0 };
    // Numbers are not compared with numbers: what is known when a plan is made is a boolean.
    const one = variable(random.one(scope.variables));
    return { is: random.one(COMPARISONS), of: [one, this.#tree(scope, 1)] };
  }

  #declare(scope: Scope): Statement {
    const to = this.#tree(scope);
    const id = this.#ids++;
    scope.variables.push(id);
    return { do: "declare", id, to };
  }

  /** Statements of a block, which is left at the end only. */
  #body(scope: Scope, length: number): Statement[] {
    const inner = {
      ...scope,
      variables: scope.depth === 0 ? scope.variables : [...scope.variables],
    };
    return Array.from({ length: 1 + this.#random.below(length) }, () => this.#statement(inner));
  }

  #inner(scope: Scope, exit?: number, isLoop = false): Scope {
    const exits = exit === undefined ? scope.exits : [...scope.exits, [exit, isLoop] as const];
    return { variables: [...scope.variables], exits, depth: scope.depth + 1 };
  }

  #statement(scope: Scope): Statement {
    const random = this.#random;
    const simple: (() => Statement)[] = [
      () => this.#declare(scope),
      () => ({ do: "set", id: random.one(scope.variables), to: this.#tree(scope) }),
      () => ({ do: "store", field: random.one(FIELD_NAMES), to: this.#tree(scope) }),
      () => ({ do: "tell", value: this.#tree(scope) }),
      () => ({ do: "append", part: random.below(2) === 0 ? "ab" : this.#tree(scope, 1) }),
    ];
    if (scope.depth >= 4) return random.one(simple)();
    const exit = this.#ids++;
    const nested: (() => Statement)[] = [
      () => this.#if(scope),
      () => this.#if(scope),
      () => ({ do: "block", exit, body: this.#body(this.#inner(scope, exit), 4) }),
      () => this.#loop(scope, exit, random.one(["while", "loop"])),
      () => {
        const inner = this.#inner(scope, exit, true);
        const element = this.#ids++;
        inner.variables.push(element);
        return { do: "each", exit, element, body: this.#body(inner, 4) };
      },
      () => ({
        do: "switch",
        on: random.one(scope.variables),
        cases: [0n, 1n, random.word()].map((value) =>
          [value, this.#body(this.#inner(scope), 2)] as const
        ),
        otherwise: this.#body(this.#inner(scope), 2),
      }),
      () => {
        const given = this.#tree(scope);
        const result = this.#ids++;
        scope.variables.push(result);
        return { do: "call", name: random.below(this.subroutines.length), given, result };
      },
    ];
    const isCallable = this.subroutines.length > 0;
    return random.one([...simple, ...isCallable ? nested : nested.slice(0, -1)])();
  }

  #if(scope: Scope): Statement {
    const test = this.#test(scope);
    const then = this.#body(this.#inner(scope), 3);
    const [exit, isLoop] = scope.exits.length > 0
      ? this.#random.one(scope.exits)
      : [undefined, false];
    const mayBeKnown = ["known", "not", "all", "any"].includes(test.is);
    // What is known to leave would leave nothing to be reached behind it.
    if (exit !== undefined && !mayBeKnown && this.#random.below(2) === 0) {
      const goes = isLoop && this.#random.below(2) === 0 ? "next" : "leave";
      return { do: "if", test, then: [...then, { do: goes, exit }] };
    }
    if (this.#random.below(2) === 0) return { do: "if", test, then };
    return { do: "if", test, then, otherwise: this.#body(this.#inner(scope), 3) };
  }

  #loop(scope: Scope, exit: number, kind: "while" | "loop"): Statement {
    const counter = this.#ids++;
    const body = this.#body(this.#inner(scope, exit, true), 4);
    return { do: kind, exit, counter, rounds: this.#random.below(5), body };
  }
}

const variable = (id: number): Tree => ({ is: "variable", id });

/** The program of a seed. */
export const randomPlan = (seed: number): RandomPlan => new Generator(seed).plan();

// As a plan

class Writer {
  readonly #s: Trial;
  readonly #plan: RandomPlan;
  readonly #variables = new Map<number, Variable>();
  readonly #exits = new Map<number, { leave(): void; next?(): void }>();
  readonly #fields: Struct<Field>;
  readonly #text: Text;

  constructor(s: Trial, plan: RandomPlan) {
    this.#s = s;
    this.#plan = plan;
    this.#fields = struct(s, "fields", layout(16, FIELDS));
    this.#text = new Text(s, "shown", TEXT_BYTES, () => {
      s.tell(-1);
      s.exit(0, "it is full");
    });
  }

  run(): void {
    this.#write(this.#plan.body);
    this.#s.call("write", [1, this.#text.start, this.#text.length], "the text", {
      fails: "ignored",
    });
  }

  #write(body: Body): void {
    for (const statement of body) this.#statement(statement);
  }

  #value(tree: Tree): Value {
    if (tree.is === "number") return tree.value;
    if (tree.is === "variable") return this.#variables.get(tree.id)!;
    if (tree.is === "field") return this.#fields.get(tree.field);
    const [a, b] = tree.of.map((part) => this.#value(part));
    return this.#term(a!)[tree.is](b!);
  }

  #term(value: Value): Term {
    return value instanceof Term ? value : constant(value as bigint);
  }

  #condition(test: Test): When {
    switch (test.is) {
      case "known":
        return test.value;
      case "not":
        return not(this.#condition(test.of));
      case "all":
        return all(...test.of.map((part) => this.#condition(part)));
      case "any":
        return any(...test.of.map((part) => this.#condition(part)));
      default: {
        const [a, b] = test.of.map((part) => this.#value(part));
        return this.#term(a!)[test.is](b!);
      }
    }
  }

  #statement(statement: Statement): void {
    const s = this.#s;
    const inside = (exit: number, body: Body) => (given: { leave(): void; next?(): void }) => {
      this.#exits.set(exit, given);
      this.#write(body);
    };
    switch (statement.do) {
      case "declare":
        this.#variables.set(statement.id, s.variable("x", this.#value(statement.to)));
        return;
      case "set":
        return this.#variables.get(statement.id)!.set(this.#value(statement.to));
      case "store":
        return this.#fields.set(statement.field, this.#value(statement.to));
      case "tell":
        return s.tell(this.#value(statement.value));
      case "append":
        if (typeof statement.part === "string") this.#text.append(statement.part);
        else this.#text.appendDecimal(this.#value(statement.part));
        return;
      case "if": {
        const { test, then, otherwise } = statement;
        return s.if(
          this.#condition(test),
          () => this.#write(then),
          otherwise ? { otherwise: () => this.#write(otherwise) } : {},
        );
      }
      case "block":
        return s.block(inside(statement.exit, statement.body));
      case "while":
      case "loop": {
        const { exit, counter, rounds, body } = statement;
        const count = s.variable("counter", 0);
        this.#variables.set(counter, count);
        const round = (loop: { leave(): void; next(): void }): void => {
          count.advance();
          inside(exit, body)(loop);
        };
        if (statement.do === "while") return s.while(count.isBelow(rounds), round);
        return s.loop((loop) => {
          s.if(count.isAtLeast(rounds), loop.leave);
          round(loop);
        });
      }
      case "each": {
        const array = s.memory("array", 8 * ARRAY.length);
        ARRAY.forEach((value, i) => s.store(array, value, { offset: 8 * i }));
        return s.each([array, array.at(8 * ARRAY.length), 8], (at, loop) => {
          this.#variables.set(statement.element, s.variable("element", at.word()));
          inside(statement.exit, statement.body)(loop);
        });
      }
      case "switch":
        return s.switch(
          this.#variables.get(statement.on)!,
          statement.cases.map(([value, body]) => [value, () => this.#write(body)]),
          () => this.#write(statement.otherwise),
        );
      case "leave":
        return this.#exits.get(statement.exit)!.leave();
      case "next":
        return this.#exits.get(statement.exit)!.next!();
      case "call":
        this.#variables.set(statement.result, this.#call(statement.name, statement.given));
    }
  }

  #call(name: number, given: Tree): Variable {
    const { parameter, result, body } = this.#plan.subroutines[name]!;
    return this.#s.subroutine(
      `subroutine ${name}`,
      { parameters: ["given"], results: ["found"] },
      ({ given, found }) => {
        this.#variables.set(parameter, given);
        this.#variables.set(result, found);
        this.#write(body);
      },
    )({ given: this.#value(given) }).found;
  }
}

/** Writes it as a plan. */
export function writePlan(s: Trial, plan: RandomPlan): void {
  new Writer(s, plan).run();
}

// At once

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
