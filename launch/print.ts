/** Prints plans: for a person, and for machines. */
import { type AnyPlan, type Call, shownName } from "./plan.ts";
import { stepText } from "../engine/show/operand.ts";

/** A step for machines. */
export interface PrintedStep {
  /** From 1. */
  readonly step: number;
  /** Which process makes the call. */
  readonly process: string;
  /** As strace(1) shows it; `<name>` stands for an earlier result. */
  readonly call: string;
  /** The name that later steps have for the result. */
  readonly result?: string;
  /** What it is for, in plain words. */
  readonly note: string;
  /** Absent if it runs in every launch. */
  readonly when?: string;
}

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
    step.do === "call" && step.process !== "after a failure"
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
  const steps = printedSteps(plan);
  const lines: string[] = [];
  let process = "";
  const width = String(steps.length).length;
  for (const step of steps) {
    if (step.process !== process) {
      process = step.process;
      lines.push(`${lines.length ? "\n" : ""}${process}:`);
    }
    const number = String(step.step).padStart(width);
    const result = step.result === undefined ? "" : ` = <${step.result}>`;
    const when = step.when === undefined ? "" : ` (${step.when})`;
    lines.push(
      `  ${number}  ${step.call}${result}`,
      `  ${" ".repeat(width)}  # ${step.note}${when}`,
    );
  }
  return lines.join("\n") + "\n";
}
