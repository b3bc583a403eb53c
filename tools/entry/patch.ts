/**
 * Puts nido's own entry code into an ELF program; it jumps to the program's entry: see x86_64.s.
 *
 * Nothing in the file moves. The code is appended, and mapped above everything else. Its segment takes the
 * program header of a PT_NOTE, as there is no room for another: so the build id is no longer found at run
 * time, but still by its section, as `readelf -n` does. The code has no section: strip(1) would drop it,
 * but it breaks every result of `deno compile` anyway.
 *
 * @see elf(5)
 * @module
 */

import { EM_AARCH64, EM_X86_64, PF_R, PF_X, PT_LOAD, PT_NOTE } from "../../ffi/abi/elf.ts";
import { alignUp } from "../../engine/growing.ts";
import { Elf, type Segment, topOf } from "../elf.ts";
import { CODE as CODE_AARCH64 } from "./aarch64.ts";
import { CODE as CODE_X86_64 } from "./x86_64.ts";

/** By e_machine: the code, and the largest pages that Linux can have there. */
const ENTRIES: Readonly<Record<number, { hex: string; page: number }>> = {
  [EM_X86_64]: { hex: CODE_X86_64, page: 0x1000 },
  [EM_AARCH64]: { hex: CODE_AARCH64, page: 0x10000 },
};

const bytesOf = (hex: string): Uint8Array =>
  Uint8Array.from(hex.match(/../g)!, (byte) => parseInt(byte, 16));

/**
 * The program with our entry; the very same bytes if it has it.
 *
 * @throws {Error} if it is no 64-bit ELF program for a processor that nido knows, or has no PT_NOTE
 */
export function patchEntry(program: Uint8Array): Uint8Array {
  const before = new Elf(program);
  const entry = ENTRIES[before.header("e_machine")];
  if (!entry) {
    throw new Error(`nido has no code for its processor, ${before.header("e_machine")}`);
  }
  const code = bytesOf(entry.hex);
  const { segments } = before;
  if (hasEntry(before, code)) return program;
  const note = segments.findLastIndex(({ p_type }) => p_type === PT_NOTE);
  const last = segments.findLastIndex(({ p_type }) => p_type === PT_LOAD);
  if (note < 0 || last < 0) throw new Error("it has no PT_NOTE whose place could be taken");

  const address = alignUp(topOf(segments), entry.page);
  const offset = alignUp(program.length, entry.page);
  const distance = before.header("e_entry") - address;
  new DataView(code.buffer).setBigInt64(code.length - 8, BigInt(distance), true);
  const bytes = new Uint8Array(offset + code.length);
  bytes.set(program);
  bytes.set(code, offset);
  const after = new Elf(bytes);
  after.setHeader("e_entry", address);
  // Segments that are loaded stand in the order of their addresses, and ours is the highest.
  const added: Segment = {
    p_type: PT_LOAD,
    p_flags: PF_R | PF_X,
    p_offset: offset,
    p_vaddr: address,
    p_paddr: address,
    p_filesz: code.length,
    p_memsz: code.length,
    p_align: entry.page,
  };
  segments.toSpliced(Math.max(note, last) + 1, 0, added).toSpliced(note, 1)
    .forEach((segment, index) => after.setSegment(index, segment));
  return bytes;
}

/** Whether e_entry is at our code, whose last 8 bytes are the distance to the former entry. */
function hasEntry(elf: Elf, code: Uint8Array): boolean {
  const e_entry = elf.header("e_entry");
  return elf.segments.some(({ p_type, p_offset, p_vaddr, p_filesz }) => {
    if (p_type !== PT_LOAD || e_entry < p_vaddr || e_entry >= p_vaddr + p_filesz) return false;
    const found = elf.bytes.subarray(p_offset + e_entry - p_vaddr);
    return code.subarray(0, -8).every((byte, index) => byte === found[index]);
  });
}
