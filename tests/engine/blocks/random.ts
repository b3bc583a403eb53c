/** Random programs of blocks. */
import { Random } from "../random.ts";
import {
  COMPARISONS,
  FIELD_NAMES,
  OPERATORS,
  type RandomPlan,
  type Statement,
  type Subroutine,
  type Test,
  type Tree,
} from "./tree.ts";

const EDGES = [0n, 1n, 2n, 0x7fn, 0x80n, 0xffffn, 0x7fff_ffffn, 0xffff_ffffn, 1n << 63n, ~0n];

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
