/** Verifies plans before they are laid out, and refuses those that are malformed. */
import { type Failure, type SlotName, valuesOf, variableOf } from "./failure.ts";
import { CONSTANTS, FAILURES, GIVEN, type Operand, PACKED_FAILURES } from "./operand.ts";
import { type Call, FAIL, type Label, type Mark, type Plan, type Step } from "./plan.ts";
import { arityOf, buffersOf } from "./signature.ts";

/** A malformed plan. The message has all that is wrong with it. */
export class PlanError extends Error {
  override readonly name = "PlanError";
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join("\n"));
    this.problems = problems;
  }
}

/** Bytes of a slot. */
const SLOT_BYTES = 8;

/** The steps of a plan, with what verification needs to know of each. */
class Verification {
  readonly #plan: Plan;
  readonly #problems: string[] = [];
  readonly #labels = new Map<Label, number>();
  /** The labels that each slot may hold, with the step that stores them. */
  readonly #returns = new Map<string, { readonly label: Label; readonly at: number }[]>();
  /** The jumps through each slot. */
  readonly #jumps = new Map<string, readonly number[]>();
  readonly #slots = new Map<string, number>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  run(): readonly string[] {
    this.#findLabels();
    this.#checkNames();
    this.#plan.steps.forEach((step, i) => this.#checkStep(step, i));
    // Without its labels a plan leads nowhere.
    if (this.#problems.length === 0) this.#followSteps();
    return this.#problems;
  }

  #problem(at: number, text: string): void {
    const step = this.#plan.steps[at]!;
    const shown = step.do === "call" ? `${step.syscall}, "${step.note}"` : step.do;
    this.#problems.push(`step ${at + 1} (${shown}): ${text}`);
  }

  #findLabels(): void {
    this.#plan.steps.forEach((step, i) => {
      if (step.do === "label") {
        if (this.#labels.has(step.label)) this.#problem(i, `label "${step.label}" is there twice`);
        this.#labels.set(step.label, i);
      } else if (step.do === "compute" && step.result !== undefined) {
        const [first] = step.args;
        if (first?.kind !== "label") return;
        const labels = this.#returns.get(step.result) ?? [];
        this.#returns.set(step.result, [...labels, { label: first.label, at: i }]);
      } else if (step.do === "test" && typeof step.goto !== "string") {
        this.#jumps.set(step.goto.name, [...this.#jumps.get(step.goto.name) ?? [], i]);
      }
    });
  }

  /** A name stands for one thing: a slot, a buffer, or an array. */
  #checkNames(): void {
    const kinds = new Map<string, string>(
      Object.keys(this.#plan.buffers).map((name) => [name, "buffer"]),
    );
    const check = (name: string, kind: string, at: number): void => {
      const known = kinds.get(name) ?? kind;
      if (known !== kind) this.#problem(at, `"${name}" is a ${known} and a ${kind}`);
      // Reported once.
      kinds.set(name, kind);
    };
    for (const name of GIVEN) {
      if (kinds.has(name)) this.#problems.push(`"${name}" is a slot and a buffer`);
      kinds.set(name, "slot");
    }
    this.#plan.steps.forEach((step, i) => {
      if (step.do === "label") return;
      for (const arg of step.args) {
        if (arg.kind === "slot") check(arg.name, "slot", i);
        else if (arg.kind === "vector" && arg.name !== undefined) check(arg.name, "array", i);
      }
      for (const { name } of saidBy(step)) check(name, "slot", i);
      if (step.do !== "test" && step.result !== undefined) check(step.result, "slot", i);
    });
    for (const [name, kind] of kinds) {
      if (kind === "slot") this.#slots.set(name, this.#slots.size);
    }
  }

  /** How many bytes may be read or written at an address; undefined where that is not known. */
  #roomAt(operand: Operand, isWritten: boolean): number | undefined {
    switch (operand.kind) {
      case "slot":
      case "number":
        return undefined;
      case "address":
        if (operand.name === CONSTANTS) return isWritten ? 0 : undefined;
        if (operand.name === FAILURES || operand.name === PACKED_FAILURES) return undefined;
        return (this.#plan.buffers[operand.name] ?? SLOT_BYTES) - operand.offset;
      case "vector":
        return SLOT_BYTES * (operand.items.length + 1);
      case "text":
        return isWritten ? 0 : operand.bytes.length + 1;
      case "data":
        return isWritten && !operand.written ? 0 : operand.bytes.length;
      case "label":
      case "failure":
        return 0;
    }
  }

  #checkStep(step: Step, at: number): void {
    if (step.do === "label") return;
    const goals = step.do === "call"
      ? typeof step.onError === "object"
        ? [step.onError.goto]
        : step.onError === "fail"
        ? [FAIL]
        : []
      : step.do === "test" && typeof step.goto === "string"
      ? [step.goto]
      : [];
    for (const goal of goals) {
      if (!this.#labels.has(goal)) this.#problem(at, `there is no label "${goal}"`);
    }
    for (const arg of step.args) {
      if (arg.kind === "label" && !this.#labels.has(arg.label)) {
        this.#problem(at, `there is no label "${arg.label}"`);
      }
    }
    if (step.do === "call") this.#checkCall(step, at);
    else if (step.do === "compute") this.#checkWrite(step.operation, step.args, at);
  }

  #checkCall(call: Call, at: number): void {
    const { syscall, args } = call;
    const arity = arityOf(syscall);
    if (args.length < arity.least || args.length > arity.most) {
      const wanted = arity.least === arity.most ? arity.most : `${arity.least} to ${arity.most}`;
      this.#problem(at, `${syscall} takes ${wanted} arguments, not ${args.length}`);
      return;
    }
    for (const { argument, bytes, isWritten } of buffersOf(syscall, args)) {
      const room = this.#roomAt(args[argument]!, isWritten);
      if (room !== undefined && room < bytes) {
        this.#problem(
          at,
          `${bytes} bytes do not fit in "${nameOf(args[argument]!)}": it has ${room}`,
        );
      }
    }
  }

  #checkWrite(operation: string, args: readonly Operand[], at: number): void {
    const width = ({ put: 8, put32: 4, put16: 2, put8: 1 } as Record<string, number>)[operation];
    const [target, offset, length] = args;
    if (!target || !offset) return;
    const room = this.#roomAt(target, true);
    if (room === undefined) return;
    const [from, to] = width !== undefined && offset.kind === "number"
      ? [Number(offset.value), Number(offset.value) + width]
      : operation === "copy" && length?.kind === "number"
      ? [0, Number(length.value)]
      : [0, 0];
    const before = target.kind === "address" ? target.offset : 0;
    if (from < -before || to > room) {
      this.#problem(at, `bytes ${from} to ${to} are not in "${nameOf(target)}": it has ${room}`);
    }
  }

  // Which slots are set when a step is reached

  /** Follows every possible path through the steps. */
  #followSteps(): void {
    const { steps } = this.#plan;
    const words = Math.ceil(this.#slots.size / 32);
    const states: (Uint32Array | undefined)[] = new Array(steps.length);
    const waiting: number[] = [];
    const reach = (at: number, state: Uint32Array): void => {
      const known = states[at];
      if (!known) states[at] = state.slice();
      else {
        let isSame = true;
        for (let i = 0; i < words; i++) {
          const both = known[i]! & state[i]!;
          if (both !== (known[i]! | 0)) [known[i], isSame] = [both, false];
        }
        if (isSame) return;
      }
      waiting.push(at);
    };
    const start = new Uint32Array(words);
    for (const name of GIVEN) this.#mark(start, name);
    reach(0, start);
    for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
      const state = states[at]!.slice();
      // A subroutine's return leads to each place that calls it.
      for (const back of this.#waysBack(at)) if (states[back]) waiting.push(back);
      for (const next of this.#step(at, state, states)) {
        if (next.at >= steps.length) this.#once(at, "what comes behind the last step is nothing");
        else reach(next.at, next.state);
      }
    }
    steps.forEach((step, i) => {
      const isFirst = i === 0 || states[i - 1] !== undefined || steps[i - 1]!.do === "label";
      if (step.do !== "label" && !states[i] && isFirst) this.#problem(i, "it is never reached");
      else if (states[i]) this.#checkReads(step, i, states[i]!);
    });
  }

  /** Of a step that stores a return label: the return jumps of that subroutine. */
  #waysBack(at: number): readonly number[] {
    const step = this.#plan.steps[at]!;
    if (step.do !== "compute" || step.args[0]?.kind !== "label") return [];
    return this.#jumps.get(step.result ?? "") ?? [];
  }

  readonly #said = new Set<string>();

  #once(at: number, text: string): void {
    if (this.#said.has(`${at} ${text}`)) return;
    this.#said.add(`${at} ${text}`);
    this.#problem(at, text);
  }

  #mark(state: Uint32Array, name: string): void {
    const bit = this.#slots.get(name);
    if (bit !== undefined) state[bit >> 5]! |= 1 << (bit & 31);
  }

  #markAllBefore(at: number, state: Uint32Array): void {
    for (const step of this.#plan.steps.slice(0, at)) {
      if (step.do === "test" || step.do === "label") continue;
      for (const arg of step.args) if (arg.kind === "address") this.#mark(state, arg.name);
      if (step.result !== undefined) this.#mark(state, step.result);
    }
  }

  /** The successors of a step, each with the slots that are set there. `state` is what is set before the step. */
  #step(
    at: number,
    state: Uint32Array,
    states: readonly (Uint32Array | undefined)[],
  ): { at: number; state: Uint32Array }[] {
    const step = this.#plan.steps[at]!;
    if (step.do === "label") {
      // The failure decides which looks are made. Slots that are not set by then are 0.
      if (step.label === FAIL) this.#markAllBefore(at, state);
      return [{ at: at + 1, state }];
    }
    if (step.do === "test") {
      const next = step.operation === "ifAlways" ? [] : [{ at: at + 1, state }];
      if (typeof step.goto === "string") {
        return [...next, { at: this.#labels.get(step.goto)!, state }];
      }
      // Slots that were set before the call of a subroutine are set after it.
      const returns = this.#returns.get(step.goto.name) ?? [];
      return [
        ...next,
        ...returns.flatMap(({ label, at: from }) => {
          const before = states[from];
          if (!before) return [];
          const both = state.map((word, i) => word | before[i]!);
          return [{ at: this.#labels.get(label)!, state: both }];
        }),
      ];
    }
    // The kernel writes to slots whose addresses it gets.
    for (const arg of step.args) if (arg.kind === "address") this.#mark(state, arg.name);
    if (step.result !== undefined) this.#mark(state, step.result);
    if (step.do === "compute") return step.operation === "enter" ? [] : [{ at: at + 1, state }];
    if (step.syscall === "exit_group") return [];
    const next = { at: at + 1, state };
    if (step.onError === "continue") return [next];
    const goal = step.onError === "fail" ? FAIL : step.onError.goto;
    return [next, { at: this.#labels.get(goal)!, state }];
  }

  #checkReads(step: Step, at: number, state: Uint32Array): void {
    if (step.do === "label") return;
    const read = [...step.args.filter((arg) => arg.kind === "slot"), ...saidBy(step)];
    if (step.do === "test" && typeof step.goto !== "string") read.push(step.goto);
    for (const { name } of read) {
      const bit = this.#slots.get(name)!;
      if ((state[bit >> 5]! & 1 << (bit & 31)) === 0) {
        this.#once(at, `variable "${name}" may not be set here`);
      }
    }
  }
}

/** The variables that a step's failures mention. */
function saidBy(step: Exclude<Step, Mark>): SlotName[] {
  const failures = step.args.flatMap((arg): Failure[] =>
    arg.kind === "failure" ? [arg.failure] : []
  );
  if (step.do === "call" && step.failure) failures.push(step.failure);
  return failures.flatMap(valuesOf).map(variableOf);
}

const nameOf = (operand: Operand): string =>
  operand.kind === "address" ? operand.name : `a ${operand.kind}`;

/** Verifies a plan. @throws {PlanError} with all that is wrong. */
export function verify(plan: Plan): void {
  const problems = new Verification(plan).run();
  if (problems.length > 0) throw new PlanError(problems);
}
