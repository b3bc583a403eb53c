/** 64-bit ELF files, as bytes. @see elf(5) */

import {
  EHDR,
  EHDR_BYTES,
  ELFCLASS64,
  ELFDATA2LSB,
  PHDR,
  PHDR_BYTES,
  PT_LOAD,
} from "../ffi/abi/elf.ts";

/** The fields of an Elf64_Phdr. */
export type Segment = Record<keyof typeof PHDR.fields, number>;

/** A file. Numbers of 64 bits are offsets and addresses, which a double holds. */
export class Elf {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  /** @throws {Error} if it is no such file. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const isElf = bytes.length >= EHDR_BYTES && this.#view.getUint32(0, true) === 0x464c457f; // "\x7fELF"
    if (!isElf || bytes[4] !== ELFCLASS64 || bytes[5] !== ELFDATA2LSB) {
      throw new Error("it is no ELF file of 64 bits, little endian");
    }
  }

  #get(at: number, bytes: number): number {
    if (bytes === 8) return Number(this.#view.getBigUint64(at, true));
    return bytes === 4 ? this.#view.getUint32(at, true) : this.#view.getUint16(at, true);
  }

  #put(at: number, bytes: number, value: number): void {
    if (bytes === 8) this.#view.setBigInt64(at, BigInt(value), true);
    else if (bytes === 4) this.#view.setUint32(at, value, true);
    else this.#view.setUint16(at, value, true);
  }

  /** A field of the Elf64_Ehdr. */
  header(name: keyof typeof EHDR.fields): number {
    const [at, bytes] = EHDR.fields[name];
    return this.#get(at, bytes);
  }

  setHeader(name: keyof typeof EHDR.fields, value: number): void {
    const [at, bytes] = EHDR.fields[name];
    this.#put(at, bytes, value);
  }

  /** The offset of an Elf64_Phdr. */
  #placeOf(index: number): number {
    return this.header("e_phoff") + index * PHDR_BYTES;
  }

  get segments(): Segment[] {
    return Array.from({ length: this.header("e_phnum") }, (_, index) => {
      const at = this.#placeOf(index);
      const fields = Object.entries(PHDR.fields);
      return Object.fromEntries(
        fields.map(([name, [offset, bytes]]) => [name, this.#get(at + offset, bytes)]),
      ) as Segment;
    });
  }

  setSegment(index: number, segment: Segment): void {
    const at = this.#placeOf(index);
    for (const [name, [offset, bytes]] of Object.entries(PHDR.fields)) {
      this.#put(at + offset, bytes, segment[name as keyof Segment]);
    }
  }
}

/** The end of the highest loaded segment. */
export function topOf(segments: readonly Segment[]): number {
  const loads = segments.filter(({ p_type }) => p_type === PT_LOAD);
  return Math.max(0, ...loads.map(({ p_vaddr, p_memsz }) => p_vaddr + p_memsz));
}
