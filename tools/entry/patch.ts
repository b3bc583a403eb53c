/**
 * Gives an ELF program an entry of our own, which then goes on to the program's: see x86_64.s.
 *
 * What the file has stays where it is. The code is appended, and mapped above everything else. Its
 * segment takes the program header of a PT_NOTE, as there is no room for another: so the build id
 * is found no more at run time, but by its section, as `readelf -n` does. There is no section for
 * the code. strip(1) would drop it, but also breaks whatever `deno compile` made.
 *
 * @see elf(5)
 * @module
 */

import {
  EHDR_BYTES,
  EM_AARCH64,
  EM_X86_64,
  PF_R,
  PF_X,
  PHDR_BYTES,
  PT_LOAD,
  PT_NOTE,
} from "../../ffi/abi/elf.ts";
import { CODE as CODE_AARCH64 } from "./aarch64.ts";
import { CODE as CODE_X86_64 } from "./x86_64.ts";

/** By e_machine: the code, and the largest pages that Linux can have there. */
const ENTRIES: Readonly<Record<number, { hex: string; page: number }>> = {
  [EM_X86_64]: { hex: CODE_X86_64, page: 0x1000 },
  [EM_AARCH64]: { hex: CODE_AARCH64, page: 0x10000 },
};

const alignUp = (value: number, align: number): number => Math.ceil(value / align) * align;

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g)!, (byte) => parseInt(byte, 16));

/** Reads and writes numbers. Those of 64 bits are offsets and addresses, which a double holds. */
class Fields {
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  u16 = (at: number): number => this.#view.getUint16(at, true);
  u32 = (at: number): number => this.#view.getUint32(at, true);
  u64 = (at: number): number => Number(this.#view.getBigUint64(at, true));
  put32 = (at: number, value: number): void => this.#view.setUint32(at, value, true);
  put64 = (at: number, value: number): void => this.#view.setBigInt64(at, BigInt(value), true);
}

/** A segment as its Elf64_Phdr, found `at` that offset, has it. */
interface Segment {
  at: number;
  p_type: number;
  p_offset: number;
  p_vaddr: number;
  p_filesz: number;
  p_memsz: number;
}

/** Where the code goes. */
interface Place {
  offset: number;
  address: number;
  size: number;
  align: number;
}

/**
 * The program with our entry; the very same bytes if it has it.
 *
 * @throws {Error} if it is no 64-bit ELF program for a processor that nido knows, or has no PT_NOTE
 */
export function patchEntry(elf: Uint8Array): Uint8Array {
  const before = headerOf(elf);
  const entry = ENTRIES[before.u16(18)]; // e_machine
  if (!entry) throw new Error(`nido has no code for its processor, ${before.u16(18)}`);
  const code = bytesOf(entry.hex);
  const segments = segmentsOf(before);
  if (hasEntry(elf, segments, code)) return elf;
  const loads = segments.filter(({ p_type }) => p_type === PT_LOAD);
  const note = segments.findLast(({ p_type }) => p_type === PT_NOTE);
  if (!note || loads.length === 0) throw new Error("it has no PT_NOTE whose place could be taken");

  const top = Math.max(...loads.map(({ p_vaddr, p_memsz }) => p_vaddr + p_memsz));
  const place: Place = {
    offset: alignUp(elf.length, entry.page),
    address: alignUp(top, entry.page),
    size: code.length,
    align: entry.page,
  };
  new Fields(code).put64(code.length - 8, before.u64(24) - place.address);
  const patched = new Uint8Array(place.offset + place.size);
  patched.set(elf);
  patched.set(code, place.offset);
  const header = new Fields(patched);
  header.put64(24, place.address); // e_entry
  // Segments that are loaded stand in the order of their addresses, and ours is the highest.
  const last = Math.max(note.at, loads.at(-1)!.at);
  patched.copyWithin(note.at, note.at + PHDR_BYTES, last + PHDR_BYTES);
  writeSegment(header, last, place);
  return patched;
}

function headerOf(elf: Uint8Array): Fields {
  const fields = new Fields(elf);
  const isElf = elf.length >= EHDR_BYTES && fields.u32(0) === 0x464c457f; // "\x7fELF"
  if (!isElf || elf[4] !== 2 || elf[5] !== 1) {
    throw new Error("it is no ELF file of 64 bits, little endian");
  }
  return fields;
}

function segmentsOf(fields: Fields): Segment[] {
  const e_phoff = fields.u64(32);
  return Array.from({ length: fields.u16(56) }, (_, index) => {
    const at = e_phoff + index * PHDR_BYTES;
    return {
      at,
      p_type: fields.u32(at),
      p_offset: fields.u64(at + 8),
      p_vaddr: fields.u64(at + 16),
      p_filesz: fields.u64(at + 32),
      p_memsz: fields.u64(at + 40),
    };
  });
}

/** Whether e_entry is at our code, whose last 8 bytes are the distance to the former entry. */
function hasEntry(elf: Uint8Array, segments: readonly Segment[], code: Uint8Array): boolean {
  const e_entry = new Fields(elf).u64(24);
  return segments.some(({ p_type, p_offset, p_vaddr, p_filesz }) => {
    if (p_type !== PT_LOAD || e_entry < p_vaddr || e_entry >= p_vaddr + p_filesz) return false;
    const found = elf.subarray(p_offset + e_entry - p_vaddr);
    return code.subarray(0, -8).every((byte, index) => byte === found[index]);
  });
}

/** Writes an Elf64_Phdr. */
function writeSegment(fields: Fields, at: number, { offset, address, size, align }: Place): void {
  fields.put32(at, PT_LOAD);
  fields.put32(at + 4, PF_R | PF_X);
  fields.put64(at + 8, offset);
  fields.put64(at + 16, address);
  fields.put64(at + 24, address); // p_paddr
  fields.put64(at + 32, size); // p_filesz
  fields.put64(at + 40, size); // p_memsz
  fields.put64(at + 48, align);
}
