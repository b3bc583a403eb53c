/** The blocks that are open while a plan is built. */
import type { Variable } from "../value.ts";

/** A block of steps. */
export interface Block {
  /** When its calls are made, in plain words. */
  readonly when?: string | undefined;
}

/** Blocks in each other: a variable is used only inside of its own. */
export class Scope {
  /** The one around all others. */
  readonly root: Block = {};
  /** The outermost first. */
  #open: readonly Block[] = [this.root];

  get innermost(): Block {
    return this.#open.at(-1)!;
  }

  /** Refuses a variable of a block that is not open. */
  check({ name, block }: Variable): void {
    if (!this.#open.includes(block)) {
      throw new Error(`Cannot use variable "${name}" outside of its block`);
    }
  }

  /** Runs `body` in a block in the innermost. */
  inside(block: Block, body: () => void): void {
    this.#with([...this.#open, block], body);
  }

  /** Runs `body` in a block in the outermost: it sees nothing of those that are open. */
  apart(block: Block, body: () => void): void {
    this.#with([this.root, block], body);
  }

  #with(open: readonly Block[], body: () => void): void {
    const before = this.#open;
    this.#open = open;
    try {
      body();
    } finally {
      this.#open = before;
    }
  }
}
