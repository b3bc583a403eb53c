/** The memory of a process in a dry run: regions at addresses. */

/** A program that is malformed, or does not end. */
export class DryRunError extends Error {
  override readonly name: string = "DryRunError";
}

/** An access to unmapped or read-only memory: a real process would die by SIGSEGV. */
export class Fault extends DryRunError {
  override readonly name = "Fault";

  constructor(address: bigint) {
    super(`there is no memory at 0x${address.toString(16)}`);
  }
}

interface Region {
  /** Its first address, below 2^53. */
  readonly start: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly view: DataView<ArrayBuffer>;
  readonly isWritable: boolean;
}

/** A width of memory that an operation reads or writes. */
export type Width = 1 | 2 | 4 | 8;

/** What 64 bits hold of a number. */
export const wrap = (value: bigint): bigint => BigInt.asUintN(64, value);

/** An address space. Addresses are unsigned 64-bit numbers. */
export class Memory {
  readonly #regions: Region[];
  /** The region that was used last: mostly it is used again. */
  #last: Region | undefined;

  constructor(regions: readonly Region[] = []) {
    this.#regions = [...regions];
  }

  /** Maps bytes without copying them. */
  map(start: number, bytes: Uint8Array<ArrayBuffer>, isWritable: boolean): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#regions.push({ start, bytes, view, isWritable });
  }

  /** A copy for a child: writes to it do not reach this one. */
  copy(): Memory {
    return new Memory(this.#regions.map((region) => {
      if (!region.isWritable) return region;
      const bytes = region.bytes.slice();
      return { ...region, bytes, view: new DataView(bytes.buffer) };
    }));
  }

  #find(address: bigint, length: number): Region | undefined {
    const at = Number(address);
    const has = ({ start, bytes }: Region): boolean =>
      at >= start && at + length <= start + bytes.length;
    if (this.#last && has(this.#last)) return this.#last;
    return this.#last = this.#regions.find(has);
  }

  #region(address: bigint, length: number, isWritten: boolean): Region {
    const region = this.#find(address, length);
    if (!region || isWritten && !region.isWritable) throw new Fault(address);
    return region;
  }

  /** Whether so many bytes can be read there. */
  has(address: bigint, length: number): boolean {
    return this.#find(address, length) !== undefined;
  }

  /** The unsigned number of so many bytes at an address. @throws {Fault} */
  read(address: bigint, width: Width): bigint {
    const { view, start } = this.#region(address, width, false);
    const at = Number(address) - start;
    if (width === 8) return view.getBigUint64(at, true);
    if (width === 4) return BigInt(view.getUint32(at, true));
    return BigInt(width === 2 ? view.getUint16(at, true) : view.getUint8(at));
  }

  /** Writes the low bytes of a number. @throws {Fault} */
  write(address: bigint, value: bigint, width: Width): void {
    const { view, start } = this.#region(address, width, true);
    const at = Number(address) - start;
    if (width === 8) view.setBigUint64(at, value, true);
    else if (width === 4) view.setUint32(at, Number(value & 0xffff_ffffn), true);
    else if (width === 2) view.setUint16(at, Number(value & 0xffffn), true);
    else view.setUint8(at, Number(value & 0xffn));
  }

  /** The bytes there, not copied. @throws {Fault} */
  bytes(address: bigint, length: number): Uint8Array<ArrayBuffer> {
    if (length === 0) return new Uint8Array();
    const { bytes, start } = this.#region(address, length, false);
    const at = Number(address) - start;
    return bytes.subarray(at, at + length);
  }

  /** Puts bytes there. @throws {Fault} */
  put(address: bigint, value: Uint8Array): void {
    if (value.length === 0) return;
    const { bytes, start } = this.#region(address, value.length, true);
    bytes.set(value, Number(address) - start);
  }

  /** The address of the first byte from there on that equals one of the two. @throws {Fault} */
  seek(address: bigint, one: number, other: number): bigint {
    const { bytes, start } = this.#region(address, 1, false);
    for (let at = Number(address) - start; at < bytes.length; at++) {
      if (bytes[at] === one || bytes[at] === other) return BigInt(start + at);
    }
    throw new Fault(BigInt(start + bytes.length));
  }

  /** Compares byte by byte up to the first difference: memory behind it may be unmapped. @throws {Fault} */
  isSame(a: bigint, b: bigint, length: number): boolean {
    if (this.has(a, length) && this.has(b, length)) {
      const [one, other] = [this.bytes(a, length), this.bytes(b, length)];
      return one.every((byte, i) => other[i] === byte);
    }
    for (let i = 0n; i < BigInt(length); i++) {
      if (this.read(wrap(a + i), 1) !== this.read(wrap(b + i), 1)) return false;
    }
    return true;
  }

  /**
   * Copies forward, byte by byte: where both overlap, copied bytes are copied again.
   *
   * @returns The address behind the copy.
   * @throws {Fault}
   */
  copyForward(to: bigint, from: bigint, length: number): bigint {
    if (from < to && to < from + BigInt(length)) {
      for (let i = 0n; i < BigInt(length); i++) {
        this.write(wrap(to + i), this.read(wrap(from + i), 1), 1);
      }
    } else this.put(to, this.bytes(from, length));
    return wrap(to + BigInt(length));
  }

  /** The bytes of the C string there, without its NUL. @throws {Fault} */
  cString(address: bigint): Uint8Array<ArrayBuffer> {
    return this.bytes(address, Number(this.seek(address, 0, 0) - address));
  }
}
