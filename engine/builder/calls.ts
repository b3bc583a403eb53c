/** System calls, what their failures mean, and the ends of processes. */
import { errnoOf } from "../../ffi/abi/errno.ts";
import type { Syscall } from "../../ffi/abi/syscall.ts";
import { Condition } from "../condition.ts";
import type { Failure } from "../failure.ts";
import { ERROR, FAILURE, slot, UNUSED } from "../operand.ts";
import { type Call, FAIL, type Label } from "../plan.ts";
import { constant, type Value, Variable } from "../value.ts";
import { Blocks, type BlockWords } from "./blocks.ts";

/** What a call's failure means: it is said and is the end, it does not matter, or a block is run. */
export type Outcome = Failure | "ignored" | ((error: CallError) => void);

/** Outcomes by the name of the error; `otherwise` is that of all others. */
export type Outcomes =
  & { readonly otherwise: Outcome }
  & {
    readonly [error in `E${Uppercase<string>}`]?: Outcome;
  };

/** How a call is made. */
export interface CallWords {
  /** What its failure means. A block that is run then goes on behind the call, unless it ends. */
  readonly fails: Outcome | Outcomes;
  /** The variable that takes the result, or the name of a new one. */
  readonly result?: string | Variable;
  /** When it is made, where the blocks around it do not say so. */
  readonly when?: string;
}

/** The error of a call, in the block that is run when it fails. */
export interface CallError {
  /** What the kernel gave: -errno. It is to be kept where other calls follow, which may fail too. */
  readonly result: Value;
  /** Whether it is one of these. */
  is(...names: readonly string[]): Condition;
  /** Says that the call has failed, and ends. `kept` is its result, where that was kept. */
  fail(failure: Failure, kept?: Value): void;
  /** Leaves none, for who looks whether a call has failed when all is over. */
  forget(): void;
}

/** Writes calls. */
export class Calls extends Blocks {
  /** Where failures are said that are no call's, by their errors. */
  readonly #said = new Map<Failure, Map<number, Label>>();

  /**
   * Makes a system call. `note` says in plain words what it is for.
   *
   * @returns What the kernel gives.
   */
  call(syscall: Syscall, args: readonly Value[], note: string, words: CallWords): Variable {
    const { fails, result, when = this.when() } = words;
    if (fails === undefined) {
      throw new TypeError(`Cannot make ${syscall}, "${note}": nothing says what its failure means`);
    }
    const variable = result === undefined
      ? new Variable(UNUSED, this, this.scope.root)
      : typeof result === "string"
      ? this.variable(result)
      : result;
    this.scope.check(variable);
    const { otherwise, ...named }: Outcomes = typeof fails === "object" && "otherwise" in fails
      ? fails
      : { otherwise: fails };
    const failure = typeof otherwise === "object" ? otherwise : undefined;
    const cases = Object.entries(named) as [string, Outcome][];
    const handler = cases.length > 0 || typeof otherwise === "function"
      ? this.unique("failed")
      : undefined;
    let call: Call | undefined;
    this.statement(() => {
      call = {
        do: "call",
        syscall,
        args: args.map((arg) => this.operandOf(arg)),
        onError: handler !== undefined ? { goto: handler } : failure ? "fail" : "continue",
        note,
        process: this.process,
        ...(result === undefined ? {} : { result: variable.name }),
        ...(failure === undefined ? {} : { failure }),
        ...(when === undefined ? {} : { when }),
      };
      this.push(call);
    });
    if (handler !== undefined) {
      const behind = this.unique("behind");
      this.goTo(behind);
      this.label(handler);
      this.#handle(call!, cases, otherwise, behind);
      this.label(behind);
    }
    return variable;
  }

  /** What is done when a call has failed. */
  #handle(
    call: Call,
    cases: readonly (readonly [string, Outcome])[],
    otherwise: Outcome,
    behind: Label,
  ): void {
    const error: CallError = {
      is: (...names) =>
        Condition.any(
          ...names.map((name) => Condition.of("ifEqual", slot(ERROR), -numberOf(name))),
        ),
      result: slot(ERROR),
      fail: (failure, kept) => {
        if (kept !== undefined) this.assign(ERROR, kept);
        this.#say(failure, call);
      },
      forget: () => this.assign(ERROR, 0),
    };
    const run = (outcome: Outcome): void => {
      if (outcome === "ignored") this.goTo(behind);
      else if (typeof outcome === "object") error.fail(outcome);
      else {
        this.scope.inside({ when: this.when() }, () => outcome(error));
        if (this.isReached) this.goTo(behind);
      }
    };
    for (const [name, outcome] of cases) this.if(error.is(name), () => run(outcome));
    // The record of the call has its failure already.
    if (typeof otherwise === "object") this.goTo(FAIL);
    else run(otherwise);
  }

  /** Says a failure that is no call's, and ends. `errno` is its error, 0 for none. */
  fail(failure: Failure, errno: Value = 0): void {
    if (typeof errno !== "number") {
      this.assign(ERROR, constant(0).minus(errno));
      return this.#say(failure, undefined);
    }
    // The same is written once.
    const said = this.#said.get(failure) ?? new Map<number, Label>();
    const known = said.get(errno);
    if (known !== undefined) return this.goTo(known);
    const label = this.unique("failure");
    this.#said.set(failure, said.set(errno, label));
    this.label(label);
    this.assign(ERROR, -errno);
    this.#say(failure, undefined);
  }

  #say(failure: Failure, call: Call | undefined): void {
    const args = [{ kind: "failure", failure, ...(call ? { call } : {}) }] as const;
    this.push({ do: "compute", operation: "set", args, result: FAILURE });
    this.goTo(FAIL);
  }

  /** Ends the process. */
  exit(status: Value, note: string, words: BlockWords = {}): void {
    this.call("exit_group", [status], note, { fails: "ignored", ...words });
    this.isReached = false;
  }

  /** Goes on at an address, as the kernel starts a program: with the stack that it gave. */
  enter(at: Value): void {
    this.#goOn("enter", at);
  }

  /** Goes on with another image's plan. @param constants The address of its constants. */
  start(constants: Value): void {
    this.#goOn("start", constants);
  }

  #goOn(operation: "enter" | "start", at: Value): void {
    this.statement(() => this.push({ do: "compute", operation, args: [this.operandOf(at)] }));
    this.isReached = false;
  }
}

function numberOf(name: string): number {
  const number = errnoOf(name);
  if (number === undefined) throw new TypeError(`Cannot find an error "${name}"`);
  return number;
}
