/** The data segments of an image: constants, and variables behind them. */
import {
  CONSTANTS_BYTES_OFFSET,
  CONSTANTS_FILE_OFFSET,
  CONSTANTS_HEADER_BYTES,
  PLACES_OFFSET,
  VARIABLES_HEADER_BYTES,
} from "../ffi/machine/machine.ts";
import { MOST_INDEX } from "../ffi/machine/record.ts";
import { alignUp, Growing } from "./growing.ts";
import { pack } from "./pack.ts";
import { type Part, type Place, within } from "./place.ts";
import { PAGE_BYTES } from "./rest.ts";

/** Both segments. They are position-independent. */
export interface Layout {
  /** Read-only: header, records, strings. They start on a page, {@linkcode CONSTANTS_FILE_OFFSET} bytes from its start. */
  readonly constants: Uint8Array<ArrayBuffer>;
  /** The initialized variables; the rest is zeroed. */
  readonly variables: Uint8Array<ArrayBuffer>;
  /** The size of the variables in memory. */
  readonly variablesBytes: number;
  /** From the constants' start to the variables'. */
  readonly distance: number;
}

/**
 * From the constants' start to the variables'. In a file one follows the other; in memory they share no
 * page.
 */
export function distanceOf(constantsBytes: number, pageBytes: number): number {
  const inFile = CONSTANTS_FILE_OFFSET + constantsBytes;
  return alignUp(inFile, pageBytes) + inFile % pageBytes - CONSTANTS_FILE_OFFSET;
}

/** A length of the constants with which variables of so many bytes behind them are on one page, if they fit. */
function withRoom(constantsBytes: number, bytes: number): number {
  const inPage = (CONSTANTS_FILE_OFFSET + constantsBytes) % PAGE_BYTES;
  const isOnOne = bytes > PAGE_BYTES || inPage + bytes <= PAGE_BYTES;
  return isOnOne ? constantsBytes : constantsBytes + PAGE_BYTES - inPage;
}

/** Larger memory is not written to as long as a process waits. */
const MOST_SMALL = 64;

/** Slots are behind arrays, and so not in the file, unless these would have them out of reach. */
const MOST_ARRAYS_BYTES = 65536;

type PartOfVariables = Exclude<
  Part,
  "constants" | "strings" | "end" | "failures" | "packed failures"
>;

/** Builds the segments: bytes, relocations, zeroed tail. */
export class Segments {
  /** Records, and what is named by 16 bits. */
  readonly #constants = new Growing();
  /** What is of any length. */
  readonly #strings = new Growing();
  readonly #variables = new Growing();
  readonly #arrays = new Growing();
  #slots = 0;
  #near = 0;
  #lateSlots = 0;
  #kept = 0;
  /** How many bytes of these are variables, and other small things. */
  #keptSmall = 0;
  #zeros = 0;
  /** Slots that records name by their index. */
  readonly #slotMentions: { at: number; place: Place }[] = [];
  /** Places that records name by their index in this list. */
  readonly #places: Place[] = [];
  readonly #placeIndices = new Map<Part, Map<number, number>>();
  /** Relocations in the arrays: pointers, and what they point to. */
  readonly #pointers: { at: number; place: Place }[] = [];
  readonly #pageBytes: number;
  /** Offsets of the parts from the constants' start: known at the end. */
  #starts: Readonly<Record<Part, number>> = {
    constants: 0,
    strings: 0,
    begun: 0,
    kept: 0,
    "kept end": 0,
    slots: 0,
    near: 0,
    "late slots": 0,
    arrays: 0,
    zeros: 0,
    end: 0,
    failures: 0,
    "packed failures": 0,
  };

  /** @param pageBytes The largest page size: constants and variables never share a page. */
  constructor(pageBytes: number) {
    this.#pageBytes = pageBytes;
    this.#constants.take(CONSTANTS_HEADER_BYTES, 8);
    this.#variables.take(VARIABLES_HEADER_BYTES, 8);
  }

  /** Allocates `length` bytes of the constants. @returns Their offset. */
  take(length: number, align = 8): number {
    return this.#constants.take(length, align);
  }

  /** Allocates a zeroed variable of 8 bytes. @param isTouched Whether a launch that succeeds touches it. */
  takeSlot(isTouched: boolean): Place {
    if (isTouched) return { part: "slots", offset: (this.#slots += 8) - 8 };
    return { part: "late slots", offset: (this.#lateSlots += 8) - 8 };
  }

  /** Allocates `length` zeroed bytes near the slots that are touched. */
  takeNear(length: number): Place {
    const offset = this.#near;
    this.#near = alignUp(offset + length, 8);
    return { part: "near", offset };
  }

  /** Allocates zeroed bytes of what is kept at rest: see rest.ts. */
  takeKept(length: number): Place {
    const offset = this.#kept;
    this.#kept = alignUp(offset + length, 8);
    if (length <= MOST_SMALL) this.#keptSmall = this.#kept;
    return { part: "kept", offset };
  }

  /** Allocates `length` zeroed bytes of the variables. */
  takeZeros(length: number): Place {
    const offset = this.#zeros;
    this.#zeros = alignUp(offset + length, 8);
    return { part: "zeros", offset };
  }

  /** Appends bytes to the constants, with zeros up to a length. */
  append(value: Uint8Array, align: number, length: number = value.length): Place {
    return { part: "strings", offset: this.#strings.append(value, length, align) };
  }

  /** The same right behind the records. */
  appendAtRest(value: Uint8Array, align: number, length: number = value.length): Place {
    return { part: "constants", offset: this.#constants.append(value, length, align) };
  }

  /** Appends a slot that has a number from the start. */
  appendNumber(value: bigint): Place {
    const offset = this.#variables.take(8, 8);
    this.#variables.view.setBigInt64(offset, value, true);
    return { part: "begun", offset };
  }

  /** Appends bytes to the initialized variables. */
  appendVariable(value: Uint8Array): Place {
    return { part: "arrays", offset: this.#arrays.append(value, value.length, 8) };
  }

  /** Allocates a NULL-terminated array of pointers in the variables. */
  takePointers(count: number): Place {
    return { part: "arrays", offset: this.#arrays.take(8 * (count + 1), 8) };
  }

  /** Sets an element of such an array: a number, or the place that it points to. */
  setPointer({ offset }: Place, i: number, value: bigint | Place): void {
    const at = offset + 8 * i;
    if (typeof value === "bigint") this.#arrays.view.setBigInt64(at, value, true);
    else this.#pointers.push({ at, place: value });
  }

  set16(at: number, value: number): void {
    this.#constants.view.setUint16(at, value, true);
  }

  /** Stores the index of a slot. */
  setSlot(at: number, place: Place): void {
    this.#slotMentions.push({ at, place });
  }

  /** Stores the index of a place in the list of places. */
  setPlaceIndex(at: number, place: Place): void {
    const { part, offset } = place;
    let indices = this.#placeIndices.get(part);
    if (!indices) this.#placeIndices.set(part, indices = new Map());
    let index = indices.get(offset);
    if (index === undefined) indices.set(offset, index = this.#places.push(place) - 1);
    this.set16(at, within(index, MOST_INDEX, "places"));
  }

  set32(at: number, value: number): void {
    this.#constants.view.setUint32(at, value, true);
  }

  /** The offset of a place from the constants' start. Known once all is finished. */
  placeOf({ part, offset }: Place): number {
    return this.#starts[part] + offset;
  }

  /**
   * @param table The table of failures, made with the places of variables from the variables' start.
   * @param isPacked Whether it is packed, with room to unpack it among the variables.
   */
  finish(
    table: (inVariables: (place: Place) => number) => Uint8Array = () => new Uint8Array(),
    isPacked = false,
  ): Layout {
    const parts = this.#partsOfVariables();
    const failures = table(({ part, offset }) => parts[part as keyof typeof parts] + offset);
    const stored = this.append(isPacked ? pack(failures) : failures, 4);
    const unpacked = isPacked ? this.takeZeros(failures.length) : stored;
    // The first of these are those that steps at rest name.
    // The interpreter reads the first in any case.
    const places = this.take(4 * Math.max(1, this.#places.length), 4);
    const pointers = this.take(4 * this.#pointers.length, 4);
    const strings = alignUp(this.#constants.used, 8);
    const end = alignUp(strings + this.#strings.used, 16);
    // A large plan's launches touch more pages the fewer variables are on the first.
    const onFirst = isPacked ? PAGE_BYTES : this.#kept === 0 ? 0 : parts.kept + this.#keptSmall;
    const length = withRoom(end, onFirst);
    const distance = distanceOf(length, this.#pageBytes);
    this.set32(0, distance);
    this.set32(4, this.#pointers.length);
    this.set32(8, pointers);
    this.set32(CONSTANTS_BYTES_OFFSET, length);
    this.set32(PLACES_OFFSET, places);
    const variables = Object.entries(parts).map(([part, offset]) => [part, distance + offset]);
    const variablesBytes = parts.zeros + this.#zeros;
    this.#starts = {
      ...this.#starts,
      ...Object.fromEntries(variables),
      strings,
      end: distance + variablesBytes,
    };
    this.#starts = {
      ...this.#starts,
      failures: this.placeOf(unpacked),
      "packed failures": this.placeOf(stored),
    };
    this.#writeMentions(places, pointers, parts.arrays);
    return {
      constants: joined(length, [[0, this.#constants], [strings, this.#strings]]),
      variables: joined(parts.arrays + alignUp(this.#arrays.used, 8), [
        [0, this.#variables],
        [parts.arrays, this.#arrays],
      ]),
      variablesBytes,
      distance,
    };
  }

  /** The offsets of the parts of the variables from the variables' start. */
  #partsOfVariables(): Record<PartOfVariables, number> {
    const begun = alignUp(this.#variables.used, 8);
    const arrays = alignUp(this.#arrays.used, 8);
    const small = {
      kept: this.#kept,
      "kept end": 0,
      slots: this.#slots,
      near: this.#near,
      "late slots": this.#lateSlots,
    };
    const inOrder = arrays > MOST_ARRAYS_BYTES
      ? { begun, ...small, arrays, zeros: 0 }
      : { begun, arrays, ...small, zeros: 0 };
    let end = 0;
    const offsets = Object.entries(inOrder).map(([part, bytes]) => [part, (end += bytes) - bytes]);
    return Object.fromEntries(offsets);
  }

  /**
   * Writes what names places.
   *
   * @param places Where the list of those is that records name.
   * @param pointers Where the list of relocations is, which are in the arrays.
   */
  #writeMentions(places: number, pointers: number, arrays: number): void {
    this.#places.forEach((place, i) => this.set32(places + 4 * i, this.placeOf(place)));
    for (const { at, place } of this.#slotMentions) {
      const index = (this.placeOf(place) - this.#starts.begun) / 8;
      this.set16(at, within(index, MOST_INDEX, "variables"));
    }
    this.#pointers.forEach(({ at, place }, i) => {
      this.set32(pointers + 4 * i, arrays + at);
      this.#arrays.view.setUint32(at, this.placeOf(place), true);
    });
  }
}

/** Bytes of that length, with contents at their offsets. */
function joined(
  length: number,
  contents: readonly (readonly [offset: number, Growing])[],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  for (const [offset, { content }] of contents) bytes.set(content, offset);
  return bytes;
}
