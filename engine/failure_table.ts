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
  type Message,
  partsOf,
  type Piece,
  piecesOf,
  remedyFor,
  type RuntimeValue,
  variableOf,
  worded,
} from "./failure.ts";
import type { Call, Plan } from "./plan.ts";
import { inConstants, type Place, type Segments, within } from "./segments.ts";
import type { Named } from "./show/numbers.ts";
import { type Said, saidStep } from "./show/said.ts";
import { type Field, type Layout, layout } from "./struct.ts";

/** Lists and looks are named by their places / {@linkcode UNIT_BYTES}, texts and variables by their places. */
export const UNIT_BYTES = 4;
const MOST_UNITS = 0xffff;

/** A failure. `message` and `step` are lists of pieces, `hints` is one of hints. */
export const FAILURE: Layout<"status" | "number" | "message" | "step" | "hints"> = layout(10, {
  status: [0, 2],
  /** The index of this failure in the plan. */
  number: [2, 2],
  message: [4, 2],
  step: [6, 2],
  hints: [8, 2],
});

/** A hint for one error. An entry without `explains` ends the list. */
export const HINT: Layout<"explains" | "looks" | "words"> = layout(6, {
  /** The error number plus 1; 1 alone stands for all errors. */
  explains: [0, 2],
  /** A list of looks. */
  looks: [2, 2],
  words: [4, 2],
});

/** An element of a list of looks. One of 0 ends the list. */
export const LOOK_NAME: Layout<"look"> = layout(2, { look: [0, 2] });

/** A look. A text argument is a place and a length. */
export const LOOK: Layout<"kind" | "first" | "firstLength" | "second" | "secondLength" | "third"> =
  layout(20, {
    /** The index in the plan's kinds, plus 1. */
    kind: [0, 2],
    third: [2, 2],
    first: [4, 4],
    firstLength: [8, 4],
    second: [12, 4],
    secondLength: [16, 4],
  });

/** A piece of a message. An entry without `kind` ends the list. */
export const PIECE: Layout<"kind" | "at" | "length"> = layout(8, {
  kind: [0, 2],
  /** The length of a text; of a value with a name the list of these. */
  length: [2, 2],
  /** The place of the text, or of the value's variable. */
  at: [4, 4],
});

/** A number's name. An entry without a length ends the list. */
export const NAME: Layout<"number" | "at" | "length"> = layout(12, {
  number: [0, 4],
  at: [4, 4],
  length: [8, 4],
});

/** The longest text of a piece. */
const MOST_TEXT_BYTES = 0xffff;

/** A text as texts that fit. */
function textsOf(text: string): Bytes[] {
  if (text.length <= MOST_TEXT_BYTES / 3) return [text];
  const bytes = encode(text);
  return Array.from(
    { length: Math.ceil(bytes.length / MOST_TEXT_BYTES) },
    (_, i) => bytes.subarray(MOST_TEXT_BYTES * i, MOST_TEXT_BYTES * (i + 1)),
  );
}

/** Bytes of the entry that ends a list. */
const END_BYTES = 2;

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

/** What is stored of a piece. */
type PieceEntry =
  | { readonly text: Bytes }
  | { readonly kind: number; readonly variable: string; readonly names?: Place | undefined };

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

/** The same for equal values: texts, numbers, bytes. */
const keyOf = (value: unknown): string =>
  JSON.stringify(value, (_, part) => {
    if (part instanceof Uint8Array) return ["bytes", ...part];
    return typeof part === "bigint" ? ["number", String(part)] : part;
  });

/** Lays failures out. What is equal is stored once. */
export class FailureTable {
  readonly #segments: Segments;
  readonly #speaker: Message;
  readonly #front: FrontEnd | undefined;
  readonly #kinds: readonly string[];
  readonly #placeOf: (variable: string) => Place;
  #count = 0;
  /** Lists by what is in them. */
  readonly #lists = new Map<string, Place>();
  readonly #texts = new Map<string, { readonly place: Place; readonly length: number }>();

  /**
   * @param plan In whose name and words failures are said, and the kinds of looks that it has steps for.
   * @param placeOf Where a variable is.
   */
  constructor(
    segments: Segments,
    { name, speaker = name, front, kinds = [] }: Pick<Plan, "name" | "speaker" | "front" | "kinds">,
    placeOf: (variable: string) => Place,
  ) {
    this.#segments = segments;
    this.#speaker = speaker;
    this.#front = front;
    this.#kinds = kinds;
    this.#placeOf = placeOf;
  }

  /** Appends a failure. @param call What has failed. */
  append(failure: Failure, call: Call | undefined): Place {
    const { message, status, hints, speaker = this.#speaker } = worded(failure, call, this.#front);
    const { bytes, fields } = FAILURE;
    const at = this.#segments.take(bytes, 4);
    this.#set(at, fields.status, status);
    this.#set(at, fields.number, this.#count++);
    this.#set(
      at,
      fields.message,
      this.#message(piecesOf([...partsOf(speaker), ": ", ...partsOf(message)], this.#front)),
    );
    this.#set(at, fields.step, this.#step(call));
    this.#set(at, fields.hints, this.#hintsOf(hints));
    return inConstants(at);
  }

  #step(call: Call | undefined): Place {
    if (!call) return this.#message([]);
    const pieces = saidStep(call);
    const [first] = pieces;
    return pieces.length === 1 && typeof first === "string"
      ? this.#message([`\n  step: ${first} = `])
      : this.#message(["\n  step: ", ...pieces, " = "]);
  }

  #set(at: number, [offset, bytes]: Field, value: number | Place): void {
    const there = at + offset;
    if (bytes === 4) {
      if (typeof value === "number") this.#segments.set32(there, value);
      else this.#segments.setPlace(there, value);
    } else {
      const small = typeof value === "number"
        ? within(value, 0xffff, "values")
        : within(value.offset / UNIT_BYTES, MOST_UNITS, "failures");
      this.#segments.set16(there, small);
    }
  }

  /**
   * A list, which is stored once.
   *
   * @param kind What is in it.
   * @param bytes Of an element, and of what ends the list.
   * @param set Stores an element at a place.
   */
  #list<Element>(
    kind: string,
    elements: readonly Element[],
    [bytes, end]: readonly [number, number],
    set: (at: number, element: Element) => void,
  ): Place {
    const key = keyOf([kind, elements]);
    const known = this.#lists.get(key);
    if (known) return known;
    const start = this.#segments.take(bytes * elements.length + end, 4);
    this.#lists.set(key, inConstants(start));
    elements.forEach((element, i) => set(start + bytes * i, element));
    return inConstants(start);
  }

  #hintsOf(hints: readonly Hint[]): Place {
    const { bytes, fields } = HINT;
    const entries = entriesOf(hints).map(({ errno, hint }) => ({
      explains: (errno ?? 0) + 1,
      looks: this.#looksOf(hint.look ?? []),
      words: this.#wordsOf(hint),
    }));
    return this.#list("hints", entries, [bytes, END_BYTES], (at, { explains, looks, words }) => {
      this.#set(at, fields.explains, explains);
      this.#set(at, fields.looks, looks);
      this.#set(at, fields.words, words);
    });
  }

  #wordsOf({ why, remedy }: Hint): Place {
    return this.#message(piecesOf([
      ...why === undefined ? [] : ["\n  why:  ", ...partsOf(why)],
      ...remedy === undefined ? [] : ["\n  try:  ", ...partsOf(remedyFor(remedy, this.#front))],
    ], this.#front));
  }

  #looksOf(looks: readonly Look[]): Place {
    const { bytes, fields } = LOOK_NAME;
    const places = looks.map((look) => this.#look(look));
    return this.#list("looks", places, [bytes, END_BYTES], (at, look) => {
      this.#set(at, fields.look, look);
    });
  }

  /** A look, which is stored once. */
  #look(look: Look): Place {
    const { bytes, fields } = LOOK;
    const given = [
      [fields.first, fields.firstLength],
      [fields.second, fields.secondLength],
      [fields.third],
    ] as const;
    return this.#list("look", [look], [bytes, 0], (at) => {
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
  }

  /** A list of pieces. */
  #message(pieces: readonly (Piece | Said)[]): Place {
    const { bytes, fields } = PIECE;
    const elements = pieces.flatMap((piece): PieceEntry[] => {
      if (typeof piece === "string") return textsOf(piece).map((text) => ({ text }));
      if (!("as" in piece)) return [{ kind: kindOf(piece), variable: variableOf(piece).name }];
      const names = "names" in piece ? this.#names(piece.names) : undefined;
      return [{ kind: PIECES[piece.as], variable: piece.value.name, names }];
    });
    return this.#list("pieces", elements, [bytes, END_BYTES], (at, piece) => {
      if ("text" in piece) {
        const { place, length } = this.#text(piece.text);
        this.#set(at, fields.kind, PIECES.text);
        this.#set(at, fields.at, place);
        this.#set(at, fields.length, length);
      } else {
        this.#set(at, fields.kind, piece.kind);
        this.#set(at, fields.at, this.#placeOf(piece.variable));
        if (piece.names) this.#set(at, fields.length, piece.names);
      }
    });
  }

  /** A list of names. */
  #names(names: Named): Place {
    const { bytes, fields } = NAME;
    return this.#list("names", names, [bytes, bytes], (at, [name, number]) => {
      const { place, length } = this.#text(name);
      this.#set(at, fields.number, Number(number));
      this.#set(at, fields.at, place);
      this.#set(at, fields.length, length);
    });
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
