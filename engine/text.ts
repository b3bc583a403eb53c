/** Texts that are built when a plan runs, with a fixed capacity that is checked. */
import { ENAMETOOLONG } from "../ffi/abi/errno.ts";
import { encode } from "../ffi/bytes.ts";
import type { Builder } from "./builder.ts";
import { quote } from "../ffi/abi/text.ts";
import type { Failure } from "./failure.ts";
import { shownName } from "./operand.ts";
import { Expression, type Place, type Value, type Variable } from "./value.ts";

/** The longest decimal number. */
const DIGITS = 20;

/** Bytes at an address. */
export interface Span {
  readonly start: Value;
  readonly length: Value;
}

/** The bytes of a C string, without its NUL. */
export const stringAt = (at: Variable): Span => ({ start: at, length: at.seek(0).minus(at) });

/** A text in memory. */
export class Text {
  /** Where it begins. */
  readonly start: Place;
  /** Where it ends. */
  readonly end: Variable;
  readonly #s: Builder;
  readonly #capacity: number;
  readonly #overflow: Failure | (() => void) | "cut";
  #digits?: Place;

  /**
   * @param capacity In bytes, with the NUL if one is appended.
   * @param overflow What happens to text that does not fit: a failure, a block that ends, or that it is left
   * out.
   */
  constructor(
    s: Builder,
    name: string,
    capacity: number,
    overflow: Failure | (() => void) | "cut",
  ) {
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

  /** Appends the C string at an address, without its NUL. */
  appendString(at: Variable): void {
    const { start, length } = stringAt(at);
    this.#append(start, length);
  }

  appendDecimal(value: Value): void {
    const end = (this.#digits ??= this.#s.memory("digits", DIGITS)).at(DIGITS);
    const start = this.#s.variable("digits", new Expression("decimal", [value, end]));
    this.#append(start, end.minus(start));
  }

  #append(start: Value, length: Value): void {
    const s = this.#s;
    s.block(() => {
      const overflow = this.#overflow;
      const room = s.variable("room", this.start.at(this.#capacity).minus(this.end));
      const isFixed = typeof length === "number" && overflow !== "cut";
      const bytes = isFixed ? length : s.variable("length", length);
      s.if(room.isBelow(bytes), () => {
        if (overflow === "cut") (bytes as Variable).set(room);
        else if (typeof overflow === "function") overflow();
        else s.fail(overflow, ENAMETOOLONG);
      });
      this.end.set(new Expression("copy", [this.end, start, bytes]));
    });
  }
}

/**
 * A C string around a number that only a run knows: "/proc/" PID "/ns/mnt".
 *
 * @returns Its address, shown as `"/proc/<pid>/ns/mnt"`.
 */
export function textAround(s: Builder, before: string, value: Variable, after: string): Variable {
  const [head, tail] = [encode(before), encode(after + "\0")];
  const end = s.memory("text", head.length + DIGITS + tail.length).at(head.length + DIGITS);
  const shown = quote(encode(`${before}${value.text ?? `<${shownName(value.name)}>`}${after}`));
  s.variable("end", new Expression("copy", [end, tail, tail.length]));
  const start = s.variable("text", new Expression("decimal", [value, end]), shown);
  if (head.length > 0) {
    start.set(start.minus(head.length));
    s.variable("end", new Expression("copy", [start, head, head.length]));
  }
  return start;
}
