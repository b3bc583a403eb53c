/** A spec that is being built from exact options, by the meanings in their table. */
import type { Parameter } from "../../launch/parameter.ts";
import { fieldOf, setField } from "../../launch/request/spec.ts";
import type { Option } from "../getopt.ts";
import { APPLY } from "./appliers.ts";
import { NextOperation } from "./next.ts";
import { refuse } from "./values.ts";

type Fields = Record<string, unknown>;

/** A spec, and what the next operation of it has. */
export class ExactDraft {
  readonly fields: Fields;
  /** Values that stand for parameters: `@NAME`. */
  readonly #parameters: ReadonlySet<string>;
  /** What options say of the next operation. */
  readonly next: NextOperation = new NextOperation();
  /** Which option has given the filters. */
  #filteredBy: string | undefined;

  /**
   * @param start The spec before any option.
   * @param parameters Names of parameters: a value `@NAME` stands for one of them.
   */
  constructor(start: object, parameters: ReadonlySet<string>) {
    this.fields = structuredClone(start) as Fields;
    this.#parameters = parameters;
  }

  /** A word of the program: it may be a parameter. */
  word(text: string): string | Parameter {
    const name = text.startsWith("@") ? text.slice(1) : "";
    return this.#parameters.has(name) ? { parameter: name } : text;
  }

  /** Applies an option. @throws {UsageError} */
  take(option: Option, words: readonly string[]): void {
    for (const meaning of option.means ?? []) APPLY[meaning.as]!(this, meaning, option, words);
  }

  /** Filters are all by this option. */
  filters(long: string): void {
    if (this.#filteredBy !== undefined && this.#filteredBy !== long) {
      refuse(`--${long} cannot be combined with --${this.#filteredBy}`);
    }
    this.#filteredBy = long;
  }

  /** A field: "join.wd" is one of the object in another. */
  get(field: string): unknown {
    return fieldOf(this.fields, field);
  }

  set(field: string, value: unknown): void {
    setField(this.fields, field, value);
  }

  /** One more of a list. */
  add(field: string, value: unknown): void {
    this.set(field, [...this.get(field) as unknown[] ?? [], value]);
  }
}
