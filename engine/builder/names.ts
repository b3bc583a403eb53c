/** Names of a plan's variables, memory and labels: no two things have the same. */
import { GIVEN, shownName } from "../operand.ts";
import type { Label, Plan } from "../plan.ts";

/** The names that a plan has. What would have one of them gets it with a number behind. */
export class Names {
  readonly #counts = new Map<string, number>(GIVEN.map((name) => [name, 1]));
  #labels = 0;

  /** A name for a variable or memory. */
  unique(name: string): string {
    const count = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, count);
    return count === 1 ? name : `${name}#${count}`;
  }

  /** A name for a label. */
  label(name: string): Label {
    return `${name}#${++this.#labels}`;
  }

  /** Takes all names of a plan, which is to stand behind. */
  take({ steps, buffers }: Plan): void {
    const count = (name: string): void => {
      const shown = shownName(name);
      const last = name === shown ? 1 : Number(name.slice(shown.length + 1));
      this.#counts.set(shown, Math.max(last, this.#counts.get(shown) ?? 0));
    };
    for (const name of Object.keys(buffers)) count(name);
    for (const step of steps) {
      if (step.do === "label") {
        this.#labels = Math.max(this.#labels, Number(/#(\d+)$/.exec(step.label)?.[1] ?? 0));
        continue;
      }
      for (const arg of step.args) {
        if ("name" in arg && arg.name !== undefined) count(arg.name);
      }
      if (step.do !== "test" && step.result !== undefined) count(step.result);
    }
  }
}
