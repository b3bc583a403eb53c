/** The labels of a plan, and the ways that lead through slots. */
import { type Call, FAIL, type Label, type Plan, type Step } from "../plan.ts";
import type { Problems } from "./problems.ts";

/** Where each label is, and which are gone to through slots: the returns of subroutines. */
export class Labels {
  readonly #at = new Map<Label, number>();
  /** The labels that each slot may hold, with the step that stores them. */
  readonly #returns = new Map<string, { readonly label: Label; readonly at: number }[]>();
  /** The jumps through each slot. */
  readonly #jumps = new Map<string, number[]>();

  constructor({ steps }: Plan, problems: Problems) {
    steps.forEach((step, i) => {
      if (step.do === "label") {
        if (this.#at.has(step.label)) problems.at(i, `label "${step.label}" is there twice`);
        this.#at.set(step.label, i);
      } else if (step.do === "compute" && step.result !== undefined) {
        const [first] = step.args;
        if (first?.kind !== "label") return;
        const labels = this.#returns.get(step.result) ?? [];
        this.#returns.set(step.result, [...labels, { label: first.label, at: i }]);
      } else if (step.do === "test" && typeof step.goto !== "string") {
        this.#jumps.set(step.goto.name, [...this.#jumps.get(step.goto.name) ?? [], i]);
      }
    });
  }

  has(label: Label): boolean {
    return this.#at.has(label);
  }

  /** The step that a label is. @param label One that is there. */
  at(label: Label): number {
    return this.#at.get(label)!;
  }

  /** Where a jump through a slot may lead: the steps, and those that store them in the slot. */
  returnsOf(slot: string): readonly { readonly to: number; readonly from: number }[] {
    const returns = this.#returns.get(slot) ?? [];
    return returns.map(({ label, at }) => ({ to: this.at(label), from: at }));
  }

  /** Of a step that stores a return label: the return jumps of that subroutine. */
  waysBack(step: Step): readonly number[] {
    if (step.do !== "compute" || step.args[0]?.kind !== "label") return [];
    return this.#jumps.get(step.result ?? "") ?? [];
  }

  /** The step that a failed call leads to, unless it goes on. */
  goalOf({ onError }: Call): number | undefined {
    if (onError === "continue") return undefined;
    return this.at(onError === "fail" ? FAIL : onError.goto);
  }
}
