/** Failures as data: what is said, and by which looks the likeliest cause is found. */

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
export type Look = FileLook | FilterLook | CapabilityLook | StepsLook;

/** Whether the process in which the call failed lacks a capability in its user namespace. */
export interface CapabilityLook {
  /** Tells the kinds of looks apart. */
  readonly test: "lacks capability";
  /** Its number, below 32: see capabilities(7). */
  readonly capability: number;
}

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
