/** Numbers that are the same each time. @see Marsaglia, "Xorshift RNGs" */
export class Random {
  #state: bigint;

  constructor(seed: number) {
    this.#state = BigInt(seed) * 0x9e37_79b9_7f4a_7c15n | 1n;
  }

  word(): bigint {
    let x = this.#state;
    x ^= BigInt.asUintN(64, x << 13n);
    x ^= x >> 7n;
    x ^= BigInt.asUintN(64, x << 17n);
    return this.#state = BigInt.asUintN(64, x);
  }

  below(limit: number): number {
    return Number(this.word() % BigInt(limit));
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!;
  }
}
