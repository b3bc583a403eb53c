/** What is wrong with a plan, as it is found. */
import type { Plan } from "../plan.ts";

/** Problems of the steps of a plan, each said once. */
export class Problems {
  readonly #plan: Plan;
  readonly #found = new Set<string>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  get all(): readonly string[] {
    return [...this.#found];
  }

  /** Adds one of the whole plan. */
  add(text: string): void {
    this.#found.add(text);
  }

  /** Adds one of a step. */
  at(index: number, text: string): void {
    const step = this.#plan.steps[index]!;
    const shown = step.do === "call" ? `${step.syscall}, "${step.note}"` : step.do;
    this.add(`step ${index + 1} (${shown}): ${text}`);
  }
}
