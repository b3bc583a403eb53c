/** Conditions: comparisons, and their combinations by and, or, not. */
import type { Test } from "./plan.ts";
import type { Value } from "./value.ts";

/** A condition of a block. A boolean is decided when the plan is made, and needs no test. */
export type When = Condition | boolean;

type Comparison = Exclude<Test["operation"], "ifAlways">;

const OPPOSITE: Readonly<Record<Comparison, Comparison>> = {
  ifEqual: "ifNot",
  ifNot: "ifEqual",
  ifBelow: "ifNotBelow",
  ifNotBelow: "ifBelow",
  ifLess: "ifNotLess",
  ifNotLess: "ifLess",
  ifSame: "ifDiffer",
  ifDiffer: "ifSame",
  ifAnyBit: "ifNoBit",
  ifNoBit: "ifAnyBit",
};

/** The comparison that holds exactly where this one does not. */
export const opposite = (test: Comparison): Comparison => OPPOSITE[test];

/** The tree of a condition. */
export type Form =
  | { readonly form: "comparison"; readonly test: Comparison; readonly args: readonly Value[] }
  | { readonly form: "all" | "any"; readonly parts: readonly Condition[] };

/** A condition that is tested when the plan runs. */
export class Condition {
  readonly form: Form;

  constructor(form: Form) {
    this.form = form;
  }

  static of(test: Comparison, ...args: readonly Value[]): Condition {
    return new Condition({ form: "comparison", test, args });
  }

  static all(...parts: readonly Condition[]): Condition {
    return new Condition({ form: "all", parts });
  }

  static any(...parts: readonly Condition[]): Condition {
    return new Condition({ form: "any", parts });
  }

  /** The opposite. */
  not(): Condition {
    const { form } = this;
    if (form.form === "comparison") {
      return new Condition({ ...form, test: OPPOSITE[form.test] });
    }
    const parts = form.parts.map((part) => part.not());
    return new Condition({ form: form.form === "all" ? "any" : "all", parts });
  }
}

/** What one test finds out of several bits: that none of them is set, or any. */
type BitTest = "ifNoBit" | "ifAnyBit";

/** Conditions with one in the place of those that the same test makes of the same variable's bits. */
function joined(test: BitTest, conditions: readonly Condition[]): Condition[] {
  const left: Condition[] = [];
  for (const condition of conditions) {
    const i = left.findIndex((one) => bitsOf(test, one, condition) !== undefined);
    if (i < 0) left.push(condition);
    else left[i] = bitsOf(test, left[i]!, condition)!;
  }
  return left;
}

/** The test of both's bits, if it is one. */
function bitsOf(test: BitTest, one: Condition, other: Condition): Condition | undefined {
  const [a, b] = [one.form, other.form];
  if (a.form !== "comparison" || b.form !== "comparison") return undefined;
  if (a.test !== test || b.test !== test || a.args[0] !== b.args[0]) return undefined;
  const [bits, more] = [a.args[1], b.args[1]];
  if (typeof bits !== "number" || typeof more !== "number") return undefined;
  return Condition.of(test, a.args[0]!, bits | more);
}

/** Holds if all of these hold. */
export function all(...conditions: readonly When[]): When {
  if (conditions.includes(false)) return false;
  const open = joined("ifNoBit", conditions.filter((one) => one instanceof Condition));
  return open.length === 0 ? true : open.length === 1 ? open[0]! : Condition.all(...open);
}

/** Holds if any of these holds. */
export function any(...conditions: readonly When[]): When {
  if (conditions.includes(true)) return true;
  const open = joined("ifAnyBit", conditions.filter((one) => one instanceof Condition));
  return open.length === 0 ? false : open.length === 1 ? open[0]! : Condition.any(...open);
}

/** The opposite. */
export function not(condition: When): When {
  return condition instanceof Condition ? condition.not() : !condition;
}
