/** Prints plans, with names for what only a run knows. */
import { AFTER_FAILURE, type PrintedStep, stepsText } from "../engine/print.ts";
import { stepText } from "../engine/show/operand.ts";
import { type AnyPlan, type Call, shownName } from "./plan.ts";

export type { PrintedStep };

/** What a plan does, step by step: its system calls, without those made only after a failure. *
 * @example
 * ```ts
 * import { callerFor, compile, type LaunchSpec, printedSteps } from "@nido/nido";
 *
 * const spec: LaunchSpec = { name: "example", program: "/bin/true", argv: ["true"], namespaces: ["user"] };
 * const [first] = printedSteps(compile(spec, callerFor(spec)));
 * console.log(first?.call); // prctl(PR_SET_NAME, "example")
 * ```
 */
export function printedSteps(plan: AnyPlan): PrintedStep[] {
  const calls = plan.steps.filter((step): step is Call =>
    step.do === "call" && step.process !== AFTER_FAILURE
  );
  return calls.map((step, i) => ({
    step: i + 1,
    process: step.process,
    call: stepText(step),
    ...(step.result === undefined ? {} : { result: shownName(step.result) }),
    note: step.note,
    ...(step.when === undefined ? {} : { when: step.when }),
  }));
}

/** A plan as text, one step a line, grouped by process. *
 * @example
 * ```ts
 * import { callerFor, compile, type LaunchSpec, planText } from "@nido/nido";
 *
 * const spec: LaunchSpec = { name: "example", program: "/bin/true", argv: ["true"], namespaces: ["user"] };
 * console.log(planText(compile(spec, callerFor(spec))));
 * ```
 */
export function planText(plan: AnyPlan): string {
  return stepsText(printedSteps(plan));
}
