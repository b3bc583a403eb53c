/** Programs of blocks, as trees. */

export type Operator = "plus" | "minus" | "times" | "and" | "or" | "shiftedLeft" | "shiftedRight";
export type Field = "byte" | "short" | "int" | "word";

export type Tree =
  | { readonly is: "number"; readonly value: bigint }
  | { readonly is: "variable"; readonly id: number }
  | { readonly is: "field"; readonly field: Field }
  | { readonly is: Operator; readonly of: readonly [Tree, Tree] };

export type Comparison = "is" | "isNot" | "isBelow" | "isAtLeast" | "isLess";

export type Test =
  | { readonly is: Comparison; readonly of: readonly [Tree, Tree] }
  | { readonly is: "all" | "any"; readonly of: readonly Test[] }
  | { readonly is: "not"; readonly of: Test }
  | { readonly is: "known"; readonly value: boolean };

export type Statement =
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

export type Body = readonly Statement[];

export interface Subroutine {
  readonly parameter: number;
  readonly result: number;
  readonly body: Body;
}

/** A program: its statements, and the subroutines that these call. */
export interface RandomPlan {
  readonly body: Body;
  readonly subroutines: readonly Subroutine[];
}

export const OPERATORS = [
  "plus",
  "minus",
  "times",
  "and",
  "or",
  "shiftedLeft",
  "shiftedRight",
] as const;
export const COMPARISONS = ["is", "isNot", "isBelow", "isAtLeast", "isLess"] as const;
export const FIELDS = { byte: [0, 1], short: [2, 2], int: [4, 4], word: [8, 8] } as const;
export const FIELD_NAMES = ["byte", "short", "int", "word"] as const;
/** What `each` goes through. */
export const ARRAY = [3n, 0n, 7n, 1n << 40n];
export const TEXT_BYTES = 200;
