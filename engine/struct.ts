/** Structs of the kernel in memory: fields of 1, 2, 4 and 8 bytes. */
import type { Operation } from "../ffi/machine/machine.ts";
import type { Builder } from "./builder.ts";
import { Expression, type Place, type Value } from "./value.ts";

/** A field: its offset, and its size. */
export type Field = readonly [offset: number, bytes: 1 | 2 | 4 | 8];

/** A struct: its size, and its fields by name. */
export interface Layout<Name extends string> {
  readonly bytes: number;
  readonly fields: Readonly<Record<Name, Field>>;
}

/** The layout of a struct. */
export function layout<Name extends string>(
  bytes: number,
  fields: Readonly<Record<Name, Field>>,
): Layout<Name> {
  return { bytes, fields };
}

const LOADS: Readonly<Record<Field[1], Operation>> = {
  1: "byte",
  2: "load16",
  4: "load32",
  8: "load",
};

/** A struct at an address. */
export class Struct<Name extends string> {
  readonly #builder: Builder;
  readonly #layout: Layout<Name>;
  /** Its address. */
  readonly at: Value;

  constructor(builder: Builder, layout: Layout<Name>, at: Value) {
    this.#builder = builder;
    this.#layout = layout;
    this.at = at;
  }

  /** A field's value, unsigned. */
  get(name: Name): Expression {
    const [offset, bytes] = this.#layout.fields[name];
    return new Expression(LOADS[bytes], [this.at, offset]);
  }

  set(name: Name, value: Value): void {
    const [offset, bytes] = this.#layout.fields[name];
    this.#builder.store(this.at, value, { offset, bytes });
  }

  /** Sets several fields. */
  fill(values: Readonly<Partial<Record<Name, Value>>>): void {
    for (const [name, value] of Object.entries(values) as [Name, Value][]) this.set(name, value);
  }
}

/**
 * A struct in memory that all of this name have by turns: for what the kernel tells, and is used before the
 * next is asked for. Memory for each would be on pages of its own.
 */
export const scratch = <Name extends string>(
  s: Builder,
  name: string,
  layout: Layout<Name>,
): Struct<Name> => new Struct(s, layout, s.scratch(name, layout.bytes));

/** Allocates a struct. Fields that `values` does not set are 0. */
export function struct<Name extends string>(
  s: Builder,
  name: string,
  layout: Layout<Name>,
  values?: Readonly<Partial<Record<Name, Value>>>,
): Struct<Name> & { readonly at: Place } {
  const made = new Struct(s, layout, s.memory(name, layout.bytes));
  if (values) made.fill(values);
  return made as Struct<Name> & { at: Place };
}
