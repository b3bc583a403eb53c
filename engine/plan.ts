/**
 * Plans: a launch as data, an ordered list of steps that builder.ts builds.
 *
 * A step is a system call, a computation on slots (named 8-byte variables), a test, a jump or a
 * label. Steps run one after the other; a call that fails goes to the plan's failure steps,
 * unless it says where else. After `clone` both processes go on with the next step, and tell
 * themselves apart by its result, as after fork(2).
 */
import type { Syscall } from "../ffi/abi/syscall.ts";
import type { Operation } from "../ffi/machine/machine.ts";
import type { Failure, FrontEnd, Message } from "./failure.ts";
import type { Operand, Slot } from "./operand.ts";

/** A place in the plan, resolved when it is laid out. */
export type Label = string;

/** What a failing call leads to: the failure steps, the next step, or a label's. */
export type OnError = "fail" | "continue" | { readonly goto: Label };

/** The label of the failure steps. */
export const FAIL: Label = "fail";

/** The process, and the condition, of the failure steps' calls. */
export const AFTER_FAILURE = "after a failure";

/** A system call. */
export interface Call {
  /** Tells the kinds of steps apart. */
  readonly do: "call";
  /** Which one. */
  readonly syscall: Syscall;
  /** At most six. */
  readonly args: readonly Operand[];
  /** The slot for the result, or -errno. */
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
  /** The slot for the result. */
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
  /** Its name, unique in its plan. */
  readonly label: Label;
  /** Whether steps that rest begin there, or end: see rest.ts. */
  readonly rest?: "begins" | "ends";
}

/** What a plan is a list of. */
export type Step = Call | Compute | Test | Mark;

/** A launch, ready to be printed, run or laid out as an image. */
export interface Plan {
  /** The prefix of messages: "unshare". */
  readonly name: string;
  /** Who speaks instead, where only a run knows the name. */
  readonly speaker?: Message;
  /** Run one after the other, from the first. */
  readonly steps: readonly Step[];
  /** Bytes of zeroed memory by name, beside the slots. */
  readonly buffers: Readonly<Record<string, number>>;
  /** Slots that are 0 at the start and may be read before any step sets them. */
  readonly zeroed: readonly string[];
  /** Whose words messages are in. Default: terms as they are. */
  readonly front?: FrontEnd;
  /** The same of several front ends: a variable has the index of the one that speaks. */
  readonly fronts?: readonly FrontEnd[];
  /** The kinds of looks that it has steps for. Default: none. */
  readonly kinds?: readonly string[];
  /**
   * Whether images have its failures packed, and what else it needs late or never: for large ones. Steps
   * unpack it (unpack.ts).
   */
  readonly isPacked?: boolean;
  /** The arguments that it takes, for a usage line. Default: any. */
  readonly usage?: string;
}
