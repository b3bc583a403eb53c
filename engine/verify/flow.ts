/** Every possible way through the steps of a plan: what is reached, and which slots are set there. */
import { GIVEN } from "../operand.ts";
import { FAIL, type Plan, type Step } from "../plan.ts";
import { keptNames } from "../rest.ts";
import type { Labels } from "./labels.ts";
import { saidBy, setBy } from "./names.ts";
import type { Problems } from "./problems.ts";
import { isRefused, leaves, type Shared, sharedOf, stepsFrom } from "./shared.ts";
import { type State, States } from "./states.ts";

/** The ways through a plan, whose labels are all there. */
export class Flow {
  readonly #plan: Plan;
  readonly #labels: Labels;
  readonly #problems: Problems;
  /** The bit of each slot. */
  readonly #bits: ReadonlyMap<string, number>;
  readonly #slots: readonly string[];
  readonly #states: States;
  /** What is kept at rest. */
  readonly #kept: State;
  /** What is set behind the step that is followed, and where a subroutine returns to. */
  readonly #behind: State;
  readonly #returned: State;
  /** 1 for each step whose state has changed, to be followed again. */
  readonly #waiting: Uint8Array;

  constructor(plan: Plan, labels: Labels, slots: readonly string[], problems: Problems) {
    this.#plan = plan;
    this.#labels = labels;
    this.#problems = problems;
    this.#slots = slots;
    this.#bits = new Map(slots.map((name, i) => [name, i]));
    this.#states = new States(plan.steps.length, slots.length);
    this.#kept = this.#states.none();
    this.#behind = this.#states.none();
    this.#returned = this.#states.none();
    for (const name of keptNames(plan)) this.#mark(this.#kept, name);
    this.#waiting = new Uint8Array(plan.steps.length);
  }

  /** Follows all ways, and finds steps that are not reached and slots that may not be set. */
  check(): void {
    const { steps } = this.#plan;
    const start = this.#states.none();
    for (const name of [...GIVEN, ...this.#plan.zeroed]) this.#mark(start, name);
    this.#followAll(0, start);
    steps.forEach((step, i) => {
      const isFirst = i === 0 || this.#states.isReached(i - 1) || steps[i - 1]!.do === "label";
      if (this.#states.isReached(i)) this.#checkReads(step, i, "may not be set here");
      else if (step.do !== "label" && isFirst) this.#problems.at(i, "it is never reached");
    });
    for (const shared of sharedOf(this.#plan, this.#labels)) this.#checkShared(shared);
  }

  /** Follows all ways that begin at a step. */
  #followAll(first: number, state: State): void {
    this.#reach(first, state);
    // In the order of the steps, so that most are followed once: what leads to a step stands before it.
    while (this.#waiting.includes(1)) {
      for (let at = 0; at < this.#waiting.length; at++) if (this.#waiting[at]) this.#follow(at);
    }
  }

  /** Finds what a process reads that a child which uses its memory may have set since. */
  #checkShared({ child, parent, isKnown }: Shared): void {
    if (!this.#states.isReached(parent)) return;
    const childs = stepsFrom(this.#plan, this.#labels, child);
    for (const [at, step] of childs) {
      if (isKnown && isRefused(step)) {
        this.#problems.at(at, "its process may use its parent's memory");
      }
    }
    const own = new Flow(this.#plan, this.#labels, this.#slots, this.#problems);
    const state = own.#states.none();
    this.#states.read(parent, state);
    for (const step of childs.values()) {
      for (const name of setBy(step)) own.#unmark(state, name);
    }
    // What each plan has is set in any case.
    for (const name of GIVEN) own.#mark(state, name);
    own.#followAll(parent, state);
    this.#plan.steps.forEach((step, i) => {
      if (!own.#states.isReached(i)) return;
      own.#checkReads(step, i, "may be the child's here, which uses this memory");
    });
  }

  #reach(at: number, state: State): void {
    if (this.#states.reach(at, state)) this.#waiting[at] = 1;
  }

  #mark(state: State, name: string): void {
    const bit = this.#bits.get(name);
    if (bit !== undefined) state[bit >> 5]! |= 1 << (bit & 31);
  }

  #unmark(state: State, name: string): void {
    const bit = this.#bits.get(name);
    if (bit !== undefined) state[bit >> 5]! &= ~(1 << (bit & 31));
  }

  #markSetBy(step: Step, state: State): void {
    for (const name of setBy(step)) this.#mark(state, name);
  }

  /** Of what is set keeps what is kept at rest: see rest.ts. */
  #forget(state: State): void {
    state.forEach((word, i) => state[i] = word & this.#kept[i]!);
  }

  /** Reaches what comes next. */
  #follow(at: number): void {
    this.#waiting[at] = 0;
    const { steps } = this.#plan;
    const step = steps[at]!;
    // A subroutine's return leads to each place that calls it.
    for (const back of this.#labels.waysBack(step)) {
      if (this.#states.isReached(back)) this.#waiting[back] = 1;
    }
    const state = this.#behind;
    this.#states.read(at, state);
    switch (step.do) {
      case "label":
        // The failure decides which looks are made. Slots that are not set by then are 0.
        if (step.label === FAIL) {
          for (let i = 0; i < at; i++) this.#markSetBy(steps[i]!, state);
        }
        if (step.rest === "begins") this.#forget(state);
        break;
      case "test":
        if (typeof step.goto === "string") this.#reach(this.#labels.at(step.goto), state);
        else this.#return(step.goto.name);
        if (step.operation === "ifAlways") return;
        break;
      case "compute":
        this.#markSetBy(step, state);
        if (leaves(step)) return;
        break;
      case "call": {
        this.#markSetBy(step, state);
        if (step.syscall === "exit_group") return;
        const goal = this.#labels.goalOf(step);
        if (goal !== undefined) this.#reach(goal, state);
      }
    }
    if (at + 1 < steps.length) this.#reach(at + 1, state);
    else this.#problems.at(at, "what comes behind the last step is nothing");
  }

  /** Reaches where a subroutine returns to. Slots that were set before it was called are set after it. */
  #return(slot: string): void {
    for (const { to, from } of this.#labels.returnsOf(slot)) {
      if (!this.#states.isReached(from)) continue;
      this.#returned.set(this.#behind);
      this.#states.add(from, this.#returned);
      this.#reach(to, this.#returned);
    }
  }

  #checkReads(step: Step, at: number, problem: string): void {
    if (step.do === "label") return;
    const check = (name: string): void => {
      if (this.#states.has(at, this.#bits.get(name)!)) return;
      this.#problems.at(at, `variable "${name}" ${problem}`);
    };
    for (const arg of step.args) if (arg.kind === "slot") check(arg.name);
    for (const { name } of saidBy(step)) check(name);
    if (step.do === "test" && typeof step.goto !== "string") check(step.goto.name);
  }
}
