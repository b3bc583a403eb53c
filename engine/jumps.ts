/**
 * Jumps made short. Blocks in each other leave jumps that lead to jumps, to the step behind them, or around
 * one other: each takes a record, and time in every launch.
 */
import { opposite } from "./condition.ts";
import type { Operand, Slot } from "./operand.ts";
import { FAIL, type Label, type Step, type Test } from "./plan.ts";

/** The same steps with as few jumps as can be: those that nothing leads to are left out. */
export function withShortJumps(steps: readonly Step[]): readonly Step[] {
  for (let before = steps;;) {
    const after = withoutDetours(reached(threaded(before)));
    if (after.length === before.length) return after;
    before = after;
  }
}

const isJump = (step: Step | undefined): step is Test =>
  step?.do === "test" && step.operation === "ifAlways";

const labelsOf = (steps: readonly Step[]): Map<Label, number> =>
  new Map(steps.flatMap((step, i) => step.do === "label" ? [[step.label, i] as const] : []));

/** Has everything that leads to a jump lead where that leads. */
function threaded(steps: readonly Step[]): Step[] {
  const labels = labelsOf(steps);
  const ends = new Map<Label, Label | Slot>();
  const endOf = (label: Label): Label | Slot => {
    const known = ends.get(label);
    if (known !== undefined) return known;
    // A loop of nothing but jumps is left as it is.
    ends.set(label, label);
    let at = labels.get(label);
    if (at === undefined) return label;
    while (steps[at]?.do === "label") at++;
    const step = steps[at];
    const end = !isJump(step)
      ? label
      : typeof step.goto === "string"
      ? endOf(step.goto)
      : step.goto;
    ends.set(label, end);
    return end;
  };
  /** The same where only a label will do. */
  const lastOf = (label: Label): Label => {
    const end = endOf(label);
    return typeof end === "string" ? end : label;
  };
  const argument = (arg: Operand): Operand =>
    arg.kind === "label" ? { ...arg, label: lastOf(arg.label) } : arg;
  return steps.map((step): Step => {
    if (step.do === "label") return step;
    const args = step.args.some(({ kind }) => kind === "label")
      ? step.args.map(argument)
      : step.args;
    if (step.do === "compute") return args === step.args ? step : { ...step, args };
    if (step.do === "test") {
      return typeof step.goto === "string" ? { ...step, goto: endOf(step.goto) } : step;
    }
    const { onError } = step;
    return typeof onError === "string"
      ? step
      : { ...step, onError: { goto: lastOf(onError.goto) } };
  });
}

/** Leaves out steps that no way leads to, and labels that nothing names. */
function reached(steps: readonly Step[]): Step[] {
  const labels = labelsOf(steps);
  const isReached = steps.map(() => false);
  const isNamed = new Set<Label>([FAIL]);
  const ways = [0];
  const follow = (label: Label): void => {
    isNamed.add(label);
    ways.push(labels.get(label)!);
  };
  for (let at = ways.pop(); at !== undefined; at = ways.pop()) {
    for (let goesOn = true; goesOn && at < steps.length && !isReached[at]; at++) {
      isReached[at] = true;
      const step: Step = steps[at]!;
      if (step.do === "label") continue;
      for (const arg of step.args) if (arg.kind === "label") follow(arg.label);
      if (step.do === "call" && step.onError === "fail") follow(FAIL);
      if (step.do === "call" && typeof step.onError === "object") follow(step.onError.goto);
      if (step.do === "test" && typeof step.goto === "string") follow(step.goto);
      goesOn = !isJump(step);
    }
  }
  return steps.filter((step, i) =>
    step.do === "label" ? step.rest || isNamed.has(step.label) : isReached[i]
  );
}

/** Leaves out jumps to what comes next, and those that a test only leads around: it goes there itself. */
function withoutDetours(steps: readonly Step[]): Step[] {
  /** Whether a label stands at a step, with only labels between. What rests is laid out elsewhere. */
  const standsAt = (label: Label | Slot, from: number): boolean => {
    for (let at = from; steps[at]?.do === "label"; at++) {
      const step = steps[at] as Extract<Step, { do: "label" }>;
      if (step.rest) return false;
      if (step.label === label) return true;
    }
    return false;
  };
  const left: Step[] = [];
  for (let i = 0; i < steps.length; i++) {
    const [step, next] = [steps[i]!, steps[i + 1]];
    if (step.do === "test" && standsAt(step.goto, i + 1)) continue;
    if (step.do === "test" && step.operation !== "ifAlways" && isJump(next)) {
      if (standsAt(step.goto, i + 2)) {
        left.push({ ...step, operation: opposite(step.operation), goto: next.goto });
        i++;
        continue;
      }
    }
    left.push(step);
  }
  return left;
}
