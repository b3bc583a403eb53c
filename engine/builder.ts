/**
 * Builds plans: the language that steps are written in. Blocks become labels and jumps, expressions
 * become operations, and neither is seen elsewhere.
 */
import { errnoOf } from "../ffi/abi/errno.ts";
import { SIGNALS } from "../ffi/abi/signal.ts";
import type { Syscall } from "../ffi/abi/syscall.ts";
import { Condition, opposite, type When } from "./condition.ts";
import type { Failure, Look } from "./failure.ts";
import type { Given, LookSteps } from "./looks.ts";
import {
  ERROR,
  FAILURE,
  FOUND_NUMBER,
  FOUND_STRING,
  GIVEN,
  type Operand,
  operand,
  REPORT,
  shownName,
  slot,
  STACK,
  UNUSED,
} from "./operand.ts";
import {
  AFTER_FAILURE,
  type Call,
  FAIL,
  type Label,
  type Plan,
  type Step,
  type Test,
} from "./plan.ts";
import { constant, Expression, Place, type Setter, type Value, Variable } from "./value.ts";

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
}

/** Where in memory a value goes. */
export interface StoreWords {
  readonly offset?: Value;
  /** Default: 8. */
  readonly bytes?: 1 | 2 | 4 | 8;
}

/** Variables by name. */
type Variables<Names extends string> = Readonly<Record<Names, Variable>>;

interface Block {
  readonly when?: string | undefined;
}

interface Subroutine {
  readonly start: Label;
  readonly back: Variable;
  readonly parameters: readonly Variable[];
  readonly results: readonly Variable[];
  isOpen: boolean;
  /** Whether it comes to its end. */
  returns: boolean;
}

const STORES = { 1: "put8", 2: "put16", 4: "put32", 8: "put" } as const;

/** Builds a plan. */
export class Builder implements Setter {
  readonly steps: Step[] = [];
  readonly buffers: Record<string, number> = {};
  /** The process that the steps from here on belong to. */
  process: string;
  readonly #root: Block = {};
  /** Where the kernel put argc, argv and the environment. */
  readonly stack: Variable = new Variable(STACK, this, this.#root);
  /** The descriptor to report a failure to; 0, as at the start, if it is said on standard error. */
  readonly report: Variable = new Variable(REPORT, this, this.#root);
  /** What a call gave that has failed: -errno; 0 if no call has. */
  readonly error: Variable = new Variable(ERROR, this, this.#root);
  /** Where the failure is that is said. */
  readonly failure: Variable = new Variable(FAILURE, this, this.#root);
  /** What a look has found, to be said in its hint: a number, and the address of a C string. */
  readonly found: Variable = new Variable(FOUND_NUMBER, this, this.#root);
  readonly foundName: Variable = new Variable(FOUND_STRING, this, this.#root);
  /** Looks that this plan alone has. */
  readonly looks: Map<string, LookSteps> = new Map();
  /** The kinds of looks that the plan has steps for. */
  kinds: readonly string[] = [];
  /** Blocks that are open, the outermost first. */
  #blocks: readonly Block[] = [this.#root];
  readonly #names = new Map<string, number>(GIVEN.map((name) => [name, 1]));
  readonly #subroutines = new Map<string, Subroutine>();
  /** Where failures are said that are no call's, by their errors. */
  readonly #said = new Map<Failure, Map<number, Label>>();
  #labels = 0;
  #temporaries = 0;
  /** Whether what comes next can be reached. */
  #isReached = true;

  /**
   * @param process The name of the process that makes the first steps.
   * @param behind A plan that the steps are to stand in front of.
   */
  constructor(process: string, behind?: Plan) {
    this.process = process;
    if (behind) this.#takeNames(behind);
  }

  plan(name: string): Plan {
    return { name, steps: this.steps, buffers: this.buffers, kinds: this.kinds };
  }

  /** A plan with steps in front of its own. */
  static before(plan: Plan, process: string, write: (s: Builder) => void): Plan {
    const s = new Builder(process, plan);
    write(s);
    return {
      ...plan,
      steps: [...s.steps, ...plan.steps],
      buffers: { ...plan.buffers, ...s.buffers },
    };
  }

  // Variables and memory

  /**
   * A variable of this block. Without a value it must be set before it is used.
   *
   * @param shown How prints show it. Default: `<name>`.
   */
  variable(name: string, value?: Value, shown?: string): Variable {
    const variable = this.#declare(name, this.#blocks.at(-1)!, shown);
    if (value !== undefined) variable.set(value);
    return variable;
  }

  /**
   * A variable that is set, and used, only where a condition holds.
   */
  variableIf(condition: When, name: string): Variable {
    const variable = this.variable(name);
    if (typeof condition !== "boolean") variable.set(0);
    return variable;
  }

  #declare(name: string, block: Block, shown?: string): Variable {
    return new Variable(this.#uniqueName(name), this, block, shown);
  }

  /** Sees to it that no other thing gets a name of a plan. */
  #takeNames({ steps, buffers }: Plan): void {
    const take = (name: string): void => {
      const shown = shownName(name);
      const number = name === shown ? 1 : Number(name.slice(shown.length + 1));
      this.#names.set(shown, Math.max(number, this.#names.get(shown) ?? 0));
    };
    for (const name of Object.keys(buffers)) take(name);
    for (const step of steps) {
      if (step.do === "label") {
        this.#labels = Math.max(this.#labels, Number(/#(\d+)$/.exec(step.label)?.[1] ?? 0));
        continue;
      }
      for (const arg of step.args) {
        if ("name" in arg && arg.name !== undefined) take(arg.name);
      }
      if (step.do !== "test" && step.result !== undefined) take(step.result);
    }
  }

  #uniqueName(name: string): string {
    const count = (this.#names.get(name) ?? 0) + 1;
    this.#names.set(name, count);
    return count === 1 ? name : `${name}#${count}`;
  }

  /** Zeroed memory of this many bytes. */
  memory(name: string, bytes: number): Place {
    const unique = this.#uniqueName(name);
    this.buffers[unique] = bytes;
    return new Place(unique, bytes);
  }

  /** Sets a variable. */
  set(variable: Variable, value: Value): void {
    this.#checkBlock(variable);
    this.#statement(() => {
      const [operation, args] = value instanceof Expression
        ? [value.operation, value.args] as const
        : ["set", [value]] as const;
      this.#push({
        do: "compute",
        operation,
        args: args.map((arg) => this.#operand(arg)),
        result: variable.name,
      });
    });
  }

  /** Puts a value in 1, 2, 4 or 8 bytes at an address. */
  store(at: Value, value: Value, { offset = 0, bytes = 8 }: StoreWords = {}): void {
    // Refuses a place outside of its memory.
    if (at instanceof Place && typeof offset === "number") at.at(offset).at(bytes);
    this.#statement(() =>
      this.#push({
        do: "compute",
        operation: STORES[bytes],
        args: [at, offset, value].map((arg) => this.#operand(arg)),
      })
    );
  }

  /** Runs what makes one statement: temporaries are free again behind it. */
  #statement(body: () => void): void {
    const before = this.#temporaries;
    body();
    this.#temporaries = before;
  }

  #push(step: Step): void {
    if (!this.#isReached && step.do !== "label") {
      throw new Error(`Cannot be reached: ${"note" in step ? step.note : step.do}`);
    }
    this.steps.push(step);
  }

  /** The operand that a value is: an expression is worked out here. */
  #operand(value: Value): Operand {
    if (value instanceof Expression) {
      const args = value.args.map((arg) => this.#operand(arg));
      if (value.operation === "set") return args[0]!;
      const result = `temporary ${this.#temporaries++}`;
      this.#push({ do: "compute", operation: value.operation, args, result });
      return slot(result);
    }
    if (value instanceof Variable) this.#checkBlock(value);
    return operand(value as Operand);
  }

  #checkBlock({ name, block }: Variable): void {
    if (!this.#blocks.includes(block)) {
      throw new Error(`Cannot use variable "${name}" outside of its block`);
    }
  }

  // Calls and ends

  /**
   * Makes a system call. `note` says in plain words what it is for.
   *
   * @returns What the kernel gives.
   */
  call(syscall: Syscall, args: readonly Value[], note: string, words: CallWords): Variable {
    const { fails, result, when = this.#when() } = words;
    if (fails === undefined) {
      throw new TypeError(`Cannot make ${syscall}, "${note}": nothing says what its failure means`);
    }
    const variable = result === undefined
      ? new Variable(UNUSED, this, this.#root)
      : typeof result === "string"
      ? this.variable(result)
      : result;
    this.#checkBlock(variable);
    const { otherwise, ...named }: Outcomes = typeof fails === "object" && "otherwise" in fails
      ? fails
      : { otherwise: fails };
    const failure = typeof otherwise === "object" ? otherwise : undefined;
    const cases = Object.entries(named) as [string, Outcome][];
    const handler = cases.length > 0 || typeof otherwise === "function"
      ? this.unique("failed")
      : undefined;
    let call: Call | undefined;
    this.#statement(() => {
      call = {
        do: "call",
        syscall,
        args: args.map((arg) => this.#operand(arg)),
        onError: handler !== undefined ? { goto: handler } : failure ? "fail" : "continue",
        note,
        process: this.process,
        ...(result === undefined ? {} : { result: variable.name }),
        ...(failure === undefined ? {} : { failure }),
        ...(when === undefined ? {} : { when }),
      };
      this.#push(call);
    });
    if (handler !== undefined) {
      const behind = this.unique("behind");
      this.#jump(behind);
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
        if (kept !== undefined) this.#assignSlot(ERROR, kept);
        this.#say(failure, call);
      },
      forget: () => this.#assignSlot(ERROR, 0),
    };
    const run = (outcome: Outcome): void => {
      if (outcome === "ignored") this.#jump(behind);
      else if (typeof outcome === "object") error.fail(outcome);
      else {
        this.#inBlock({ when: this.#when() }, () => outcome(error));
        if (this.#isReached) this.#jump(behind);
      }
    };
    for (const [name, outcome] of cases) this.if(error.is(name), () => run(outcome));
    // The record of the call has its failure already.
    if (typeof otherwise === "object") this.#jump(FAIL);
    else run(otherwise);
  }

  /** Says a failure that is no call's, and ends. `errno` is its error, 0 for none. */
  fail(failure: Failure, errno: Value = 0): void {
    if (typeof errno !== "number") {
      this.#assignSlot(ERROR, constant(0).minus(errno));
      return this.#say(failure, undefined);
    }
    // The same is written once.
    const said = this.#said.get(failure) ?? new Map<number, Label>();
    const known = said.get(errno);
    if (known !== undefined) return this.#jump(known);
    const label = this.unique("failure");
    this.#said.set(failure, said.set(errno, label));
    this.label(label);
    this.#assignSlot(ERROR, -errno);
    this.#say(failure, undefined);
  }

  #say(failure: Failure, call: Call | undefined): void {
    const args = [{ kind: "failure", failure, ...(call ? { call } : {}) }] as const;
    this.#push({ do: "compute", operation: "set", args, result: FAILURE });
    this.#jump(FAIL);
  }

  /** Ends the process. */
  exit(status: Value, note: string, words: BlockWords = {}): void {
    this.call("exit_group", [status], note, { fails: "ignored", ...words });
    this.#isReached = false;
  }

  /** Goes on at an address, as the kernel starts a program: with the stack that it gave. */
  enter(at: Value): void {
    this.#statement(() =>
      this.#push({ do: "compute", operation: "enter", args: [this.#operand(at)] })
    );
    this.#isReached = false;
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

  /** What every failure leads to, which ends: the last steps of a plan. */
  whenFailed(body: () => void): void {
    this.process = AFTER_FAILURE;
    this.label(FAIL);
    body();
    if (this.#isReached) throw new Error("Cannot go on after a failure: nothing says how it ends");
  }

  // Blocks

  /** Runs a block if a condition holds. What is known when the plan is made leaves no test. */
  if(condition: When, then: () => void, { otherwise, when }: IfWords = {}): void {
    if (typeof condition === "boolean") {
      if (condition) this.#inBlock({ when: when ?? this.#when() }, then);
      else if (otherwise) this.#inBlock({ when: this.#when() }, otherwise);
      return;
    }
    const [other, end] = [this.unique("otherwise"), this.unique("end")];
    this.#jumpUnless(condition, otherwise ? other : end);
    this.#inBlock({ when: when ?? this.#when() }, then);
    const isThenReached = this.#isReached;
    if (otherwise) {
      if (isThenReached) this.#jump(end);
      this.label(other);
      this.#inBlock({ when: this.#when() }, otherwise);
      if (!isThenReached && !this.#isReached) return;
    } else if (this.#shorten(condition, end)) return;
    this.label(end);
  }

  /**
   * Makes steps only if a condition holds. They belong to the block around them, and so do their
   * variables: what looks after a failure may need them.
   */
  skipUnless(condition: Condition, body: () => void): void {
    const end = this.unique("end");
    this.#jumpUnless(condition, end);
    body();
    this.label(end);
  }

  /** A block that only goes somewhere needs no jump around it: the test itself goes there. */
  #shorten({ form }: Condition, around: Label): boolean {
    const [test, jump] = this.steps.slice(-2);
    if (form.form !== "comparison" || this.#isReached) return false;
    if (test?.do !== "test" || test.goto !== around || !isJump(jump)) return false;
    if (test.operation === "ifAlways") return false;
    this.steps.splice(-2);
    this.#isReached = true;
    this.#jumpIf(Condition.of(opposite(test.operation), ...test.args), jump.goto as Label);
    return true;
  }

  /** Runs one of several blocks: that of the first value which is the same. */
  switch(
    value: Variable,
    cases: readonly (readonly [Value, () => void])[],
    otherwise: () => void,
    words: BlockWords = {},
  ): void {
    this.block((all) => {
      for (const [wanted, body] of cases) {
        this.if(value.is(wanted), () => {
          body();
          if (this.#isReached) all.leave();
        }, words);
      }
      otherwise();
    });
  }

  /** Runs a block that can be left from anywhere inside. */
  block(body: (exit: Exit) => void, words: BlockWords = {}): void {
    const end = this.unique("end of block");
    let isLeft = false;
    const leave = (): void => {
      isLeft = true;
      this.#jump(end);
    };
    this.#inBlock({ when: words.when ?? this.#when() }, () => body({ leave }));
    if (isLeft || this.#isReached) this.label(end);
  }

  /** Runs a block again and again until it is left. */
  loop(body: (loop: Loop) => void, words: BlockWords = {}): void {
    const [start, end] = [this.unique("loop"), this.unique("end of loop")];
    let isLeft = false;
    this.label(start);
    this.#inBlock({ when: words.when ?? this.#when() }, () =>
      body({
        next: () => this.#jump(start),
        leave: () => {
          isLeft = true;
          this.#jump(end);
        },
      }));
    if (this.#isReached) this.#jump(start);
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
      this.while(element.isBelow(to), () => {
        this.block(({ leave }) => body(element, { leave: all.leave, next: leave }));
        element.advance(bytes);
      });
    }, words);
  }

  #inBlock(block: Block, body: () => void): void {
    const before = this.#blocks;
    this.#blocks = [...before, block];
    try {
      body();
    } finally {
      this.#blocks = before;
    }
  }

  /** What the innermost block that has a word on it says. */
  #when(): string | undefined {
    return this.#blocks.at(-1)!.when ??
      (this.process === AFTER_FAILURE ? AFTER_FAILURE : undefined);
  }

  // Subroutines and processes

  /**
   * A block that is written once and gone through wherever it is called. It sees its parameters, and
   * variables that are made outside of all blocks.
   *
   * @param name The same name is the same subroutine: `body` is what it was the first time.
   */
  subroutine<Parameter extends string, Result extends string = never>(
    name: string,
    { parameters, results = [] }: {
      readonly parameters: readonly Parameter[];
      readonly results?: readonly Result[];
    },
    body: (variables: Variables<Parameter | Result>) => void,
  ): (given: Readonly<Record<Parameter, Value>>) => Variables<Result> {
    return (given) => {
      const known = this.#subroutines.get(name);
      if (known?.isOpen) throw new Error(`Cannot call subroutine "${name}" inside of itself`);
      const block: Block = {};
      const declare = (variable: string) => this.#declare(`${name}: ${variable}`, block);
      const subroutine = known ?? {
        start: this.unique(name),
        back: declare("back"),
        parameters: parameters.map(declare),
        results: results.map(declare),
        isOpen: true,
        returns: true,
      };
      const behind = this.unique(`behind ${name}`);
      parameters.forEach((parameter, i) =>
        this.#assign(subroutine.parameters[i]!, given[parameter])
      );
      const way = this.steps.length;
      if (subroutine.returns) this.#assign(subroutine.back, { kind: "label", label: behind });
      if (known) this.#jump(subroutine.start);
      else {
        this.#subroutines.set(name, subroutine);
        this.#write(subroutine, block, () => {
          const names = [...parameters, ...results];
          const all = [...subroutine.parameters, ...subroutine.results];
          body(Object.fromEntries(names.map((one, i) => [one, all[i]!])) as never);
        });
      }
      if (!subroutine.returns) {
        // It ends the process: nothing comes behind it, and nothing goes back.
        if (!known) this.steps.splice(way, 1);
        return {} as never;
      }
      this.label(behind);
      return Object.fromEntries(results.map((result, i) => {
        const variable = this.variable(result);
        this.#assign(variable, slot(subroutine.results[i]!.name));
        return [result, variable];
      })) as never;
    };
  }

  /** Writes a subroutine, which belongs to no block. */
  #write(subroutine: Subroutine, block: Block, body: () => void): void {
    const blocks = this.#blocks;
    this.label(subroutine.start);
    this.#blocks = [this.#root, block];
    body();
    subroutine.returns = this.#isReached;
    if (this.#isReached) this.#jump(slot(subroutine.back.name));
    this.#blocks = blocks;
    subroutine.isOpen = false;
  }

  /** Sets a variable of whatever block. */
  #assign({ name }: Variable, value: Value): void {
    this.#assignSlot(name, value);
  }

  #assignSlot(name: string, value: Value): void {
    this.#statement(() =>
      this.#push({ do: "compute", operation: "set", args: [this.#operand(value)], result: name })
    );
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
    { name, note, fails, result = name, signal = SIGNALS.SIGCHLD }: ProcessWords,
    test: "ifEqual" | "ifNot",
  ): { pid: Variable; other: Label } {
    const other = this.unique("other process");
    const pid = this.call("clone", [signal, 0, 0, 0, 0], note, { result, fails });
    this.#test(test, [slot(pid.name), operand(0)], other);
    return { pid, other };
  }

  #runProcess(name: string, body: () => void): void {
    const before = this.process;
    this.process = name;
    this.#inBlock({}, body);
    if (this.#isReached) throw new Error(`Cannot end process "${name}": nothing says how`);
    this.process = before;
  }

  // Labels and jumps, which only blocks make

  /** A label that no other step has. */
  protected unique(name: string): Label {
    return `${name}#${++this.#labels}`;
  }

  protected label(label: Label): void {
    this.steps.push({ do: "label", label });
    this.#isReached = true;
  }

  /** The address of the record that comes next. Nothing jumps there. */
  here(): Value {
    const label = this.unique("here");
    this.label(label);
    return { kind: "label", label };
  }

  #test(operation: Test["operation"], args: readonly Operand[], goto: Label): void {
    this.#push({ do: "test", operation, args, goto });
  }

  #jump(goto: Label | Operand & { kind: "slot" }): void {
    this.#push({ do: "test", operation: "ifAlways", args: [], goto });
    this.#isReached = false;
  }

  #jumpIf({ form }: Condition, goto: Label): void {
    if (form.form === "comparison") {
      this.#statement(() => {
        const args = form.args.map((arg) => this.#operand(arg));
        this.#test(form.test, args, goto);
      });
    } else if (form.form === "any") {
      for (const part of form.parts) this.#jumpIf(part, goto);
    } else {
      const no = this.unique("not all");
      form.parts.forEach((part, i) =>
        i < form.parts.length - 1 ? this.#jumpUnless(part, no) : this.#jumpIf(part, goto)
      );
      this.label(no);
    }
  }

  #jumpUnless(condition: Condition, goto: Label): void {
    this.#jumpIf(condition.not(), goto);
  }
}

/** Whether it is a test that always holds. */
const isJump = (step: Step | undefined): step is Test =>
  step?.do === "test" && step.operation === "ifAlways";

function numberOf(name: string): number {
  const number = errnoOf(name);
  if (number === undefined) throw new TypeError(`Cannot find an error "${name}"`);
  return number;
}
