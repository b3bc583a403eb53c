/** Subroutines: blocks that are written once, and come back to where they were called from. */
import { slot } from "../operand.ts";
import type { Label } from "../plan.ts";
import type { Value, Variable } from "../value.ts";
import { Calls } from "./calls.ts";
import type { Block } from "./scope.ts";

/** Variables by name. */
type Variables<Names extends string> = Readonly<Record<Names, Variable>>;

interface Subroutine {
  readonly start: Label;
  readonly back: Variable;
  readonly parameters: readonly Variable[];
  readonly results: readonly Variable[];
  isOpen: boolean;
  /** Whether it comes to its end. */
  returns: boolean;
}

/** Writes subroutines. */
export class Subroutines extends Calls {
  readonly #subroutines = new Map<string, Subroutine>();

  /**
   * A block that is written once and gone through wherever it is called. It sees its parameters, and
   * variables that are made outside of all blocks.
   *
   * @param name The same name is the same subroutine: `body` is what it was the first time.
   */
  subroutine<Parameter extends string, Result extends string = never>(
    name: string,
    { parameters, results = [] }: {
      readonly parameters: readonly Parameter[];
      readonly results?: readonly Result[];
    },
    body: (variables: Variables<Parameter | Result>) => void,
  ): (given: Readonly<Record<Parameter, Value>>) => Variables<Result> {
    return (given) => {
      const known = this.#subroutines.get(name);
      if (known?.isOpen) throw new Error(`Cannot call subroutine "${name}" inside of itself`);
      const block: Block = {};
      const declare = (variable: string) => this.declare(`${name}: ${variable}`, block);
      const subroutine = known ?? {
        start: this.unique(name),
        back: declare("back"),
        parameters: parameters.map(declare),
        results: results.map(declare),
        isOpen: true,
        returns: true,
      };
      const behind = this.unique(`behind ${name}`);
      parameters.forEach((parameter, i) =>
        this.assign(subroutine.parameters[i]!.name, given[parameter])
      );
      const way = this.steps.length;
      if (subroutine.returns) this.assign(subroutine.back.name, { kind: "label", label: behind });
      if (known) this.goTo(subroutine.start);
      else {
        this.#subroutines.set(name, subroutine);
        this.#write(subroutine, block, () => {
          const names = [...parameters, ...results];
          const all = [...subroutine.parameters, ...subroutine.results];
          body(Object.fromEntries(names.map((one, i) => [one, all[i]!])) as never);
        });
      }
      if (!subroutine.returns) {
        // It ends the process: nothing comes behind it, and nothing goes back.
        if (!known) this.steps.splice(way, 1);
        return {} as never;
      }
      this.label(behind);
      return Object.fromEntries(results.map((result, i) => {
        const variable = this.variable(result);
        this.assign(variable.name, slot(subroutine.results[i]!.name));
        return [result, variable];
      })) as never;
    };
  }

  /** Writes a subroutine, which belongs to no block. */
  #write(subroutine: Subroutine, block: Block, body: () => void): void {
    this.label(subroutine.start);
    this.scope.apart(block, body);
    subroutine.returns = this.isReached;
    if (this.isReached) this.goTo(slot(subroutine.back.name));
    subroutine.isOpen = false;
  }
}
