/** Failures as data: the message, and the looks that find the likeliest cause. */
import type { Syscall } from "../ffi/abi/syscall.ts";
import { type Bytes, display } from "../ffi/bytes.ts";
import type { Call } from "./plan.ts";
import { FOUND_NUMBER, FOUND_STRING, slot } from "./operand.ts";

/** The message of a call that fails: `NAME: message: errno text`, the step, and the first hint that fits. */
export interface Failure {
  /** What was tried, on what: "mount /proc failed". */
  readonly message: Message;
  /** The name in front of the message. Default: the plan's. */
  readonly speaker?: string;
  /** The exit status of the process in which it failed. */
  readonly status: number;
  /** Whether the message says what the error is: its text does not follow. */
  readonly isWhole?: boolean;
  /** The name of the error, where front ends may have a message for it: see FrontEnd.errors. */
  readonly error?: string;
  /** The call that was tried several times, where the failure is not of one call alone. */
  readonly syscall?: Syscall;
  /** Tried in this order. */
  readonly hints: readonly Hint[];
}

/** A likely cause of a failure and its remedy. */
export interface Hint {
  /** The error numbers it explains; all if absent. */
  readonly errno?: readonly number[];
  /** The looks that must all succeed for this to be the cause. */
  readonly look?: readonly Look[];
  /** Why it failed, in a sentence without a full stop, where the message does not say so. */
  readonly why?: Message;
  /** The one command or change that mends it. */
  readonly remedy?: Message;
  /** Whether the cause may pass by itself: then trying again may work. */
  readonly mayPass?: boolean;
}

/** A look: a test that runs after a failure, to find its cause. */
export interface Look {
  /** The kind, which has the steps: one of failure/look_steps.ts, or the plan's own. */
  readonly kind: string;
  /** Arguments of the look: at most three, of which the third is a number. */
  readonly given?: readonly (Bytes | number)[];
}

// Messages

/** A text, or its parts. */
export type Message = string | readonly Part[];

/** A part of a message. */
export type Part = string | Path | RuntimeValue | Term;

/** Something that each front end has its own word for, such as an option. */
export interface Term {
  /** The key by which front ends look it up. */
  readonly term: string;
  /** The value that goes with it. */
  readonly value?: Message;
  /** How it is to be shown, where there are several ways. */
  readonly form?: string;
}

/** Who has a launch made (unshare, nsenter, the library): its words, and its exit statuses. */
export interface FrontEnd {
  /** Its words for a term. */
  words(term: Term): Message;
  /** Replaces a failure's message. */
  message?(failure: Failure, call: Call | undefined): Message;
  /** Replaces a remedy. */
  remedy?(remedy: Message): Message;
  /** Errors that it has messages of its own for, by the messages of failures. */
  readonly errors?: Readonly<Record<string, readonly string[]>>;
  /** Whether the message that it has for a failure says what the error is. */
  isWhole?(failure: Failure): boolean;
  /** Replaces a failure's exit status. */
  status?(usual: number): number;
  /**
   * Whether programs read its messages: the step, the cause and the remedy are printed only where a person
   * reads them, or asks for them.
   */
  readonly isTerse?: true;
}

/** Shows terms as they are, for plans without a front end. */
const PLAIN: FrontEnd = {
  words: ({ term, value }) => value === undefined ? term : words`${term} ${value}`,
};

/** The path that was worked on. */
export interface Path {
  /** As the kernel takes it: in a message it is escaped. */
  readonly path: Bytes;
}

/** A part of a message that is known only when the plan runs. */
export type RuntimeValue =
  /** The number that a variable has. */
  | { readonly number: SlotName }
  /**
   * The C string at the address that a variable has. It may come from anybody, so it is escaped. With
   * `isGiven` it came from the listener itself, and is not reported back. With `isWord` it is quoted as a
   * word for a shell.
   */
  | {
    readonly string: SlotName;
    readonly isPath?: boolean;
    readonly isGiven?: boolean;
    readonly isWord?: boolean;
  };

/** A variable. */
export interface SlotName {
  /** A slot, as in an operand. */
  readonly kind: "slot";
  /** The slot's name, unique in its plan. */
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

/** A remedy as a front end says it, but for the words of terms. */
export const remedyFor = (remedy: Message, front: FrontEnd | undefined): Message =>
  front?.remedy?.(remedy) ?? remedy;

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

/** Whether the listener gave this value itself, and so knows it. */
export const isGiven = (value: RuntimeValue): boolean =>
  "string" in value && value.isGiven === true;

/** Whether it is said as a word for a shell. */
export const isWord = (value: RuntimeValue): boolean =>
  "string" in value && value.isWord === true && !isGiven(value);

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
    isWhole: front.isWhole?.(failure) ?? false,
  };
}
