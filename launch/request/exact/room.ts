/** Memory for texts that are made of words, as much as there is need for. */
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_READ, PROT_WRITE } from "../../../ffi/abi/mman.ts";
import type { Builder } from "../../../engine/builder.ts";
import { Expression, type Value, type Variable } from "../../../engine/value.ts";
import { failed } from "../../context.ts";

const CHUNK_BYTES = 1 << 16;

/** Maps memory, which is zeroed. */
export function mapped(s: Builder, bytes: Value, result: Variable): void {
  const args = [0, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0];
  s.call("mmap", args, "room for words", { result, fails: failed("mmap failed") });
}

/** Memory that is given out piece by piece. */
export class Room {
  readonly #s: Builder;
  readonly #at: Variable;
  readonly #left: Variable;

  /** Must be called outside of all blocks. */
  constructor(s: Builder) {
    this.#s = s;
    this.#at = s.variable("room", 0);
    this.#left = s.variable("room left", 0);
  }

  /** Zeroed memory of this many bytes. */
  take(bytes: Value): Variable {
    const s = this.#s;
    const { start } = s.subroutine("take room", { parameters: ["bytes"], results: ["start"] }, ({
      bytes,
      start,
    }) => {
      s.if(this.#left.isBelow(bytes), () => {
        this.#left.set(bytes);
        s.if(bytes.isBelow(CHUNK_BYTES), () => this.#left.set(CHUNK_BYTES));
        mapped(s, this.#left, this.#at);
      });
      start.set(this.#at);
      this.#at.advance(bytes);
      this.#left.set(this.#left.minus(bytes));
    })({ bytes });
    return start;
  }
}

/** Copies bytes, and moves behind them. */
export function copyTo(to: Variable, from: Value, length: Value): void {
  to.set(new Expression("copy", [to, from, length]));
}
