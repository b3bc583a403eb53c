/** Which slots are set before each step of a plan. */

/** Slots that are set: a bit for each. */
export type State = Uint32Array;

/** A state for each step, in one piece of memory: one array for each would take longer than all else. */
export class States {
  readonly #words: number;
  readonly #all: Uint32Array;
  /** 1 for each step that is reached. */
  readonly #reached: Uint8Array;

  constructor(steps: number, slots: number) {
    this.#words = Math.ceil(slots / 32);
    this.#all = new Uint32Array(this.#words * steps);
    this.#reached = new Uint8Array(steps);
  }

  /** A state in which nothing is set. */
  none(): State {
    return new Uint32Array(this.#words);
  }

  isReached(at: number): boolean {
    return this.#reached[at] === 1;
  }

  /** Whether a slot is set before a step. */
  has(at: number, bit: number): boolean {
    return (this.#all[this.#words * at + (bit >> 5)]! & 1 << (bit & 31)) !== 0;
  }

  /** Copies a step's state. */
  read(at: number, into: State): void {
    into.set(this.#all.subarray(this.#words * at, this.#words * (at + 1)));
  }

  /** Adds what is set before a step. */
  add(at: number, into: State): void {
    const start = this.#words * at;
    for (let i = 0; i < into.length; i++) into[i]! |= this.#all[start + i]!;
  }

  /** Reaches a step on one more way: set is what is set on each of them. @returns Whether that is news. */
  reach(at: number, state: State): boolean {
    const start = this.#words * at;
    let isNew = this.#reached[at] === 0;
    if (isNew) this.#all.set(state, start);
    this.#reached[at] = 1;
    for (let i = 0; i < state.length; i++) {
      const known = this.#all[start + i]!;
      const both = (known & state[i]!) >>> 0;
      if (both !== known) [this.#all[start + i], isNew] = [both, true];
    }
    return isNew;
  }
}
