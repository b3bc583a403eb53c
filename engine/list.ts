/** Lists of structs that are built when a plan runs, with a fixed capacity that is checked. */
import type { Builder } from "./builder.ts";
import type { Loop } from "./builder/blocks.ts";
import { type Layout, Struct } from "./struct.ts";
import type { Place, Value, Variable } from "./value.ts";

/** A list in memory. */
export class List<Name extends string> {
  /** Where it begins. */
  readonly start: Place;
  /** Where it ends. */
  readonly end: Variable;
  readonly #s: Builder;
  readonly #layout: Layout<Name>;
  readonly #limit: Place;
  readonly #overflow: () => void;

  /**
   * @param most The capacity, in structs.
   * @param overflow The block for a struct that does not fit: it must end.
   */
  constructor(
    s: Builder,
    name: string,
    layout: Layout<Name>,
    most: number,
    overflow: () => void,
  ) {
    this.#s = s;
    this.#layout = layout;
    this.#overflow = overflow;
    this.start = s.memory(name, layout.bytes * most);
    this.#limit = this.start.at(layout.bytes * most);
    this.end = s.variable(`${name} end`, this.start);
  }

  /** Appends a struct. */
  append(values: Readonly<Record<Name, Value>>): void {
    this.#s.if(this.end.isAtLeast(this.#limit), this.#overflow);
    new Struct(this.#s, this.#layout, this.end).fill(values);
    this.end.advance(this.#layout.bytes);
  }

  /** Runs a block for each struct. */
  each(body: (struct: Struct<Name>, loop: Loop) => void): void {
    this.#s.each([this.start, this.end, this.#layout.bytes], (at, loop) => {
      body(new Struct(this.#s, this.#layout, at), loop);
    });
  }
}
