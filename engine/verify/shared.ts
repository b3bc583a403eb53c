/** Processes that use their parent's memory: what they set must not matter to it. @see vfork(2) */
import { CLONE_VM } from "../../ffi/abi/sched.ts";
import { AFTER_FAILURE, type Compute, type Plan, type Step } from "../plan.ts";
import type { Labels } from "./labels.ts";

/** A clone whose child may use its parent's memory: where each of them goes on. */
export interface Shared {
  /** Whether it does in any case. */
  readonly isKnown: boolean;
  readonly child: number;
  readonly parent: number;
}

/** Finds them all: where only the run knows the flags, it may. */
export function sharedOf({ steps }: Plan, labels: Labels): readonly Shared[] {
  return steps.flatMap((step, i) => {
    if (step.do !== "call" || step.syscall !== "clone") return [];
    const [flags] = step.args;
    const isKnown = flags?.kind === "number";
    if (isKnown && (flags.value & BigInt(CLONE_VM)) === 0n) return [];
    // What comes next tells the processes apart.
    const test = steps[i + 1];
    if (test?.do !== "test" || typeof test.goto !== "string") return [];
    const [there, behind] = [labels.at(test.goto), i + 2];
    return test.operation === "ifEqual"
      ? [{ isKnown, child: there, parent: behind }]
      : [{ isKnown, child: behind, parent: there }];
  });
}

/** The steps of a process that begins at one of them. */
export function stepsFrom(
  { steps }: Plan,
  labels: Labels,
  start: number,
): ReadonlyMap<number, Step> {
  const seen = new Map<number, Step>();
  const open = [start];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const step = steps[at];
    if (seen.has(at) || step === undefined) continue;
    seen.set(at, step);
    open.push(...behind(step, at, labels), ...returnsAt(step, labels, seen));
  }
  return seen;
}

/**
 * Whether a step makes a call that the kernel refuses, or may refuse, who shares its memory. After a failure it
 * is only tried. @see unshare(2), setns(2)
 */
export const isRefused = (step: Step): boolean =>
  step.do === "call" && ["unshare", "setns"].includes(step.syscall) &&
  step.process !== AFTER_FAILURE;

/** Where a subroutine returns to, found at its return or at a call: whichever is seen last. */
function returnsAt(step: Step, labels: Labels, seen: ReadonlyMap<number, Step>): readonly number[] {
  if (step.do === "test" && typeof step.goto !== "string") {
    return labels.returnsOf(step.goto.name).filter(({ from }) => seen.has(from)).map(({ to }) =>
      to
    );
  }
  if (step.do !== "compute" || step.args[0]?.kind !== "label") return [];
  return labels.waysBack(step).some((jump) => seen.has(jump))
    ? [labels.at(step.args[0].label)]
    : [];
}

/** Whether a step goes on with something else than its plan. */
export const leaves = ({ operation }: Compute): boolean =>
  operation === "enter" || operation === "start";

/** Where a step leads, but for returns. */
function behind(step: Step, at: number, labels: Labels): readonly number[] {
  switch (step.do) {
    case "label":
      return [at + 1];
    case "compute":
      return leaves(step) ? [] : [at + 1];
    case "test": {
      const to = typeof step.goto === "string" ? [labels.at(step.goto)] : [];
      return step.operation === "ifAlways" ? to : [...to, at + 1];
    }
    case "call": {
      if (step.syscall === "exit_group") return [];
      const goal = labels.goalOf(step);
      return goal === undefined ? [at + 1] : [goal, at + 1];
    }
  }
}
