/** Every possible way through the steps of a plan: what is reached, and which slots are set there. */
import { GIVEN } from "../operand.ts";
import { FAIL, type Plan, type Step } from "../plan.ts";
import { keptNames } from "../rest.ts";
import type { Labels } from "./labels.ts";
import { saidBy } from "./names.ts";
import type { Problems } from "./problems.ts";

/** Slots that are set: a bit for each. */
type State = Uint32Array;

/** A step that comes next, with the slots that are set there. */
interface Next {
  readonly at: number;
  readonly state: State;
}

/** The ways through a plan, whose labels are all there. */
export class Flow {
  readonly #plan: Plan;
  readonly #labels: Labels;
  readonly #problems: Problems;
  /** The bit of each slot. */
  readonly #bits: ReadonlyMap<string, number>;
  /** What is kept at rest. */
  readonly #kept: State;
  /** What is set before each step; undefined where none is reached. */
  readonly #states: (State | undefined)[];
  /** 1 for each step whose state has changed, to be followed again. */
  readonly #waiting: Uint8Array;

  constructor(plan: Plan, labels: Labels, slots: readonly string[], problems: Problems) {
    this.#plan = plan;
    this.#labels = labels;
    this.#problems = problems;
    this.#bits = new Map(slots.map((name, i) => [name, i]));
    this.#kept = this.#none();
    for (const name of keptNames(plan)) this.#mark(this.#kept, name);
    this.#states = new Array(plan.steps.length);
    this.#waiting = new Uint8Array(plan.steps.length);
  }

  /** Follows all ways, and finds steps that are not reached and slots that may not be set. */
  check(): void {
    const { steps } = this.#plan;
    const start = this.#none();
    for (const name of GIVEN) this.#mark(start, name);
    this.#reach({ at: 0, state: start });
    // In the order of the steps, so that most are followed once: what leads to a step stands before it.
    while (this.#waiting.includes(1)) {
      for (let at = 0; at < steps.length; at++) if (this.#waiting[at]) this.#follow(at);
    }
    steps.forEach((step, i) => {
      const state = this.#states[i];
      const isFirst = i === 0 || this.#states[i - 1] !== undefined || steps[i - 1]!.do === "label";
      if (state) this.#checkReads(step, i, state);
      else if (step.do !== "label" && isFirst) this.#problems.at(i, "it is never reached");
    });
  }

  #follow(at: number): void {
    this.#waiting[at] = 0;
    // A subroutine's return leads to each place that calls it.
    for (const back of this.#waysBack(at)) if (this.#states[back]) this.#waiting[back] = 1;
    for (const next of this.#nextOf(at, this.#states[at]!.slice())) {
      if (next.at < this.#states.length) this.#reach(next);
      else this.#problems.at(at, "what comes behind the last step is nothing");
    }
  }

  /** What is set at a step is what is set on each way there. */
  #reach({ at, state }: Next): void {
    const known = this.#states[at];
    if (!known) this.#states[at] = state.slice();
    let isSame = known !== undefined;
    for (let i = 0; known && i < known.length; i++) {
      const both = known[i]! & state[i]!;
      if (both !== (known[i]! | 0)) [known[i], isSame] = [both, false];
    }
    if (!isSame) this.#waiting[at] = 1;
  }

  /** Of a step that stores a return label: the return jumps of that subroutine. */
  #waysBack(at: number): readonly number[] {
    const step = this.#plan.steps[at]!;
    if (step.do !== "compute" || step.args[0]?.kind !== "label") return [];
    return this.#labels.jumpsThrough(step.result ?? "");
  }

  #none(): State {
    return new Uint32Array(Math.ceil(this.#bits.size / 32));
  }

  #mark(state: State, name: string): void {
    const bit = this.#bits.get(name);
    if (bit !== undefined) state[bit >> 5]! |= 1 << (bit & 31);
  }

  /** Marks what a step sets: its result, and what the kernel may write to as it gets the address. */
  #markSetBy(step: Step, state: State): void {
    if (step.do === "test" || step.do === "label") return;
    for (const arg of step.args) if (arg.kind === "address") this.#mark(state, arg.name);
    if (step.result !== undefined) this.#mark(state, step.result);
  }

  /** Of what is set keeps what is kept at rest: see rest.ts. */
  #forget(state: State): void {
    state.forEach((word, i) => state[i] = word & this.#kept[i]!);
  }

  /** What comes behind a step. @param state What is set before it. */
  #nextOf(at: number, state: State): Next[] {
    const { steps } = this.#plan;
    const step = steps[at]!;
    const behind = { at: at + 1, state };
    switch (step.do) {
      case "label":
        // The failure decides which looks are made. Slots that are not set by then are 0.
        if (step.label === FAIL) {
          for (const one of steps.slice(0, at)) {
            this.#markSetBy(one, state);
          }
        }
        if (step.rest === "begins") this.#forget(state);
        return [behind];
      case "test": {
        const { goto } = step;
        const next = step.operation === "ifAlways" ? [] : [behind];
        if (typeof goto === "string") return [...next, { at: this.#labels.at(goto), state }];
        return [...next, ...this.#returnsOf(goto.name, state)];
      }
      case "compute":
        this.#markSetBy(step, state);
        return step.operation === "enter" ? [] : [behind];
      case "call": {
        this.#markSetBy(step, state);
        if (step.syscall === "exit_group") return [];
        if (step.onError === "continue") return [behind];
        const goal = step.onError === "fail" ? FAIL : step.onError.goto;
        return [behind, { at: this.#labels.at(goal), state }];
      }
    }
  }

  /** Where a subroutine returns to. Slots that were set before it was called are set after it. */
  #returnsOf(slot: string, state: State): Next[] {
    return this.#labels.returnsOf(slot).flatMap(({ to, from }) => {
      const before = this.#states[from];
      return before ? [{ at: to, state: state.map((word, i) => word | before[i]!) }] : [];
    });
  }

  #checkReads(step: Step, at: number, state: State): void {
    if (step.do === "label") return;
    const read = [...step.args.filter((arg) => arg.kind === "slot"), ...saidBy(step)];
    if (step.do === "test" && typeof step.goto !== "string") read.push(step.goto);
    for (const { name } of read) {
      const bit = this.#bits.get(name)!;
      if ((state[bit >> 5]! & 1 << (bit & 31)) === 0) {
        this.#problems.at(at, `variable "${name}" may not be set here`);
      }
    }
  }
}
