/** The bytes of the table of failures. What is equal is stored once. */
import { type Bytes, concat, encode } from "../../ffi/bytes.ts";
import { Growing } from "../growing.ts";
import { type Place, within } from "../place.ts";
import type { Field } from "../struct.ts";
import { UNIT_BYTES } from "./structs.ts";

const MOST_UNITS = 0xffff;

/** A text, counted from where texts begin. */
interface StoredText {
  readonly offset: number;
  readonly length: number;
}

/** Structs, lists of them, and behind these the texts that they name. */
export class Store {
  readonly #structs = new Growing();
  readonly #textBytes = new Growing();
  /** Where texts and variables are named: the offset of either is known at the end. */
  readonly #textMentions: { at: number; offset: number }[] = [];
  readonly #variableMentions: { at: number; place: Place }[] = [];
  /** Lists by what is in them. */
  readonly #lists = new Map<string, number>();
  readonly #texts = new Map<string, StoredText>();

  /** Allocates zeroed structs. @returns Their offset. */
  take(bytes: number): number {
    return this.#structs.take(bytes, UNIT_BYTES);
  }

  /** Appends bytes as they are. @returns Their offset. */
  append(bytes: Uint8Array): number {
    return this.#structs.append(bytes, bytes.length, UNIT_BYTES);
  }

  set(at: number, [offset, bytes]: Field, value: number): void {
    if (bytes === 1) this.#structs.view.setUint8(at + offset, value);
    else if (bytes === 4) this.#structs.view.setUint32(at + offset, value, true);
    else this.#structs.view.setUint16(at + offset, within(value, 0xffff, "values"), true);
  }

  /** Names a list or a look. */
  setList(at: number, [offset]: Field, list: number): void {
    const units = within(list / UNIT_BYTES, MOST_UNITS, "failures");
    this.#structs.view.setUint16(at + offset, units, true);
  }

  /** Names a text, and stores it, with a NUL behind it, if it is new. @param length Where its length is said, too. */
  setText(at: number, [offset]: Field, value: Bytes, length?: Field): void {
    const text = this.#text(value);
    this.#textMentions.push({ at: at + offset, offset: text.offset });
    if (length) this.set(at, length, text.length);
  }

  /** Names a variable. */
  setVariable(at: number, [offset]: Field, place: Place): void {
    this.#variableMentions.push({ at: at + offset, place });
  }

  /**
   * Stores a list if it is new.
   *
   * @param kind What is in it.
   * @param bytes Of an element, and of what ends the list.
   * @param set Stores an element at an offset.
   * @returns Its offset.
   */
  list<Element>(
    kind: string,
    elements: readonly Element[],
    [bytes, end]: readonly [number, number],
    set: (at: number, element: Element) => void,
  ): number {
    // The same for equal ones. A function that looked at each value in them would take most of the time of a plan.
    const key = JSON.stringify([kind, elements]);
    const known = this.#lists.get(key);
    if (known !== undefined) return known;
    const start = this.take(bytes * elements.length + end);
    this.#lists.set(key, start);
    elements.forEach((element, i) => set(start + bytes * i, element));
    return start;
  }

  #text(value: Bytes): StoredText {
    const known = typeof value === "string" ? this.#texts.get(value) : undefined;
    if (known) return known;
    const bytes = encode(value);
    const offset = this.#textBytes.append(bytes, bytes.length + 1, 1);
    const text = { offset, length: bytes.length };
    if (typeof value === "string") this.#texts.set(value, text);
    return text;
  }

  /** All bytes. @param inVariables How far from the start of the variables a place is. */
  content(inVariables: (place: Place) => number): Uint8Array<ArrayBuffer> {
    const texts = this.#structs.used;
    for (const { at, offset } of this.#textMentions) {
      this.#structs.view.setUint32(at, texts + offset, true);
    }
    for (const { at, place } of this.#variableMentions) {
      this.#structs.view.setUint32(at, inVariables(place), true);
    }
    return concat(this.#structs.content, this.#textBytes.content);
  }
}
