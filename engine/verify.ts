/** Verifies plans before they are laid out, and refuses those that are malformed. */
import type { Plan } from "./plan.ts";
import { Flow } from "./verify/flow.ts";
import { Labels } from "./verify/labels.ts";
import { slotsOf } from "./verify/names.ts";
import { Problems } from "./verify/problems.ts";
import { checkStep } from "./verify/step.ts";

/** A malformed plan. The message has all that is wrong with it. */
export class PlanError extends Error {
  override readonly name = "PlanError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** Verifies a plan. @throws {PlanError} with all that is wrong. */
export function verify(plan: Plan): void {
  const problems = new Problems(plan);
  const labels = new Labels(plan, problems);
  const slots = slotsOf(plan, problems);
  const checked = { buffers: plan.buffers, labels, problems };
  plan.steps.forEach((step, i) => checkStep(step, i, checked));
  // Without its labels a plan leads nowhere.
  if (problems.all.length === 0) new Flow(plan, labels, slots, problems).check();
  if (problems.all.length > 0) throw new PlanError(problems.all);
}
