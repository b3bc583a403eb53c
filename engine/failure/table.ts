/** Lays the failures of a plan out: see structs.ts for what comes of it. */
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
} from "../failure.ts";
import type { Call, Plan } from "../plan.ts";
import { inFailures, type Place } from "../place.ts";
import type { Named } from "../show/numbers.ts";
import { type Said, saidStep } from "../show/said.ts";
import { Store } from "./store.ts";
import { FAILURE, HINT, LOOK, LOOK_NAME, NAME, PIECE, PIECES, WHOLE } from "./structs.ts";

/** Bytes of the entry that ends a list. */
const END_BYTES = 2;

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
  | { readonly text: string }
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

/** What the table needs to know of a plan. */
type SaidPlan = Pick<Plan, "name" | "speaker" | "front" | "fronts" | "kinds">;

/** The table of a plan's failures. */
export class FailureTable {
  readonly #speaker: Message;
  readonly #fronts: readonly (FrontEnd | undefined)[];
  readonly #kinds: readonly string[];
  readonly #placeOf: (variable: string) => Place;
  readonly #store = new Store();
  #count = 0;

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
    const store = this.#store;
    const start = store.take(bytes * this.#fronts.length);
    this.#fronts.forEach((front, i) => {
      const { message, status, isWhole, hints, speaker = this.#speaker } = worded(
        failure,
        call,
        front,
      );
      const at = start + bytes * i;
      store.set(at, fields.status, isWhole ? status | WHOLE : status);
      store.set(at, fields.number, this.#count);
      const said = piecesOf([...partsOf(speaker), ": ", ...partsOf(message)], front);
      store.setList(at, fields.message, this.#message(said));
      store.setList(at, fields.step, this.#step(call));
      store.setList(at, fields.hints, this.#hintsOf(hints, front));
    });
    this.#count++;
    return inFailures(start);
  }

  /** Appends bytes that are needed as late. */
  appendData(bytes: Uint8Array): Place {
    return inFailures(this.#store.append(bytes));
  }

  /** The whole table. @param inVariables How far from the start of the variables a place is. */
  content(inVariables: (place: Place) => number): Uint8Array<ArrayBuffer> {
    return this.#store.content(inVariables);
  }

  #step(call: Call | undefined): number {
    if (!call) return this.#message([]);
    const pieces = saidStep(call);
    const [first] = pieces;
    return pieces.length === 1 && typeof first === "string"
      ? this.#message([`\n  step: ${first} = `])
      : this.#message(["\n  step: ", ...pieces, " = "]);
  }

  #hintsOf(hints: readonly Hint[], front: FrontEnd | undefined): number {
    const { bytes, fields } = HINT;
    const store = this.#store;
    const entries = entriesOf(hints).map(({ errno, hint }) => ({
      explains: (errno ?? 0) + 1,
      looks: this.#looksOf(hint.look ?? []),
      words: this.#wordsOf(hint, front),
    }));
    return store.list("hints", entries, [bytes, END_BYTES], (at, { explains, looks, words }) => {
      store.set(at, fields.explains, explains);
      store.setList(at, fields.looks, looks);
      store.setList(at, fields.words, words);
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
    return this.#store.list("looks", places, [bytes, END_BYTES], (at, look) => {
      this.#store.setList(at, fields.look, look);
    });
  }

  #look(look: Look): number {
    const { bytes, fields } = LOOK;
    const given = [
      [fields.first, fields.firstLength],
      [fields.second, fields.secondLength],
      [fields.third],
    ] as const;
    return this.#store.list("look", [look], [bytes, 0], (at) => {
      const number = this.#kinds.indexOf(look.kind);
      if (number < 0) throw new Error(`Cannot find steps in the plan for look "${look.kind}"`);
      this.#store.set(at, fields.kind, number + 1);
      look.given?.forEach((value, j) => {
        const [field, length] = given[j]!;
        if (typeof value === "number") this.#store.set(at, field, value);
        else if (length) this.#store.setText(at, field, value, length);
      });
    });
  }

  /** A list of pieces. */
  #message(pieces: readonly (Piece | Said)[]): number {
    const { bytes, fields } = PIECE;
    const store = this.#store;
    const elements = pieces.map((piece): PieceEntry => {
      if (typeof piece === "string") return { text: piece };
      if (!("as" in piece)) return { kind: kindOf(piece), variable: variableOf(piece).name };
      const names = "names" in piece ? this.#names(piece.names) : undefined;
      return { kind: PIECES[piece.as], variable: piece.value.name, names };
    });
    return store.list("pieces", elements, [bytes, fields.kind[1]], (at, piece) => {
      if ("text" in piece) {
        store.set(at, fields.kind, PIECES.text);
        store.setText(at, fields.at, piece.text);
      } else {
        store.set(at, fields.kind, piece.kind);
        store.setVariable(at, fields.at, this.#placeOf(piece.variable));
        if (piece.names !== undefined) store.setList(at, fields.names, piece.names);
      }
    });
  }

  /** A list of names. */
  #names(names: Named): number {
    const { bytes, fields } = NAME;
    const known = names.map(([name, number]) => [name, Number(number)] as const);
    return this.#store.list("names", known, [bytes, bytes], (at, [name, number]) => {
      this.#store.set(at, fields.number, number);
      this.#store.setText(at, fields.at, name, fields.length);
    });
  }
}
