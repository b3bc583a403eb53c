/**
 * Section headers for the segments of a front: strip(1) keeps what a section has, and drops the rest.
 * So a front works in a stripped file.
 *
 * @see elf(5)
 */
import { PF_W, PF_X } from "../../ffi/abi/elf.ts";
import { alignUp, type Elf, type Segment } from "../elf.ts";

const SHDR_BYTES = 64;
const SHT_PROGBITS = 1;
const SHT_NOBITS = 8;
const SHF_WRITE = 1;
const SHF_ALLOC = 2;
const SHF_EXECINSTR = 4;
const ALIGN = 8;

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

/** The sections that a file has, and those of a front. None if the file has none. */
export function sectionsAt(
  offset: number,
  elf: Elf,
  front: readonly Named[],
): Sections | undefined {
  const [count, start] = [elf.header("e_shnum"), elf.header("e_shoff")];
  if (count === 0 || elf.header("e_shentsize") !== SHDR_BYTES) return undefined;
  const headers = elf.bytes.slice(start, start + count * SHDR_BYTES);
  const ofNames = elf.header("e_shstrndx") * SHDR_BYTES;
  const view = new DataView(headers.buffer, ofNames, SHDR_BYTES);
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
  const bytes = new Uint8Array(headersAt + headers.length + added.length * SHDR_BYTES);
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
  const view = new DataView(new ArrayBuffer(SHDR_BYTES));
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
