/**
 * Section headers for the segments of a front: strip(1) keeps what a section has, and drops the rest.
 * So a front works in a stripped file.
 *
 * @see elf(5)
 */
import { PF_W, PF_X } from "../../ffi/abi/elf.ts";
import { alignUp } from "../../engine/growing.ts";
import type { Elf, Segment } from "../elf.ts";

export const SECTION_BYTES = 64;
const SHT_PROGBITS = 1;
const SHT_NOBITS = 8;
const SHF_WRITE = 1;
export const SHF_ALLOC = 2;
const SHF_EXECINSTR = 4;
const ALIGN = 8;

/** Fields of an Elf64_Shdr: their offsets and sizes. */
const FIELDS = { sh_type: [4, 4], sh_flags: [8, 8], sh_addr: [16, 8], sh_offset: [24, 8] } as const;

/** The fields of a section header at an offset of a file. */
export function sectionFields(bytes: Uint8Array, at: number): {
  get(name: keyof typeof FIELDS): number;
  set(name: keyof typeof FIELDS, value: number): void;
} {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, SECTION_BYTES);
  return {
    get(name) {
      const [offset, size] = FIELDS[name];
      return size === 4 ? view.getUint32(offset, true) : Number(view.getBigUint64(offset, true));
    },
    set(name, value) {
      const [offset, size] = FIELDS[name];
      if (size === 4) view.setUint32(offset, value, true);
      else view.setBigUint64(offset, BigInt(value), true);
    },
  };
}

/** The segments of a front that have sections. */
export interface Named {
  readonly name: string;
  readonly segment: Segment;
}

/** New names and headers of sections, to be put at an offset of the file. */
export interface Sections {
  readonly bytes: Uint8Array;
  /** Where the headers are, and how many. */
  readonly e_shoff: number;
  readonly e_shnum: number;
}

/** Whether a file has section headers, as elf(5) has them. */
export const hasSections = (elf: Elf): boolean =>
  elf.header("e_shnum") > 0 && elf.header("e_shentsize") === SECTION_BYTES;

/** The sections that a file has, and those of a front. None if the file has none. */
export function sectionsAt(
  offset: number,
  elf: Elf,
  front: readonly Named[],
): Sections | undefined {
  if (!hasSections(elf)) return undefined;
  const [count, start] = [elf.header("e_shnum"), elf.header("e_shoff")];
  const headers = elf.bytes.slice(start, start + count * SECTION_BYTES);
  const ofNames = elf.header("e_shstrndx") * SECTION_BYTES;
  const view = new DataView(headers.buffer, ofNames, SECTION_BYTES);
  const [namesAt, namesBytes] = [24, 32].map((at) => Number(view.getBigUint64(at, true)));
  const known = elf.bytes.subarray(namesAt, namesAt! + namesBytes!);
  let names = Array.from(known, (byte) => String.fromCharCode(byte)).join("");
  const added = front.flatMap(({ name, segment }) =>
    partsOf(segment).map((part) => {
      const header = headerOf(names.length, segment, part);
      names += `${name}${part.suffix}\0`;
      return header;
    })
  );
  view.setBigUint64(24, BigInt(offset), true); // sh_offset
  view.setBigUint64(32, BigInt(names.length), true); // sh_size
  const headersAt = alignUp(names.length, ALIGN);
  const bytes = new Uint8Array(headersAt + headers.length + added.length * SECTION_BYTES);
  bytes.set(Uint8Array.from(names, (letter) => letter.charCodeAt(0)));
  [headers, ...added].reduce((at, header) => {
    bytes.set(header, at);
    return at + header.length;
  }, headersAt);
  return { bytes, e_shoff: offset + headersAt, e_shnum: count + added.length };
}

interface Part {
  readonly suffix: string;
  readonly type: number;
  /** From the segment's start. */
  readonly start: number;
  readonly size: number;
}

/** What of a segment is in the file, and the zeros behind that. */
function partsOf({ p_filesz, p_memsz }: Segment): Part[] {
  const inFile = { suffix: "", type: SHT_PROGBITS, start: 0, size: p_filesz };
  const zeros = { suffix: ".bss", type: SHT_NOBITS, start: p_filesz, size: p_memsz - p_filesz };
  return [inFile, zeros].filter(({ size }) => size > 0);
}

/** An Elf64_Shdr. */
function headerOf(
  sh_name: number,
  { p_flags, p_offset, p_vaddr }: Segment,
  { type, start, size }: Part,
): Uint8Array {
  const view = new DataView(new ArrayBuffer(SECTION_BYTES));
  const flags = SHF_ALLOC | (p_flags & PF_W ? SHF_WRITE : 0) | (p_flags & PF_X ? SHF_EXECINSTR : 0);
  view.setUint32(0, sh_name, true);
  view.setUint32(4, type, true);
  view.setBigUint64(8, BigInt(flags), true);
  view.setBigUint64(16, BigInt(p_vaddr + start), true); // sh_addr
  view.setBigUint64(24, BigInt(p_offset + start), true); // sh_offset
  view.setBigUint64(32, BigInt(size), true); // sh_size
  view.setBigUint64(48, BigInt(ALIGN), true); // sh_addralign
  return new Uint8Array(view.buffer);
}
