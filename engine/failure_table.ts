/**
 * The failures of a plan in memory: layout.ts writes the table, failure_steps.ts reads it. It is read-only,
 * and places in it are offsets from the start of the constants.
 */
import { type Bytes, encode } from "../ffi/bytes.ts";
import {
  type Failure,
  type FrontEnd,
  type Hint,
  isGiven,
  type Look,
  partsOf,
  type Piece,
  piecesOf,
  type RuntimeValue,
  variableOf,
  worded,
} from "./failure.ts";
import type { Call, Plan } from "./plan.ts";
import { inConstants, type Place, type Segments } from "./segments.ts";
import type { Named } from "./show/numbers.ts";
import { type Said, saidStep } from "./show/said.ts";
import { type Field, type Layout, layout } from "./struct.ts";

/** A failure. `message` and `step` are lists of pieces, `hints` is one of hints. */
export const FAILURE: Layout<"status" | "number" | "message" | "step" | "hints"> = layout(20, {
  status: [0, 4],
  /** The index of this failure in the plan. */
  number: [4, 4],
  message: [8, 4],
  step: [12, 4],
  hints: [16, 4],
});

/** A hint for one error. An entry without `explains` ends the list. */
export const HINT: Layout<"explains" | "looks" | "words"> = layout(12, {
  /** The error number plus 1; 1 alone stands for all errors. */
  explains: [0, 4],
  looks: [4, 4],
  words: [8, 4],
});

/** A look. An entry without `kind` ends the list. A text argument is a place and a length. */
export const LOOK: Layout<"kind" | "first" | "firstLength" | "second" | "secondLength" | "third"> =
  layout(24, {
    /** The index in the plan's kinds, plus 1. */
    kind: [0, 4],
    first: [4, 4],
    firstLength: [8, 4],
    second: [12, 4],
    secondLength: [16, 4],
    third: [20, 4],
  });

/** A piece of a message. An entry without `kind` ends the list. */
export const PIECE: Layout<"kind" | "at" | "length"> = layout(12, {
  kind: [0, 4],
  /** The place of the text, or of the value's variable. */
  at: [4, 4],
  /** The length of a text; of a value with a name the list of these. */
  length: [8, 4],
});

/** A number's name. An entry without a length ends the list. */
export const NAME: Layout<"number" | "at" | "length"> = layout(12, {
  number: [0, 4],
  at: [4, 4],
  length: [8, 4],
});

/** Bytes of the entry that ends a list. */
const END_BYTES = 4;

/** The kinds of pieces. `given` is a string that the listener gave itself. */
export const PIECES = {
  text: 1,
  number: 2,
  string: 3,
  given: 4,
  // Values of the call that has failed: see show/said.ts.
  decimal: 2,
  quoted: 5,
  limits: 6,
  name: 7,
  flags: 8,
} as const;

const kindOf = (value: RuntimeValue): number =>
  "number" in value ? PIECES.number : isGiven(value) ? PIECES.given : PIECES.string;

/** A hint for one error number; for all if that is undefined. */
interface HintEntry {
  readonly errno: number | undefined;
  readonly hint: Hint;
}

/** The hints of a failure, one entry for each error number, in their order in memory. */
export function entriesOf(hints: readonly Hint[]): HintEntry[] {
  return hints.flatMap((hint) =>
    (hint.errno ?? [undefined]).map((errno: number | undefined) => ({ errno, hint }))
  );
}

/** The same list each time, as lists are told apart by identity. */
const NONE: readonly never[] = new Array<never>();

/** Lays failures out. Equal texts and identical objects are stored once. */
export class FailureTable {
  readonly #segments: Segments;
  readonly #name: string;
  readonly #front: FrontEnd | undefined;
  readonly #kinds: readonly string[];
  readonly #placeOf: (variable: string) => Place;
  #count = 0;
  readonly #hints = new Map<readonly Hint[], Place>();
  readonly #looks = new Map<readonly Look[], Place>();
  readonly #words = new Map<Hint, Place>();
  readonly #lists = new Map<string, Place>();
  readonly #messages = new Map<string, Place>();
  readonly #texts = new Map<string, { readonly place: Place; readonly length: number }>();

  /**
   * @param plan In whose name and words failures are said, and the kinds of looks that it has steps for.
   * @param placeOf Where a variable is.
   */
  constructor(
    segments: Segments,
    { name, front, kinds = [] }: Pick<Plan, "name" | "front" | "kinds">,
    placeOf: (variable: string) => Place,
  ) {
    this.#segments = segments;
    this.#name = name;
    this.#front = front;
    this.#kinds = kinds;
    this.#placeOf = placeOf;
  }

  /** Appends a failure. @param call What has failed. */
  append(failure: Failure, call: Call | undefined): Place {
    const { message, status, hints, speaker = this.#name } = worded(failure, call, this.#front);
    const { bytes, fields } = FAILURE;
    const at = this.#segments.take(bytes, 4);
    this.#set(at, fields.status, status);
    this.#set(at, fields.number, this.#count++);
    this.#set(
      at,
      fields.message,
      this.#message(piecesOf([`${speaker}: `, ...partsOf(message)], this.#front)),
    );
    this.#set(at, fields.step, this.#step(call));
    this.#set(at, fields.hints, this.#hintsOf(hints));
    return inConstants(at);
  }

  #step(call: Call | undefined): Place {
    if (!call) return this.#message(NONE);
    const pieces = saidStep(call);
    const [first] = pieces;
    return pieces.length === 1 && typeof first === "string"
      ? this.#message([`\n  step: ${first} = `])
      : this.#message(["\n  step: ", ...pieces, " = "]);
  }

  #set(at: number, [offset]: Field, value: number | Place): void {
    if (typeof value === "number") this.#segments.set32(at + offset, value);
    else this.#segments.setPlace(at + offset, value);
  }

  #hintsOf(hints: readonly Hint[]): Place {
    const known = this.#hints.get(hints);
    if (known) return known;
    const entries = entriesOf(hints);
    const { bytes, fields } = HINT;
    const list = this.#segments.take(bytes * entries.length + END_BYTES, 4);
    this.#hints.set(hints, inConstants(list));
    entries.forEach(({ errno, hint }, i) => {
      const at = list + bytes * i;
      this.#set(at, fields.explains, (errno ?? 0) + 1);
      this.#set(at, fields.looks, this.#looksOf(hint.look ?? NONE));
      this.#set(at, fields.words, this.#wordsOf(hint));
    });
    return inConstants(list);
  }

  #wordsOf(hint: Hint): Place {
    const known = this.#words.get(hint);
    if (known) return known;
    const { why, remedy } = hint;
    const words = this.#message(piecesOf([
      ...why === undefined ? [] : ["\n  why:  ", ...partsOf(why)],
      ...remedy === undefined ? [] : ["\n  try:  ", ...partsOf(remedy)],
    ], this.#front));
    this.#words.set(hint, words);
    return words;
  }

  #looksOf(looks: readonly Look[]): Place {
    const known = this.#looks.get(looks);
    if (known) return known;
    const { bytes, fields } = LOOK;
    const given = [
      [fields.first, fields.firstLength],
      [fields.second, fields.secondLength],
      [fields.third],
    ] as const;
    const list = this.#segments.take(bytes * looks.length + END_BYTES, 4);
    this.#looks.set(looks, inConstants(list));
    looks.forEach((look, i) => {
      const at = list + bytes * i;
      const number = this.#kinds.indexOf(look.kind);
      if (number < 0) throw new Error(`Cannot find steps in the plan for look "${look.kind}"`);
      this.#set(at, fields.kind, number + 1);
      look.given?.forEach((value, j) => {
        const [place, length] = given[j]!;
        if (typeof value === "number") return this.#set(at, place, value);
        const text = this.#text(value);
        this.#set(at, place, text.place);
        if (length) this.#set(at, length, text.length);
      });
    });
    return inConstants(list);
  }

  /** A list of pieces. A text alone is there once. */
  #message(pieces: readonly (Piece | Said)[]): Place {
    const [first = ""] = pieces;
    const isText = pieces.length < 2 && typeof first === "string";
    const known = isText ? this.#messages.get(first) : undefined;
    if (known) return known;
    const { bytes, fields } = PIECE;
    const list = this.#segments.take(bytes * pieces.length + END_BYTES, 4);
    if (isText) this.#messages.set(first, inConstants(list));
    pieces.forEach((piece, i) => {
      const at = list + bytes * i;
      if (typeof piece === "string") {
        const { place, length } = this.#text(piece);
        this.#set(at, fields.kind, PIECES.text);
        this.#set(at, fields.at, place);
        this.#set(at, fields.length, length);
      } else if ("as" in piece) {
        this.#set(at, fields.kind, PIECES[piece.as]);
        this.#set(at, fields.at, this.#placeOf(piece.value.name));
        if ("names" in piece) this.#set(at, fields.length, this.#names(piece.names));
      } else {
        this.#set(at, fields.kind, kindOf(piece));
        this.#set(at, fields.at, this.#placeOf(variableOf(piece).name));
      }
    });
    return inConstants(list);
  }

  /** A list of names. */
  #names(names: Named): Place {
    const key = names.map(([name]) => name).join();
    const known = this.#lists.get(key);
    if (known) return known;
    const { bytes, fields } = NAME;
    const list = this.#segments.take(bytes * (names.length + 1), 4);
    this.#lists.set(key, inConstants(list));
    names.forEach(([name, number], i) => {
      const at = list + bytes * i;
      const { place, length } = this.#text(name);
      this.#set(at, fields.number, Number(number));
      this.#set(at, fields.at, place);
      this.#set(at, fields.length, length);
    });
    return inConstants(list);
  }

  #text(value: Bytes): { readonly place: Place; readonly length: number } {
    const known = typeof value === "string" ? this.#texts.get(value) : undefined;
    if (known) return known;
    const bytes = encode(value);
    const text = { place: this.#segments.appendString(bytes), length: bytes.length };
    if (typeof value === "string") this.#texts.set(value, text);
    return text;
  }
}
