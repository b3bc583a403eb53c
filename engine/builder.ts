/**
 * Builds plans: the language that steps are written in. It has what builder/ has, from the bottom up:
 * statements, blocks, calls, subroutines; and here what is said once for a plan, and processes. Blocks
 * become labels and jumps, expressions become operations, and neither is seen elsewhere.
 */
import { CLONE_VFORK, CLONE_VM } from "../ffi/abi/sched.ts";
import { SIGNALS } from "../ffi/abi/signal.ts";
import { Subroutines } from "./builder/subroutines.ts";
import { Condition, type When } from "./condition.ts";
import type { Failure, Look } from "./failure.ts";
import type { Given, LookSteps } from "./failure/look_steps.ts";
import {
  COPIED,
  ERROR,
  FAILURE,
  FOUND_NUMBER,
  FOUND_STRING,
  REPORT,
  STACK,
  VOICE,
} from "./operand.ts";
import { AFTER_FAILURE, FAIL, type Label, type Plan } from "./plan.ts";
import { constant, type Value, Variable } from "./value.ts";

/** How a process is started. */
export interface ProcessWords {
  /** What it is called in prints. */
  readonly name: string;
  /** The variable that takes its PID. Default: a new one of that name. */
  readonly result?: string | Variable;
  readonly note: string;
  readonly fails: Failure;
  /** The signal that its end sends; 0 for none. Default: SIGCHLD. */
  readonly signal?: number;
  /**
   * Where it uses its parent's memory, which stops until it executes a program or ends: for a child that
   * does so at once. What it sets is set for its parent too: {@linkcode verify} sees to it that this does
   * not matter. Default: it gets a copy. @see vfork(2)
   */
  readonly sharesMemory?: When;
}

/** Builds a plan. */
export class Builder extends Subroutines {
  /** Where the kernel put argc, argv and the environment. */
  readonly stack: Variable = new Variable(STACK, this, this.scope.root);
  /** The descriptor to report a failure to; 0, as at the start, if it is said on standard error. */
  readonly report: Variable = new Variable(REPORT, this, this.scope.root);
  /** Who speaks, of several front ends: its index, 0 at the start. */
  readonly voice: Variable = new Variable(VOICE, this, this.scope.root);
  /** Whether this is a copy in memory, made by the launcher that went on from it: 1, or 0. */
  readonly copied: Variable = new Variable(COPIED, this, this.scope.root);
  /** What a call gave that has failed: -errno; 0 if no call has. */
  readonly error: Variable = new Variable(ERROR, this, this.scope.root);
  /** Where the failure is that is said. */
  readonly failure: Variable = new Variable(FAILURE, this, this.scope.root);
  /** What a look has found, to be said in its hint: a number, and the address of a C string. */
  readonly found: Variable = new Variable(FOUND_NUMBER, this, this.scope.root);
  readonly foundName: Variable = new Variable(FOUND_STRING, this, this.scope.root);
  /** Looks that this plan alone has. */
  readonly looks: Map<string, LookSteps> = new Map();
  /** The kinds of looks that the plan has steps for. */
  kinds: readonly string[] = [];
  /** As of the plan. */
  isPacked = false;

  /**
   * @param process The name of the process that makes the first steps.
   * @param behind A plan that the steps are to stand in front of.
   */
  constructor(process: string, behind?: Plan) {
    super(process);
    if (behind) this.names.take(behind);
  }

  plan(name: string): Plan {
    const { steps, buffers, zeroed, kinds, isPacked } = this;
    return { name, steps, buffers, zeroed, kinds, ...isPacked ? { isPacked } : {} };
  }

  /** A plan with steps in front of its own. */
  static before(plan: Plan, process: string, write: (s: Builder) => void): Plan {
    const s = new Builder(process, plan);
    write(s);
    return {
      ...plan,
      steps: [...s.steps, ...plan.steps],
      buffers: { ...plan.buffers, ...s.buffers },
      zeroed: [...plan.zeroed, ...s.zeroed],
    };
  }

  /**
   * A look for a cause that is made when a failure has it in one of its hints. `body` tells whether the
   * cause is seen, and may set what is found: a number, or `foundName`.
   *
   * @param kind The same kind is the same steps: `body` is what it was the first time.
   * @param given What this look gives them.
   */
  look(
    kind: string,
    body: (found: Variable, given: Given) => When,
    ...given: readonly number[]
  ): Look {
    if (!this.looks.has(kind)) this.looks.set(kind, (_, given) => body(this.found, given));
    return { kind, given };
  }

  /**
   * The last steps of a process, which take long: what they need is laid out together, so that all else can
   * be given back meanwhile. See rest.ts.
   *
   * @param ahead Steps before them, which get the address of the first.
   */
  rest(body: () => void, ahead: (steps: Value) => void = () => {}): void {
    const label = this.unique("rest");
    ahead({ kind: "label", label });
    this.goTo(label);
    this.steps.push({ do: "label", label, rest: "begins" });
    this.isReached = true;
    body();
    if (this.isReached) throw new Error("Cannot rest for a while: nothing says how it ends");
    this.steps.push({ do: "label", label: this.unique("end of rest"), rest: "ends" });
  }

  /** What every failure leads to, which ends: the last steps of a plan. */
  whenFailed(body: () => void): void {
    this.process = AFTER_FAILURE;
    this.label(FAIL);
    body();
    if (this.isReached) throw new Error("Cannot go on after a failure: nothing says how it ends");
  }

  /**
   * Starts a process, which runs a block to its end: an exit, or another program.
   *
   * @returns Its PID.
   */
  startProcess(words: ProcessWords, body: () => void): Variable {
    const { pid, other } = this.#clone(words, "ifNot");
    this.#runProcess(words.name, body);
    this.label(other);
    return pid;
  }

  /**
   * Goes on as a new process, while this one runs a block to its end, which gets the other's PID.
   *
   * @param parent What the old process is called from here on.
   */
  becomeChild(words: ProcessWords, parent: string, body: (pid: Variable) => void): void {
    const { pid, other } = this.#clone(words, "ifEqual");
    this.#runProcess(parent, () => body(pid));
    this.process = words.name;
    this.label(other);
  }

  #clone(
    { name, note, fails, result = name, signal = SIGNALS.SIGCHLD, sharesMemory = false }:
      ProcessWords,
    test: "ifEqual" | "ifNot",
  ): { pid: Variable; other: Label } {
    const other = this.unique("other process");
    const flags = this.#cloneFlags(signal, sharesMemory);
    const pid = this.call("clone", [flags, 0, 0, 0, 0], note, { result, fails });
    this.goIf(Condition.of(test, pid, 0), other);
    return { pid, other };
  }

  #cloneFlags(signal: number, sharesMemory: When): Value {
    const sharing = CLONE_VM | CLONE_VFORK | signal;
    if (typeof sharesMemory === "boolean") return constant(sharesMemory ? sharing : signal);
    const flags = this.variable("clone flags", signal).said();
    this.if(sharesMemory, () => flags.set(sharing));
    return flags;
  }

  #runProcess(name: string, body: () => void): void {
    const before = this.process;
    this.process = name;
    this.scope.inside({}, body);
    if (this.isReached) throw new Error(`Cannot end process "${name}": nothing says how`);
    this.process = before;
  }
}
