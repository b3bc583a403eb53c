/** Texts that are put together when a plan runs: they have room for so much, and never take more. */
import { ENAMETOOLONG } from "../ffi/abi/errno.ts";
import { encode } from "../ffi/bytes.ts";
import type { Builder } from "./builder.ts";
import type { Failure } from "./failure.ts";
import { Expression, type Place, type Value, type Variable } from "./value.ts";

/** The digits of the largest number. */
const DIGITS = 20;

/** Bytes at an address. */
export interface Span {
  readonly start: Value;
  readonly length: Value;
}

/** A text in memory. */
export class Text {
  /** Where it begins. */
  readonly start: Place;
  /** Where it ends. */
  readonly end: Variable;
  readonly #s: Builder;
  readonly #capacity: number;
  readonly #overflow: Failure | (() => void);
  #digits?: Place;

  /**
   * @param capacity The most bytes, a NUL included if one is appended.
   * @param overflow What is said where more is appended, or the block that is run, and ends, then.
   */
  constructor(s: Builder, name: string, capacity: number, overflow: Failure | (() => void)) {
    this.#s = s;
    this.#capacity = capacity;
    this.#overflow = overflow;
    this.start = s.memory(name, capacity);
    this.end = s.variable(`${name} end`, this.start);
  }

  get length(): Expression {
    return this.end.minus(this.start);
  }

  clear(): void {
    this.end.set(this.start);
  }

  /** Appends texts that are known, and bytes in memory. */
  append(...parts: readonly (string | Uint8Array | Span)[]): void {
    for (const part of parts) {
      const isKnown = typeof part === "string" || part instanceof Uint8Array;
      const { start, length } = isKnown ? { start: part, length: encode(part).length } : part;
      this.#append(start, length);
    }
  }

  /** Appends what stands at an address up to a NUL, without it. */
  appendString(at: Variable): void {
    this.#append(at, at.seek(0).minus(at));
  }

  appendDecimal(value: Value): void {
    const end = (this.#digits ??= this.#s.memory("digits", DIGITS)).at(DIGITS);
    const start = this.#s.variable("digits", new Expression("decimal", [value, end]));
    this.#append(start, end.minus(start));
  }

  #append(start: Value, length: Value): void {
    const s = this.#s;
    s.block(() => {
      const bytes = typeof length === "number" ? length : s.variable("length", length);
      const room = s.variable("room", this.start.at(this.#capacity).minus(this.end));
      s.if(room.isBelow(bytes), () => {
        if (typeof this.#overflow === "function") this.#overflow();
        else s.fail(this.#overflow, ENAMETOOLONG);
      });
      this.end.set(new Expression("copy", [this.end, start, bytes]));
    });
  }
}
