/**
 * Plans: a launch as data, an ordered list of steps that {@linkcode Sequence} collects.
 *
 * A step is a system call, a computation on slots (named 8-byte variables), a test, a jump or a
 * label. Steps run one after the other; a call that fails goes to the plan's failure steps,
 * unless it says where else. After `clone` both processes go on with the next step, and tell
 * themselves apart by its result, as after fork(2).
 */
import type { Syscall } from "../ffi/abi/syscall_x86_64.ts";
import type { Operation } from "../ffi/machine/machine.ts";
import type { Bytes } from "../ffi/bytes.ts";
import { encode } from "../ffi/bytes.ts";

/** What a step works on. Every operand is 64 bits wide. */
export type Operand =
  /** The number itself. */
  | { readonly kind: "number"; readonly value: bigint }
  /** The address of these bytes with a NUL behind them: a C string. */
  | { readonly kind: "text"; readonly bytes: Uint8Array }
  /**
   * The address of these bytes, 8-byte aligned: a struct. `text` shows it as strace would. `written`
   * says that the kernel writes there, too.
   */
  | {
    readonly kind: "data";
    readonly bytes: Uint8Array;
    readonly text: string;
    readonly written?: boolean;
  }
  /**
   * The value of a slot. `text` shows it where its name would not do; what is known of the array it
   * points to, `begins` shows.
   */
  | {
    readonly kind: "slot";
    readonly name: string;
    readonly text?: string;
    readonly begins?: Operand;
  }
  /** The address of a slot or buffer, plus an offset. */
  | { readonly kind: "address"; readonly name: string; readonly offset: number }
  /** The address of an array of these, each 8 bytes, with a NULL behind them; `name` makes it writable by `put`. */
  | { readonly kind: "vector"; readonly items: readonly Operand[]; readonly name?: string }
  /** The address of a label's record, to be jumped to. */
  | { readonly kind: "label"; readonly label: Label }
  /** The address of this failure's description, which the failure steps read. */
  | { readonly kind: "failure"; readonly failure: Failure };

/** An operand that is a slot's value. */
export type Slot = Extract<Operand, { readonly kind: "slot" }>;

/** What is said when a call fails: `NAME: message: errno text`, the step, and the first hint that fits. */
export interface Failure {
  /** What was tried, on what: "mount /proc failed". */
  readonly message: string;
  /** The exit status of the process in which it failed. */
  readonly status: number;
  /** Tried in this order. */
  readonly hints: readonly Hint[];
}

/** A likely cause of a failure and its remedy. */
export interface Hint {
  /** The error numbers it explains; all if absent. */
  readonly errno?: readonly number[];
  /** What must be seen, all of it, for this to be the cause. */
  readonly look?: readonly Look[];
  /** Why it failed, in a sentence without a full stop. {@linkcode FOUND} in it is the number that a look has found. */
  readonly why: string;
  /** The one command or change that mends it. {@linkcode FOUND} as in `why`. */
  readonly remedy?: string;
}

/** Stands in a hint for the number that a look has found: what is in slot {@linkcode FOUND_NUMBER}. */
export const FOUND = "\x01";
export const FOUND_NUMBER = "found number";

/** A look after a failure. */
export type Look = FileLook | FilterLook | StepsLook;

/** A look that takes steps of its own: those that {@linkcode Sequence.look} has of this name. */
export interface StepsLook {
  /** Tells the kinds of looks apart. */
  readonly test: "steps";
  /** Of which there is one in a plan. */
  readonly name: string;
}

/** A look at a file. Of a file that cannot be read only `absent` is true. */
export interface FileLook {
  /** The file, as the process sees it in which the call failed. */
  readonly path: string;
  /** What is asked of it. */
  readonly test: "contains" | "lacks" | "starts" | "exists" | "absent" | "same";
  /** What it contains, lacks or starts with; with `same` the path of a link to the same, and a NUL. */
  readonly text?: string;
}

/**
 * Whether a filter of seccomp(2) refuses a call: it is made with arguments that the kernel itself
 * always refuses, with another error, and a filter comes first.
 */
export interface FilterLook {
  /** Tells the kinds of looks apart. */
  readonly test: "filtered";
  /** Which call. */
  readonly syscall: "unshare" | "mount" | "setns" | "pidfd_open";
  /** Of unshare(2) and setns(2): CLONE_NEW*. */
  readonly flags?: number;
}

/** A place in the plan, resolved when it is laid out. */
export type Label = string;

/** What a failing call leads to: the failure steps, the next step, or a label's. */
export type OnError = "fail" | "continue" | { readonly goto: Label };

/** A system call. */
export interface Call {
  /** Tells the kinds of steps apart. */
  readonly do: "call";
  /** Which one. */
  readonly syscall: Syscall;
  /** At most six. */
  readonly args: readonly Operand[];
  /** The slot that takes what the kernel gives: a result, or -errno. */
  readonly result?: string;
  /** Where to go on if it fails. */
  readonly onError: OnError;
  /** What to say if it fails. */
  readonly failure?: Failure;
  /** What it is for, in plain words. */
  readonly note: string;
  /** The process that makes it: "main", "waiter", "child". */
  readonly process: string;
  /** Runs only sometimes: in a loop, on one branch, or after a failure. */
  readonly when?: string;
}

/** A computation on slots and memory: no system call. */
export interface Compute {
  /** Tells the kinds of steps apart. */
  readonly do: "compute";
  /** What is computed. */
  readonly operation: Operation;
  /** Up to three, as the operation needs. */
  readonly args: readonly Operand[];
  /** The slot that takes what comes out. */
  readonly result?: string;
}

/** A test: goes to a label where it holds, and to the next step otherwise. */
export interface Test {
  /** Tells the kinds of steps apart. */
  readonly do: "test";
  /** What must hold. */
  readonly operation: Operation & `if${string}`;
  /** What is compared. */
  readonly args: readonly Operand[];
  /** Where to go on: a label, or the slot that has a label's address. */
  readonly goto: Label | Slot;
}

/** A label: a place to go on at. Does nothing. */
export interface Mark {
  /** Tells the kinds of steps apart. */
  readonly do: "label";
  /** Its name, of which a plan has one. */
  readonly label: Label;
}

/** What a plan is a list of. */
export type Step = Call | Compute | Test | Mark;

/** A launch, ready to be printed, run or frozen. */
export interface Plan {
  /** What failures are said in the name of: "unshare". */
  readonly name: string;
  /** Run one after the other, from the first. */
  readonly steps: readonly Step[];
  /** Bytes of zeroed memory by name, beside the slots. */
  readonly buffers: Readonly<Record<string, number>>;
}

/** An operand in short: a number, a string (as C string), or an operand as it is. */
export type Short = number | bigint | string | Uint8Array | Operand;

export const number = (value: number | bigint): Operand => ({
  kind: "number",
  value: BigInt(value),
});
export const text = (value: Bytes): Operand => ({ kind: "text", bytes: encode(value) });
export const data = (bytes: Uint8Array, shown: string): Operand => ({
  kind: "data",
  bytes,
  text: shown,
});
export const slot = (name: string, shown?: string): Slot => ({
  kind: "slot",
  name,
  ...(shown === undefined ? {} : { text: shown }),
});
export const address = (name: string, offset = 0): Operand & { kind: "address" } => ({
  kind: "address",
  name,
  offset,
});
export const vector = (items: readonly Short[], name?: string): Operand => ({
  kind: "vector",
  items: items.map(operand),
  ...(name === undefined ? {} : { name }),
});

function operand(value: Short): Operand {
  if (typeof value === "number" || typeof value === "bigint") return number(value);
  if (typeof value === "string" || value instanceof Uint8Array) return text(value);
  return value;
}

/** What a call may say of itself beside its arguments. */
export interface CallOptions {
  /** The slot that takes the result. */
  readonly result?: string;
  /** What to say if it fails, which is then the end. Without it a failure goes on with the next step. */
  readonly failure?: Failure;
  /** Where to go on if it fails; `failure` is then what the failure steps would say. */
  readonly orElse?: Label;
  readonly when?: string;
}

/** What is counted from the constants' start becomes an address by that of this: see machine.ts. */
export const CONSTANTS = "constants";

/** Slots of the image's header, see machine.ts. */
export const STACK = "stack";
export const ERROR = "error";
export const FAILURE = "failure";

/** The slot that has the descriptor to report a failure to, see report.ts; 0 if it is said on standard error. */
export const REPORT = "report";

/** Collects the steps of a plan. */
export class Sequence {
  readonly steps: Step[] = [];
  readonly buffers: Record<string, number> = {};
  #process: string;
  #labels = 0;
  readonly #routines = new Set<string>();
  /** Looks that take steps, by name. */
  readonly looks = new Map<string, (seen: Label, notSeen: Label) => void>();

  /** @param process The name of the process that runs the first steps. */
  constructor(process: string) {
    this.#process = process;
  }

  /** The steps from here on belong to another process. */
  set process(name: string) {
    this.#process = name;
  }

  /** A label that no other step has. */
  unique(name: string): Label {
    return `${name}#${++this.#labels}`;
  }

  /** A system call. `note` says in plain words what it is for. */
  call(syscall: Syscall, args: readonly Short[], note: string, options: CallOptions = {}): void {
    const { result, failure, orElse, when } = options;
    this.steps.push({
      do: "call",
      syscall,
      args: args.map(operand),
      onError: orElse !== undefined ? { goto: orElse } : failure ? "fail" : "continue",
      note,
      process: this.#process,
      ...(result === undefined ? {} : { result }),
      ...(failure === undefined ? {} : { failure }),
      ...(when === undefined ? {} : { when }),
    });
  }

  /** A computation; `result` is the slot that takes it. */
  compute(result: string, operation: Operation, ...args: readonly Short[]): void {
    this.steps.push({ do: "compute", operation, args: args.map(operand), result });
  }

  /** Stores 8 bytes at an address plus an offset. */
  put(at: Short, offset: Short, value: Short): void {
    this.steps.push({ do: "compute", operation: "put", args: [at, offset, value].map(operand) });
  }

  /** Goes to a label if the test holds, to the next step otherwise. */
  test(operation: Test["operation"], args: readonly Short[], goto: Label | Slot): void {
    this.steps.push({ do: "test", operation, args: args.map(operand), goto });
  }

  jump(goto: Label | Slot): void {
    this.test("ifEqual", [0, 0], goto);
  }

  label(label: Label): void {
    this.steps.push({ do: "label", label });
  }

  /**
   * Steps that are written once and gone through wherever this is said. They work on slots, and
   * end in going on behind where they were called; what they call must have another name.
   */
  routine(name: string, body: () => void): void {
    const [start, back] = [`routine ${name}`, this.unique("back")];
    const returns = slot(`${name} returns to`);
    this.compute(returns.name, "set", { kind: "label", label: back });
    if (this.#routines.has(name)) this.jump(start);
    else {
      this.#routines.add(name);
      this.label(start);
      body();
      this.jump(returns);
    }
    this.label(back);
  }

  /**
   * Steps that look for a cause, after a failure one of whose hints names them. They go to `seen` or to
   * `notSeen`, and may leave a number in slot {@linkcode FOUND_NUMBER}. Once for a name.
   */
  look(name: string, body: (seen: Label, notSeen: Label) => void): StepsLook {
    if (!this.looks.has(name)) this.looks.set(name, body);
    return { test: "steps", name };
  }

  /** Zeroed memory of this many bytes, to be named by {@linkcode address}. */
  buffer(name: string, bytes: number): Operand {
    this.buffers[name] = Math.max(this.buffers[name] ?? 0, bytes);
    return address(name);
  }

  plan(name: string): Plan {
    return { name, steps: this.steps, buffers: this.buffers };
  }
}
