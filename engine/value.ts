/**
 * Values that steps work on: variables, and what is computed of them. All are 64 bits wide, and
 * unsigned unless a comparison says otherwise.
 */
import type { Operation } from "../ffi/machine/machine.ts";
import { Condition } from "./condition.ts";
import { encode } from "../ffi/bytes.ts";
import type { Short } from "./operand.ts";

/** A number, a text (as address of a C string), an operand, or what is computed of such. */
export type Value = Short | Term;

/** What can be computed with. */
export abstract class Term {
  plus(other: Value): Expression {
    return new Expression("add", [this, other]);
  }

  minus(other: Value): Expression {
    return new Expression("sub", [this, other]);
  }

  times(other: Value): Expression {
    return new Expression("mul", [this, other]);
  }

  and(bits: Value): Expression {
    return new Expression("and", [this, bits]);
  }

  or(bits: Value): Expression {
    return new Expression("or", [this, bits]);
  }

  shiftedLeft(bits: Value): Expression {
    return new Expression("shl", [this, bits]);
  }

  shiftedRight(bits: Value): Expression {
    return new Expression("shr", [this, bits]);
  }

  /** Of an address: the 8 bytes there. */
  word(offset: Value = 0): Expression {
    return new Expression("load", [this, offset]);
  }

  /** Of an address: the 4 bytes there. */
  half(offset: Value = 0): Expression {
    return new Expression("load32", [this, offset]);
  }

  /** Of an address: the byte there. */
  byte(offset: Value = 0): Expression {
    return new Expression("byte", [this, offset]);
  }

  /** Of an address: that of the first byte from there on that is one of the two. */
  seek(byte: number, other: number = byte): Expression {
    return new Expression("seek", [this, byte, other]);
  }

  is(other: Value): Condition {
    return Condition.of("ifEqual", this, other);
  }

  isNot(other: Value): Condition {
    return Condition.of("ifNot", this, other);
  }

  isBelow(other: Value): Condition {
    return Condition.of("ifBelow", this, other);
  }

  isAtLeast(other: Value): Condition {
    return Condition.of("ifNotBelow", this, other);
  }

  /** Signed. */
  isLess(other: Value): Condition {
    return Condition.of("ifLess", this, other);
  }

  /** Whether any of these bits is set. */
  has(bits: Value): Condition {
    return Condition.of("ifAnyBit", this, bits);
  }

  /** Whether it is one of these. */
  isOneOf(...others: readonly Value[]): Condition {
    return Condition.any(...others.map((other) => this.is(other)));
  }

  /** Of an address: whether these bytes stand there. */
  begins(text: string | Uint8Array): Condition {
    return Condition.of("ifSame", this, text, encode(text).length);
  }

  /** Of an address: whether the same bytes, more than 0, stand there as at another. */
  isSame(other: Value, length: Value): Condition {
    return Condition.of("ifSame", this, other, length);
  }
}

/** What an operation gives. It is worked out where it is used. */
export class Expression extends Term {
  readonly operation: Operation;
  readonly args: readonly Value[];

  constructor(operation: Operation, args: readonly Value[]) {
    super();
    this.operation = operation;
    this.args = args;
  }
}

/** A number as first term: `constant(10).minus(x)`. */
export function constant(value: number | bigint): Expression {
  return new Expression("set", [value]);
}

/** Takes what a variable is set to. */
export interface Setter {
  set(variable: Variable, value: Value): void;
}

/** A variable: 8 bytes. It belongs to the block in which it is made, and is used only there. */
export class Variable extends Term {
  readonly kind = "slot";
  /** Of this variable alone. */
  readonly name: string;
  /** The block that it belongs to. */
  readonly block: object;
  /** How it is shown, where `<name>` would not do. */
  readonly text?: string;
  /** As of a slot, in an operand. */
  isSaid = false;
  readonly #setter: Setter;

  constructor(name: string, setter: Setter, block: object, text?: string) {
    super();
    this.name = name;
    this.#setter = setter;
    this.block = block;
    if (text !== undefined) this.text = text;
  }

  set(value: Value): void {
    this.#setter.set(this, value);
  }

  /** Has the step that a failure names show its value, which nothing may change behind the call. */
  said(): this {
    this.isSaid = true;
    return this;
  }

  /** Adds a number to it. */
  advance(by: Value = 1): void {
    this.set(this.plus(by));
  }
}

/** The address of memory that can be written, and an offset in it. */
export class Place extends Term {
  readonly kind = "address";

  /** Of this memory alone. */
  readonly name: string;
  /** The size from here on. */
  readonly bytes: number;
  readonly offset: number;

  constructor(name: string, bytes: number, offset = 0) {
    super();
    this.name = name;
    this.bytes = bytes;
    this.offset = offset;
  }

  /** A place in it. */
  at(offset: number): Place {
    if (offset < 0 || offset > this.bytes) {
      throw new RangeError(`Cannot go to byte ${offset} of "${this.name}": it has ${this.bytes}`);
    }
    return new Place(this.name, this.bytes - offset, this.offset + offset);
  }
}
