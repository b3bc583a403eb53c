/**
 * The failures of a plan in memory: layout.ts writes the table, failure_steps.ts reads it. Places in it are
 * offsets from its start, and those of variables from their start. So it may stand anywhere: an image
 * whose plan is packed has it packed, and unpacks it once something has failed.
 */
import { type Bytes, concat, encode } from "../ffi/bytes.ts";
import {
  type Failure,
  type FrontEnd,
  type Hint,
  isGiven,
  isWord,
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
import { Growing } from "./growing.ts";
import { inFailures, type Place, within } from "./segments.ts";
import type { Named } from "./show/numbers.ts";
import { type Said, saidStep } from "./show/said.ts";
import { type Field, type Layout, layout } from "./struct.ts";

/** Lists and looks are named by their offsets / {@linkcode UNIT_BYTES}, texts and variables by their offsets. */
export const UNIT_BYTES = 4;
const MOST_UNITS = 0xffff;

/** A bit of a status that exit_group(2) does not look at: the text of the error does not follow the message. */
export const WHOLE = 0x100;

/** A failure. `message` and `step` are lists of pieces, `hints` is one of hints. */
export const FAILURE: Layout<"status" | "number" | "message" | "step" | "hints"> = layout(10, {
  /** The exit status, and {@linkcode WHOLE}. */
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
  word: 9,
  // Values of the call that has failed: see show/said.ts.
  decimal: 2,
  quoted: 5,
  limits: 6,
  name: 7,
  flags: 8,
} as const;

const kindOf = (value: RuntimeValue): number =>
  "number" in value
    ? PIECES.number
    : isGiven(value)
    ? PIECES.given
    : isWord(value)
    ? PIECES.word
    : PIECES.string;

/** What is stored of a piece. */
type PieceEntry =
  | { readonly text: Bytes }
  | { readonly kind: number; readonly variable: string; readonly names?: number | undefined };

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

/** What the table needs to know of a plan. */
type SaidPlan = Pick<Plan, "name" | "speaker" | "front" | "fronts" | "kinds">;

/** A text, counted from where texts begin. */
interface StoredText {
  readonly offset: number;
  readonly length: number;
}

/** Lays failures out. What is equal is stored once. */
export class FailureTable {
  readonly #speaker: Message;
  readonly #fronts: readonly (FrontEnd | undefined)[];
  readonly #kinds: readonly string[];
  readonly #placeOf: (variable: string) => Place;
  #count = 0;
  /** Failures and lists, and behind them the texts. */
  readonly #entries = new Growing();
  readonly #bytes = new Growing();
  /** Where texts and variables are mentioned. */
  readonly #textMentions: { at: number; offset: number }[] = [];
  readonly #variableMentions: { at: number; place: Place }[] = [];
  /** Lists by what is in them. */
  readonly #lists = new Map<string, number>();
  readonly #texts = new Map<string, StoredText>();

  /**
   * @param plan In whose name and words failures are said, and the kinds of looks that it has steps for.
   * @param placeOf Where a variable is.
   */
  constructor(
    { name, speaker = name, front, fronts, kinds = [] }: SaidPlan,
    placeOf: (variable: string) => Place,
  ) {
    this.#speaker = speaker;
    this.#fronts = fronts ?? [front];
    this.#kinds = kinds;
    this.#placeOf = placeOf;
  }

  /** Appends a failure, for each front end one. @param call What has failed. */
  append(failure: Failure, call: Call | undefined): Place {
    const { bytes, fields } = FAILURE;
    const start = this.#entries.take(bytes * this.#fronts.length, UNIT_BYTES);
    this.#fronts.forEach((front, i) => {
      const { message, status, isWhole, hints, speaker = this.#speaker } = worded(
        failure,
        call,
        front,
      );
      const at = start + bytes * i;
      this.#set(at, fields.status, isWhole ? status | WHOLE : status);
      this.#set(at, fields.number, this.#count);
      const said = piecesOf([...partsOf(speaker), ": ", ...partsOf(message)], front);
      this.#setList(at, fields.message, this.#message(said));
      this.#setList(at, fields.step, this.#step(call));
      this.#setList(at, fields.hints, this.#hintsOf(hints, front));
    });
    this.#count++;
    return inFailures(start);
  }

  /** Appends bytes that are needed as late. */
  appendData(bytes: Uint8Array): Place {
    return inFailures(this.#entries.append(bytes, bytes.length, UNIT_BYTES));
  }

  /** The whole table. @param inVariables How far from the start of the variables a place is. */
  content(inVariables: (place: Place) => number): Uint8Array<ArrayBuffer> {
    const texts = this.#entries.used;
    for (const { at, offset } of this.#textMentions) {
      this.#entries.view.setUint32(at, texts + offset, true);
    }
    for (const { at, place } of this.#variableMentions) {
      this.#entries.view.setUint32(at, inVariables(place), true);
    }
    return concat(this.#entries.content, this.#bytes.content);
  }

  #step(call: Call | undefined): number {
    if (!call) return this.#message([]);
    const pieces = saidStep(call);
    const [first] = pieces;
    return pieces.length === 1 && typeof first === "string"
      ? this.#message([`\n  step: ${first} = `])
      : this.#message(["\n  step: ", ...pieces, " = "]);
  }

  #set(at: number, [offset, bytes]: Field, value: number): void {
    if (bytes === 4) this.#entries.view.setUint32(at + offset, value, true);
    else this.#entries.view.setUint16(at + offset, within(value, 0xffff, "values"), true);
  }

  /** Names a list or a look. */
  #setList(at: number, [offset]: Field, list: number): void {
    const units = within(list / UNIT_BYTES, MOST_UNITS, "failures");
    this.#entries.view.setUint16(at + offset, units, true);
  }

  #setText(at: number, [offset]: Field, text: StoredText, length: Field): void {
    this.#textMentions.push({ at: at + offset, offset: text.offset });
    this.#set(at, length, text.length);
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
  ): number {
    const key = keyOf([kind, elements]);
    const known = this.#lists.get(key);
    if (known !== undefined) return known;
    const start = this.#entries.take(bytes * elements.length + end, UNIT_BYTES);
    this.#lists.set(key, start);
    elements.forEach((element, i) => set(start + bytes * i, element));
    return start;
  }

  #hintsOf(hints: readonly Hint[], front: FrontEnd | undefined): number {
    const { bytes, fields } = HINT;
    const entries = entriesOf(hints).map(({ errno, hint }) => ({
      explains: (errno ?? 0) + 1,
      looks: this.#looksOf(hint.look ?? []),
      words: this.#wordsOf(hint, front),
    }));
    return this.#list("hints", entries, [bytes, END_BYTES], (at, { explains, looks, words }) => {
      this.#set(at, fields.explains, explains);
      this.#setList(at, fields.looks, looks);
      this.#setList(at, fields.words, words);
    });
  }

  #wordsOf({ why, remedy }: Hint, front: FrontEnd | undefined): number {
    return this.#message(piecesOf([
      ...why === undefined ? [] : ["\n  why:  ", ...partsOf(why)],
      ...remedy === undefined ? [] : ["\n  try:  ", ...partsOf(remedyFor(remedy, front))],
    ], front));
  }

  #looksOf(looks: readonly Look[]): number {
    const { bytes, fields } = LOOK_NAME;
    const places = looks.map((look) => this.#look(look));
    return this.#list("looks", places, [bytes, END_BYTES], (at, look) => {
      this.#setList(at, fields.look, look);
    });
  }

  /** A look, which is stored once. */
  #look(look: Look): number {
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
        if (typeof value === "number") this.#set(at, place, value);
        else if (length) this.#setText(at, place, this.#text(value), length);
      });
    });
  }

  /** A list of pieces. */
  #message(pieces: readonly (Piece | Said)[]): number {
    const { bytes, fields } = PIECE;
    const elements = pieces.flatMap((piece): PieceEntry[] => {
      if (typeof piece === "string") return textsOf(piece).map((text) => ({ text }));
      if (!("as" in piece)) return [{ kind: kindOf(piece), variable: variableOf(piece).name }];
      const names = "names" in piece ? this.#names(piece.names) : undefined;
      return [{ kind: PIECES[piece.as], variable: piece.value.name, names }];
    });
    return this.#list("pieces", elements, [bytes, END_BYTES], (at, piece) => {
      if ("text" in piece) {
        this.#set(at, fields.kind, PIECES.text);
        this.#setText(at, fields.at, this.#text(piece.text), fields.length);
      } else {
        this.#set(at, fields.kind, piece.kind);
        const place = this.#placeOf(piece.variable);
        this.#variableMentions.push({ at: at + fields.at[0], place });
        if (piece.names !== undefined) this.#setList(at, fields.length, piece.names);
      }
    });
  }

  /** A list of names. */
  #names(names: Named): number {
    const { bytes, fields } = NAME;
    return this.#list("names", names, [bytes, bytes], (at, [name, number]) => {
      this.#set(at, fields.number, Number(number));
      this.#setText(at, fields.at, this.#text(name), fields.length);
    });
  }

  #text(value: Bytes): StoredText {
    const known = typeof value === "string" ? this.#texts.get(value) : undefined;
    if (known) return known;
    const bytes = encode(value);
    const offset = this.#bytes.append(bytes, bytes.length + 1, 1);
    const text = { offset, length: bytes.length };
    if (typeof value === "string") this.#texts.set(value, text);
    return text;
  }
}
