/**
 * Slots that variables share: those that are set first, and used, in a part of the steps that control enters
 * at its start alone. Outside of it nothing asks for their values. Each page of slots is one that the kernel
 * has to zero for every process of a launch.
 */
import { FAIL, type Label, type Plan, type Step } from "./plan.ts";
import { saidBy, setBy } from "./verify/names.ts";

/** A variable and the steps that name it: the first, which sets it, and the last. */
interface Span {
  readonly name: string;
  readonly first: number;
  last: number;
}

/** The slot of each variable that shares one, by names. @param kept Names that are needed at rest. */
export function sharedSlots(
  { steps, zeroed }: Plan,
  kept: ReadonlySet<string>,
): Map<string, string> {
  const spans = spansOf(steps, new Set([...zeroed, ...kept]));
  const isWhole = wholeParts(steps);
  const free: { name: string; last: number }[] = [];
  const slots = new Map<string, string>();
  for (const { name, first, last } of spans) {
    if (!isWhole(first, last)) continue;
    const slot = free.find((one) => one.last < first) ?? { name, last: -1 };
    if (slot.last < 0) free.push(slot);
    slot.last = last;
    slots.set(name, slot.name);
  }
  return slots;
}

/** The variables that only computations name, in the order of the steps that set them first. */
function spansOf(steps: readonly Step[], others: Set<string>): Span[] {
  const spans = new Map<string, Span>();
  let isFailing = false;
  steps.forEach((step, i) => {
    if (step.do === "label") {
      if (step.label === FAIL) isFailing = true;
      return;
    }
    const read = step.args.flatMap((arg) =>
      arg.kind === "slot" || arg.kind === "address" ? [arg.name] : []
    );
    if (step.do === "test" && typeof step.goto !== "string") read.push(step.goto.name);
    const named = [...read, ...setBy(step)];
    const isApart = step.do === "call" || isFailing ||
      step.args.some(({ kind }) => kind === "label");
    if (isApart) { for (const name of named) others.add(name); }
    for (const { name } of saidBy(step)) others.add(name);
    for (const name of named) {
      const span = spans.get(name);
      if (span) span.last = i;
      else if (read.includes(name)) others.add(name);
      else spans.set(name, { name, first: i, last: i });
    }
  });
  return [...spans.values()].filter(({ name }) => !others.has(name));
}

/** Tells whether control enters a part of the steps at its start alone, and no other process is started in it. */
function wholeParts(steps: readonly Step[]): (first: number, last: number) => boolean {
  const labels = new Map<Label, number>();
  steps.forEach((step, i) => {
    if (step.do === "label") labels.set(step.label, i);
  });
  // Of each step: the first and the last one that leads there.
  const from = steps.map((_, i) => [i, i] as [number, number]);
  const isLeft = steps.map(() => false);
  steps.forEach((step, i) => {
    if (step.do === "label") return;
    if (step.do === "test" && typeof step.goto !== "string") isLeft[i] = true;
    if (step.do === "call" && step.syscall === "clone") isLeft[i] = true;
    const goals = step.args.flatMap((arg) => arg.kind === "label" ? [arg.label] : []);
    if (goals.length > 0) isLeft[i] = true;
    if (step.do === "test" && typeof step.goto === "string") goals.push(step.goto);
    if (step.do === "call" && typeof step.onError === "object") goals.push(step.onError.goto);
    for (const goal of goals) {
      const at = from[labels.get(goal)!]!;
      at[0] = Math.min(at[0], i);
      at[1] = Math.max(at[1], i);
    }
  });
  return (first, last) => {
    for (let i = first; i <= last; i++) {
      if (isLeft[i] || i > first && (from[i]![0] < first || from[i]![1] > last)) return false;
    }
    return true;
  };
}
