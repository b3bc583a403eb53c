/** Failures as data: what is said, and by which looks the likeliest cause is found. */
import type { Syscall } from "../ffi/abi/syscall.ts";
import { type Bytes, display } from "../ffi/bytes.ts";
import type { Call } from "./plan.ts";
import { FOUND_NUMBER, FOUND_STRING, slot } from "./operand.ts";

/** What is said when a call fails: `NAME: message: errno text`, the step, and the first hint that fits. */
export interface Failure {
  /** What was tried, on what: "mount /proc failed". */
  readonly message: Message;
  /** In whose name it is said. Default: the plan's. */
  readonly speaker?: string;
  /** The exit status of the process in which it failed. */
  readonly status: number;
  /** The call that has failed again and again, where it is not one call alone. */
  readonly syscall?: Syscall;
  /** Tried in this order. */
  readonly hints: readonly Hint[];
}

/** A likely cause of a failure and its remedy. */
export interface Hint {
  /** The error numbers it explains; all if absent. */
  readonly errno?: readonly number[];
  /** What must be seen, all of it, for this to be the cause. */
  readonly look?: readonly Look[];
  /** Why it failed, in a sentence without a full stop, where the message does not say so. */
  readonly why?: Message;
  /** The one command or change that mends it. */
  readonly remedy?: Message;
  /** Whether it may be over by itself in a moment. */
  readonly mayPass?: boolean;
}

/** A look after a failure. */
export interface Look {
  /** Which steps it takes: those of looks.ts, or of the plan's own looks. */
  readonly kind: string;
  /** What they are given: at most three, of which the last is a number. */
  readonly given?: readonly (Bytes | number)[];
}

// Messages

/** A text, or its parts. */
export type Message = string | readonly Part[];

/** A part of a message. */
export type Part = string | Path | RuntimeValue | Term;

/** What each front end has words of its own for. */
export interface Term {
  /** What it is: front ends know it by that. */
  readonly term: string;
  /** The value that goes with it. */
  readonly value?: Message;
  /** How it is to be shown, where there are several ways. */
  readonly form?: string;
}

/** Whoever has a launch made: what it calls things, and how failures end. */
export interface FrontEnd {
  /** Its words for a term. */
  words(term: Term): Message;
  /** What it says instead of a failure's message. Default: that. */
  message?(failure: Failure, call: Call | undefined): Message;
  /** The exit status that it has instead of a failure's. Default: that. */
  status?(usual: number): number;
}

/** Terms as they are. */
const PLAIN: FrontEnd = {
  words: ({ term, value }) => value === undefined ? term : words`${term} ${value}`,
};

/** The path that was worked on. */
export interface Path {
  /** As the kernel takes it: in a message it is escaped. */
  readonly path: Bytes;
}

/** What only the launch shows. */
export type RuntimeValue =
  /** The number that a variable has. */
  | { readonly number: SlotName }
  /**
   * The C string at the address that a variable has. Others may have written it: it is escaped. Who
   * listens is not told again what it has given itself (`isGiven`).
   */
  | { readonly string: SlotName; readonly isPath?: boolean; readonly isGiven?: boolean };

/** A variable. */
export interface SlotName {
  /** As of an operand. */
  readonly kind: "slot";
  /** Of which a plan has one. */
  readonly name: string;
}

/** The number that a look has found. */
export const FOUND: RuntimeValue = { number: slot(FOUND_NUMBER) };

/** The string that a look has found. */
export const FOUND_NAME: RuntimeValue = { string: slot(FOUND_STRING) };

export const isValue = (part: Part): part is RuntimeValue =>
  typeof part === "object" && ("number" in part || "string" in part);

/** A message around parts: words`cannot open ${path}`. */
export function words(
  texts: TemplateStringsArray,
  ...parts: readonly (Message | Part | number | bigint)[]
): Message {
  return texts.flatMap((text, i): readonly Part[] => {
    const part = parts[i];
    if (part === undefined) return [text];
    if (typeof part === "number" || typeof part === "bigint") return [text + part];
    return isParts(part) ? [text, ...part] : [text, part];
  });
}

const isParts = (message: Message | Part): message is readonly Part[] => Array.isArray(message);

export const partsOf = (message: Message): readonly Part[] =>
  typeof message === "string" ? [message] : message;

/** A piece of a message as it is laid out. */
export type Piece = string | RuntimeValue;

/** The parts of a message in the words of a front end. */
export function partsFor(
  message: Message,
  front: FrontEnd = PLAIN,
): readonly Exclude<Part, Term>[] {
  return partsOf(message).flatMap((part): readonly Exclude<Part, Term>[] =>
    typeof part === "object" && "term" in part ? partsFor(front.words(part), front) : [part]
  );
}

/** A message as it is laid out: texts, as few as can be, and values. */
export function piecesOf(message: Message, front?: FrontEnd): Piece[] {
  const pieces: Piece[] = [];
  for (const part of partsFor(message, front)) {
    if (isValue(part)) {
      pieces.push(part);
      continue;
    }
    const text = typeof part === "string" ? part : display(part.path);
    const last = pieces.at(-1);
    if (typeof last === "string") pieces[pieces.length - 1] = last + text;
    else if (text !== "") pieces.push(text);
  }
  return pieces;
}

/** The text of a message without values. */
export function textFor(message: Message, front?: FrontEnd): string {
  return piecesOf(message, front).filter((piece) => typeof piece === "string").join("");
}

/** The values in a failure and in its hints. */
export function valuesOf({ message, hints }: Failure): RuntimeValue[] {
  const messages = [message, ...hints.flatMap(({ why = "", remedy = "" }) => [why, remedy])];
  return messages.flatMap(valuesIn);
}

function valuesIn(message: Message): RuntimeValue[] {
  if (typeof message === "string") return [];
  return message.flatMap((part) => {
    if (isValue(part)) return [part];
    return typeof part === "object" && "term" in part ? valuesIn(part.value ?? "") : [];
  });
}

/** Whether who listens knows a value: it is of those that it has given. */
export const isGiven = (value: RuntimeValue): boolean =>
  "string" in value && value.isGiven === true;

/** The variable that a value is in. */
export const variableOf = (value: RuntimeValue): SlotName =>
  "number" in value ? value.number : value.string;

/** A failure as a front end says it, but for the words of terms. */
export function worded(failure: Failure, call: Call | undefined, front?: FrontEnd): Failure {
  if (!front?.message && !front?.status) return failure;
  const { message, status } = failure;
  return {
    ...failure,
    message: front.message?.(failure, call) ?? message,
    status: front.status?.(status) ?? status,
  };
}
