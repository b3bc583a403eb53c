/** The names of a plan: each stands for one thing, a slot, a buffer, or an array. */
import { type Failure, type SlotName, valuesOf, variableOf } from "../failure.ts";
import { GIVEN } from "../operand.ts";
import type { Mark, Plan, Step } from "../plan.ts";
import type { Problems } from "./problems.ts";

/** Finds the names of all slots. */
export function slotsOf({ steps, buffers }: Plan, problems: Problems): readonly string[] {
  const kinds = new Map<string, string>(Object.keys(buffers).map((name) => [name, "buffer"]));
  const check = (name: string, kind: string, at: number): void => {
    const known = kinds.get(name) ?? kind;
    if (known !== kind) problems.at(at, `"${name}" is a ${known} and a ${kind}`);
    // Reported once.
    kinds.set(name, kind);
  };
  for (const name of GIVEN) {
    if (kinds.has(name)) problems.add(`"${name}" is a slot and a buffer`);
    kinds.set(name, "slot");
  }
  steps.forEach((step, i) => {
    if (step.do === "label") return;
    for (const arg of step.args) {
      if (arg.kind === "slot") check(arg.name, "slot", i);
      else if (arg.kind === "vector" && arg.name !== undefined) check(arg.name, "array", i);
    }
    for (const { name } of saidBy(step)) check(name, "slot", i);
    if (step.do !== "test" && step.result !== undefined) check(step.result, "slot", i);
  });
  return [...kinds].flatMap(([name, kind]) => kind === "slot" ? [name] : []);
}

/** What a step sets: its result, and what the kernel may write to as it gets the address. */
export function setBy(step: Step): readonly string[] {
  if (step.do === "test" || step.do === "label") return [];
  const given = step.args.flatMap((arg) => arg.kind === "address" ? [arg.name] : []);
  return step.result === undefined ? given : [...given, step.result];
}

/** The variables that a step's failures mention. */
export function saidBy(step: Exclude<Step, Mark>): readonly SlotName[] {
  const failures = step.args.flatMap((arg) => arg.kind === "failure" ? [arg.failure] : []);
  if (step.do === "call" && step.failure) failures.push(step.failure);
  return failures.flatMap(saidOf);
}

/** Asked for several times of each, and many steps have the same. */
const said = new WeakMap<Failure, readonly SlotName[]>();

function saidOf(failure: Failure): readonly SlotName[] {
  let names = said.get(failure);
  if (!names) said.set(failure, names = valuesOf(failure).map(variableOf));
  return names;
}
