/** The data segments of an image: constants, and variables behind them. */
import {
  CONSTANTS_BYTES_OFFSET,
  CONSTANTS_FILE_OFFSET,
  CONSTANTS_HEADER_BYTES,
  VARIABLES_HEADER_BYTES,
} from "../ffi/machine/machine.ts";

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

/** A place in the constants, the initialized variables, or the zeroed tail. */
export interface Place {
  readonly part: "constants" | "begun" | "zeros";
  readonly offset: number;
}

/** The place at an offset in the constants. */
export const inConstants = (offset: number): Place => ({ part: "constants", offset });

/** The place at an offset in the header of the variables. */
export const inHeader = (offset: number): Place => ({ part: "begun", offset });

/**
 * From the constants' start to the variables'. In a file one follows the other; in memory they share no
 * page.
 */
export function distanceOf(constantsBytes: number, pageBytes: number): number {
  const inFile = CONSTANTS_FILE_OFFSET + constantsBytes;
  const page = Math.ceil(inFile / pageBytes) * pageBytes;
  return page + inFile % pageBytes - CONSTANTS_FILE_OFFSET;
}

/** A growing byte array. */
class Bytes {
  bytes = new Uint8Array(16384);
  view = new DataView(this.bytes.buffer);
  used = 0;

  take(length: number, align: number): number {
    const at = Math.ceil(this.used / align) * align;
    this.used = at + length;
    if (this.used > this.bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.bytes.length, this.used));
      larger.set(this.bytes);
      this.bytes = larger;
      this.view = new DataView(larger.buffer);
    }
    return at;
  }
}

/** Builds the segments: bytes, relocations, zeroed tail. */
export class Segments {
  readonly #constants = new Bytes();
  readonly #variables = new Bytes();
  #zeros = 0;
  /** Relocations in the constants: places of variables, whose distance is known at the end. */
  readonly #mentions: { at: number; place: Place }[] = [];
  /** Relocations in the variables: pointers, and what they point to. */
  readonly #pointers: { at: number; place: Place }[] = [];
  readonly #pageBytes: number;
  /** Offsets of the parts from the constants' start: known at the end. */
  #starts: Readonly<Record<Place["part"], number>> = { constants: 0, begun: 0, zeros: 0 };

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

  /** Allocates `length` zeroed bytes of the variables. */
  takeZeros(length: number): Place {
    const offset = this.#zeros;
    this.#zeros = Math.ceil((offset + length) / 8) * 8;
    return { part: "zeros", offset };
  }

  /** Appends bytes to the constants. */
  append(value: Uint8Array, align: number): Place {
    const at = this.take(value.length, align);
    this.#constants.bytes.set(value, at);
    return inConstants(at);
  }

  /** Appends bytes with a NUL behind them to the constants. */
  appendString(value: Uint8Array): Place {
    const at = this.take(value.length + 1, 1);
    this.#constants.bytes.set(value, at);
    return inConstants(at);
  }

  /** Appends bytes to the initialized variables. */
  appendVariable(value: Uint8Array): Place {
    const offset = this.#variables.take(value.length, 8);
    this.#variables.bytes.set(value, offset);
    return { part: "begun", offset };
  }

  /** Allocates a NULL-terminated array of pointers in the variables. */
  takePointers(count: number): Place {
    return { part: "begun", offset: this.#variables.take(8 * (count + 1), 8) };
  }

  /** Sets an element of such an array: a number, or the place that it points to. */
  setPointer({ offset }: Place, i: number, value: bigint | Place): void {
    const at = offset + 8 * i;
    if (typeof value === "bigint") this.#variables.view.setBigInt64(at, value, true);
    else this.#pointers.push({ at, place: value });
  }

  set32(at: number, value: number): void {
    this.#constants.view.setUint32(at, value, true);
  }

  /** Stores the offset of a place from the constants' start. */
  setPlace(at: number, place: Place): void {
    if (place.part === "constants") this.set32(at, place.offset);
    else this.#mentions.push({ at, place });
  }

  /** Stores a number, or the offset of a place, in 8 bytes of the constants that are still 0. */
  set64(at: number, value: bigint | Place): void {
    if (typeof value !== "bigint") this.setPlace(at, value);
    else if (value !== 0n) this.#constants.view.setBigInt64(at, value, true);
  }

  /** The offset of a place from the constants' start. Known once all is finished. */
  placeOf({ part, offset }: Place): number {
    return this.#starts[part] + offset;
  }

  finish(): Layout {
    const list = this.take(4 * this.#pointers.length, 4);
    const length = Math.ceil(this.#constants.used / 16) * 16;
    const distance = distanceOf(length, this.#pageBytes);
    const zeros = Math.ceil(this.#variables.used / 8) * 8;
    this.set32(0, distance);
    this.set32(4, this.#pointers.length);
    this.set32(8, list);
    this.set32(CONSTANTS_BYTES_OFFSET, length);
    this.#starts = { constants: 0, begun: distance, zeros: distance + zeros };
    for (const { at, place } of this.#mentions) this.set32(at, this.placeOf(place));
    this.#pointers.forEach(({ at, place }, i) => {
      this.set32(list + 4 * i, at);
      this.#variables.view.setUint32(at, this.placeOf(place), true);
    });
    return {
      constants: this.#constants.bytes.slice(0, length),
      variables: this.#variables.bytes.slice(0, zeros),
      variablesBytes: zeros + this.#zeros,
      distance,
    };
  }
}
