/**
 * Listings: what a frozen file says of its own records, so that its plan can be printed again. A
 * listing stands behind the image, where nothing is loaded from: a line, then JSON.
 *
 * System calls, numbers, strings and arrays are in the records: thaw.ts reads them there. A listing
 * has only what is not: which argument is what, the names of slots, words for structs, the notes.
 */
import { concat } from "../ffi/bytes.ts";
import { FAIL } from "./failure.ts";
import type { Call, Mark, Operand, Plan, Step } from "./plan.ts";

/** The line that a listing begins with. The number changes with the form. */
export const LISTING_LINE = "nido listing 1\n";

/**
 * A system call: its record, then indices of texts; the last two may be absent, or -1 for none.
 *
 * The arguments are words with spaces between: `n` a number, `t` a string, `s7` the slot named by text
 * 7, or `s7.8` if it is shown as text 8, `a7` the address of that slot or buffer, `d7` a struct that
 * text 7 shows, `(t,s7)` an array of these. An array that ends with `+7@45.1` is what slot 7 is known
 * to begin with, and stands where argument 1 of record 45 says.
 */
export type ListedCall = readonly [
  record: number,
  process: number,
  note: number,
  args: string,
  result?: number,
  when?: number,
];

export interface Listing {
  /** In whose name messages are. */
  readonly name: string;
  /** So many records are run unless something fails. Each call of these is listed. */
  readonly records: number;
  readonly calls: readonly ListedCall[];
  readonly texts: readonly string[];
}

type Recorded = Exclude<Step, Mark>;

/** Each text once. */
class Texts {
  readonly #indices = new Map<string, number>();

  index(text: string | undefined): number {
    if (text === undefined) return -1;
    const known = this.#indices.get(text);
    if (known !== undefined) return known;
    const index = this.#indices.size;
    this.#indices.set(text, index);
    return index;
  }

  get all(): string[] {
    return [...this.#indices.keys()];
  }
}

/** The listing of a plan, as bytes to stand behind its image. */
export function listingOf(plan: Plan): Uint8Array<ArrayBuffer> {
  const end = plan.steps.findIndex((step) => step.do === "label" && step.label === FAIL);
  const recorded = plan.steps.slice(0, end).filter((step): step is Recorded => step.do !== "label");
  const texts = new Texts();

  const argument = (operand: Operand): string => {
    if (operand.kind === "vector") return `(${operand.items.map(item).join()})`;
    if (operand.kind !== "slot" || operand.begins?.kind !== "vector") return item(operand);
    const { name, begins } = operand;
    const record = recorded.findIndex(({ args }) => args.includes(begins));
    const place = recorded[record]!.args.indexOf(begins);
    return `(${[...begins.items.map(item), `+${texts.index(name)}@${record}.${place}`].join()})`;
  };
  const item = (operand: Operand): string => {
    switch (operand.kind) {
      case "number":
        return "n";
      case "text":
        return "t";
      case "data":
        return `d${texts.index(operand.text)}`;
      case "address":
        return `a${texts.index(operand.name)}`;
      case "slot": {
        const shown = operand.text === undefined ? "" : `.${texts.index(operand.text)}`;
        return `s${texts.index(operand.name)}${shown}`;
      }
      case "vector":
      case "label":
      case "failure":
        throw new TypeError(`Cannot list a ${operand.kind}: no system call takes one`);
    }
  };

  const calls = recorded.flatMap((step, record): ListedCall[] => {
    if (step.do !== "call") return [];
    const { process, note, when, result, args } = step as Call;
    const [p, n] = [texts.index(process), texts.index(note)];
    const words = args.map(argument).join(" ");
    if (when !== undefined) return [[record, p, n, words, texts.index(result), texts.index(when)]];
    return [
      result === undefined ? [record, p, n, words] : [record, p, n, words, texts.index(result)],
    ];
  });
  const { name } = plan;
  const listing: Listing = { name, records: recorded.length, calls, texts: texts.all };
  return concat(LISTING_LINE, JSON.stringify(listing), "\n");
}
