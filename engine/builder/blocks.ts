/** Blocks: conditions, choices and loops. They become labels and jumps, which are seen nowhere else. */
import type { Condition, When } from "../condition.ts";
import { AFTER_FAILURE } from "../plan.ts";
import type { Value, Variable } from "../value.ts";
import { Statements } from "./statements.ts";

/** A loop or a block, for what is inside. */
export interface Exit {
  /** Goes on behind it. */
  leave(): void;
}

/** A loop, for what is inside. */
export interface Loop extends Exit {
  /** Goes on with the next round. */
  next(): void;
}

/** What a block may say of itself. */
export interface BlockWords {
  /** When its calls are made, in plain words: "if it is not shared". */
  readonly when?: string;
}

/** A block with an alternative. */
export interface IfWords extends BlockWords {
  readonly otherwise?: () => void;
}

/** Writes blocks. */
export class Blocks extends Statements {
  /** The process that the steps from here on belong to. */
  process: string;

  constructor(process: string) {
    super();
    this.process = process;
  }

  /** Runs a block if a condition holds. What is known when the plan is made leaves no test. */
  if(condition: When, then: () => void, { otherwise, when }: IfWords = {}): void {
    if (typeof condition === "boolean") {
      if (condition) this.scope.inside({ when: when ?? this.when() }, then);
      else if (otherwise) this.scope.inside({ when: this.when() }, otherwise);
      return;
    }
    const [other, end] = [this.unique("otherwise"), this.unique("end")];
    this.goUnless(condition, otherwise ? other : end);
    this.scope.inside({ when: when ?? this.when() }, then);
    const isThenReached = this.isReached;
    if (otherwise) {
      if (isThenReached) this.goTo(end);
      this.label(other);
      this.scope.inside({ when: this.when() }, otherwise);
      if (!isThenReached && !this.isReached) return;
    }
    this.label(end);
  }

  /**
   * Makes steps only if a condition holds. They belong to the block around them, and so do their
   * variables: what looks after a failure may need them.
   */
  skipUnless(condition: Condition, body: () => void): void {
    const end = this.unique("end");
    this.goUnless(condition, end);
    body();
    this.label(end);
  }

  /** Runs one of several blocks: that of the first value which is the same. Numbers that ascend are found by halves. */
  switch(
    value: Variable,
    cases: readonly (readonly [Value, () => void])[],
    otherwise: () => void,
    words: BlockWords = {},
  ): void {
    this.block((all) => {
      const among = (some: typeof cases): void => {
        const middle = some.length >> 1;
        const first = some[middle]?.[0];
        if (some.length > FEW_CASES && typeof first === "number" && isAscending(some)) {
          this.if(value.isBelow(first), () => among(some.slice(0, middle)));
          return among(some.slice(middle));
        }
        for (const [wanted, body] of some) {
          this.if(value.is(wanted), () => {
            body();
            if (this.isReached) all.leave();
          }, words);
        }
      };
      among(cases);
      otherwise();
    });
  }

  /** Runs a block that can be left from anywhere inside. */
  block(body: (exit: Exit) => void, words: BlockWords = {}): void {
    const end = this.unique("end of block");
    let isLeft = false;
    const leave = (): void => {
      isLeft = true;
      this.goTo(end);
    };
    this.scope.inside({ when: words.when ?? this.when() }, () => body({ leave }));
    if (isLeft || this.isReached) this.label(end);
  }

  /** Runs a block again and again until it is left. */
  loop(body: (loop: Loop) => void, words: BlockWords = {}): void {
    const [start, end] = [this.unique("loop"), this.unique("end of loop")];
    let isLeft = false;
    this.label(start);
    this.scope.inside({ when: words.when ?? this.when() }, () =>
      body({
        next: () => this.goTo(start),
        leave: () => {
          isLeft = true;
          this.goTo(end);
        },
      }));
    if (this.isReached) this.goTo(start);
    if (isLeft) this.label(end);
  }

  /** Runs a block as long as a condition holds. */
  while(condition: Condition, body: (loop: Loop) => void, words: BlockWords = {}): void {
    this.loop((loop) => {
      this.if(condition.not(), () => loop.leave());
      body(loop);
    }, words);
  }

  /** Runs a block for each of the elements between two addresses, each of `bytes`. */
  each(
    [from, to, bytes]: readonly [Value, Value, number],
    body: (element: Variable, loop: Loop) => void,
    words: BlockWords = {},
  ): void {
    this.block((all) => {
      const element = this.variable("element", from);
      this.if(element.isBelow(to), () => {
        const next = this.unique("next element");
        this.label(next);
        this.block(({ leave }) => body(element, { leave: all.leave, next: leave }));
        element.advance(bytes);
        this.goIf(element.isBelow(to), next);
      });
    }, words);
  }

  /** What the innermost block that has a word on it says. */
  protected when(): string | undefined {
    return this.scope.innermost.when ??
      (this.process === AFTER_FAILURE ? AFTER_FAILURE : undefined);
  }
}

/** So few cases are tried one after the other. */
const FEW_CASES = 4;

const isAscending = (cases: readonly (readonly [Value, unknown])[]): boolean =>
  cases.every(([value], i) =>
    typeof value === "number" && value >= 0 && (i === 0 || value > (cases[i - 1]![0] as number))
  );
