/** Memory to be: bytes that grow, with pointers into themselves and into the zeros behind them. */

/** What stands in memory at an address. */
export interface Layout {
  /** The bytes to begin with. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The size in memory: behind the bytes are zeros. */
  readonly memoryBytes: number;
}

/** An address to be: in the bytes, or in the zeroed memory behind them. */
export interface Place {
  readonly zeroed: boolean;
  readonly offset: number;
}

/** The place at an offset in the bytes. */
export const inBytes = (offset: number): Place => ({ zeroed: false, offset });

/** Bytes in the making. */
export class Arena {
  readonly #base: number;
  #bytes = new Uint8Array(16384);
  #view = new DataView(this.#bytes.buffer);
  #used = 0;
  #zeroedBytes = 0;
  /** Mentions of zeroed memory: where that begins is known only at the end. */
  readonly #late: { at: number; offset: number; relative: boolean }[] = [];

  /** @param base The address at which the bytes will stand. */
  constructor(base: bigint) {
    this.#base = Number(base);
  }

  /** Takes `length` bytes and gives their offset. */
  take(length: number, align = 8): number {
    const at = Math.ceil(this.#used / align) * align;
    this.#used = at + length;
    if (this.#used > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#used));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }

  /** Takes `length` bytes of the zeroed memory behind the bytes. */
  takeZeroed(length: number): Place {
    const offset = this.#zeroedBytes;
    this.#zeroedBytes = Math.ceil((offset + length) / 8) * 8;
    return { zeroed: true, offset };
  }

  /** Appends bytes and gives their offset. */
  append(value: Uint8Array, align: number): number {
    const at = this.take(value.length, align);
    this.#bytes.set(value, at);
    return at;
  }

  /** Appends bytes with a NUL behind them and gives their offset. */
  appendString(value: Uint8Array): number {
    const at = this.take(value.length + 1, 1);
    this.#bytes.set(value, at);
    return at;
  }

  set32(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  /** Sets where a place is, counted from the start of the bytes. */
  setPlace(at: number, place: Place): void {
    if (place.zeroed) this.#late.push({ at, offset: place.offset, relative: true });
    else this.set32(at, place.offset);
  }

  /** Sets a number, or the address of a place, where nothing has been set yet. */
  set64(at: number, value: bigint | Place): void {
    if (value === 0n) return;
    if (typeof value === "bigint") this.#view.setBigInt64(at, value, true);
    else if (value.zeroed) this.#late.push({ at, offset: value.offset, relative: false });
    else this.#setAddress(at, this.#base + value.offset);
  }

  /** User space ends below 2^53, and numbers are much faster than bigints in code that runs once. */
  #setAddress(at: number, address: number): void {
    this.#view.setUint32(at, address >>> 0, true);
    this.#view.setUint32(at + 4, Math.floor(address / 2 ** 32), true);
  }

  finish(): Layout {
    const length = Math.ceil(this.#used / 16) * 16;
    for (const { at, offset, relative } of this.#late) {
      if (relative) this.set32(at, length + offset);
      else this.set64(at, inBytes(length + offset));
    }
    return { bytes: this.#bytes.slice(0, length), memoryBytes: length + this.#zeroedBytes };
  }
}
