/**
 * Puts an image in front of a program: the kernel starts the image, which goes on with the program if
 * it does not end itself (launch/front/leave.ts).
 *
 *     what the file has            the program's headers too, which its loader is told of; on pages as in
 *                                  memory, if that takes little (flat.ts)
 *     the image                    on pages of its own
 *     new program headers          which the kernel and tools read: without what is the loader's to do
 *                                  (LOADERS), with the image's, the program's in one, and with nothing to
 *                                  zero in them
 *     new section headers          the old ones, and the image's
 *     what is behind the ELF file  `deno compile` appends its data there, and finds them from the end
 *
 * In memory the image and the headers are above everything else, in this order. gdb(1), perf(1) and
 * readelf(1) find what they know; ld.so(8) does not take it as an argument. strip(1) keeps what has a section, and so the front, but drops the
 * data at the end: Deno starts no more, and the front says so.
 *
 * @see elf(5)
 * @module
 */

import {
  EM_AARCH64,
  EM_X86_64,
  ET_DYN,
  PF_R,
  PF_W,
  PF_X,
  PHDR_BYTES,
  PT_GNU_PROPERTY,
  PT_INTERP,
  PT_PHDR,
} from "../../ffi/abi/elf.ts";
import { type Arch, type Machine, machineOf } from "../../ffi/machine/machine.ts";
import { PROT_EXEC, PROT_READ, PROT_WRITE } from "../../ffi/abi/mman.ts";
import type { Behind } from "../../launch/front/loader.ts";
import type { Distances, FilePart, ImageMemory } from "../../launch/starter.ts";
import { alignUp } from "../../engine/growing.ts";
import { Elf, type Segment, topOf } from "../elf.ts";
import { flat, inOnePiece, partsOf } from "./flat.ts";
import { hasSections, type Named, sectionsAt } from "./sections.ts";
import {
  joined,
  loadsAt,
  pagesOf,
  type Stands,
  tableSegment,
  withoutZeros,
  zerosOf,
} from "./segments.ts";

const ARCHS: Readonly<Record<number, Arch>> = { [EM_X86_64]: "x86_64", [EM_AARCH64]: "aarch64" };

/**
 * Headers that would have the kernel do a loader's work. What a program promises of its own code, that
 * branches end where BTI allows it, the kernel would take for the image's too: an aarch64 that checks
 * it ends the image with SIGILL. A loader reads the old headers, and asks for it for the program alone.
 */
const LOADERS: readonly number[] = [PT_INTERP, PT_GNU_PROPERTY];

/** The image is made again with what is known of the last one. Two or three are usual. */
const MOST_ROUNDS = 16;

/** Makes an image for what it is to stand in front of. */
export type ImageMaker = (behind: Behind, arch: Arch) => Uint8Array;

/**
 * The program with an image in front of it.
 *
 * @throws {Error} if it is no dynamic program at any address, for a processor that nido knows.
 */
export function putFront(program: Uint8Array, makeImage: ImageMaker): Uint8Array<ArrayBuffer> {
  const given = new Elf(program);
  const arch = ARCHS[given.header("e_machine")];
  if (!arch) throw new Error(`nido has no code for its processor, ${given.header("e_machine")}`);
  const machine = machineOf(arch);
  const before = flat(given, machine) ?? given;
  const address = alignUp(topOf(before.segments), machine.pageBytes);
  const behind = behindOf(before, address, machine);
  const offset = alignUp(endOfContent(before), machine.pageBytes);
  const isWhole = endOf(before) === before.bytes.length;
  // How large both become, and where the image's segments are, is known when they are there, and may
  // change with these numbers.
  let about: Behind = {
    ...behind,
    fileBytes: isWhole ? undefined : 0,
    image: { offset, bytes: 0, memory: UNKNOWN },
  };
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const image = new Elf(makeImage(about, arch));
    const file = place(before, image, { address, offset }, machine);
    const known: Behind = {
      ...behind,
      fileBytes: isWhole ? undefined : file.length,
      image: partOf(image, offset, machine),
    };
    if (JSON.stringify(known) === JSON.stringify(about)) return file;
    about = known;
  }
  throw new Error(`its front has another size in each of ${MOST_ROUNDS} rounds`);
}

/** Constants and variables of a first image. */
const UNKNOWN: ImageMemory = {
  ...{ pages: { offset: 0, bytes: 0 }, constants: 0 },
  ...{ variables: 0, values: { offset: 0, bytes: 0 }, end: 0, pageBytes: 1 },
};

/** What the image needs to know to be in memory again: all but its code, which whatever has it there has, too. */
function partOf(image: Elf, offset: number, { pageBytes }: Machine): FilePart {
  const [, constants, variables] = image.segments as [Segment, Segment, Segment];
  const inPage = constants.p_vaddr % pageBytes;
  const start = constants.p_vaddr - inPage;
  return {
    ...{ offset, bytes: image.bytes.length },
    memory: {
      pages: { offset: offset + constants.p_offset - inPage, bytes: inPage + constants.p_filesz },
      constants: inPage,
      variables: variables.p_vaddr - start,
      values: { offset: offset + variables.p_offset, bytes: variables.p_filesz },
      end: variables.p_vaddr + variables.p_memsz - start,
      pageBytes,
    },
  };
}

const protectionOf = ({ p_flags }: Pick<Segment, "p_flags">): number =>
  (p_flags & PF_R ? PROT_READ : 0) | (p_flags & PF_W ? PROT_WRITE : 0) |
  (p_flags & PF_X ? PROT_EXEC : 0);

/** The program with an image that is for this address. */
function place(
  before: Elf,
  image: Elf,
  { address, offset }: Stands,
  machine: Machine,
): Uint8Array<ArrayBuffer> {
  const end = endOf(before);
  // The table is behind the variables, and keeps writes off as their guard does: that is left out.
  const loads = loadsAt(image, { address, offset }, machine).filter(({ p_flags }) => p_flags !== 0);
  const kept = before.segments.filter(({ p_type }) => !LOADERS.includes(p_type));
  const loaded = joined([...inOnePiece(kept.map(withoutZeros), machine), ...loads], machine);
  const tableBytes = PHDR_BYTES * (loaded.length + 1);
  const tableAt = alignUp(offset + image.bytes.length, machine.pageBytes);
  const table = tableSegment(
    tableAt,
    tableBytes,
    alignUp(topOf(loads), machine.pageBytes),
    machine,
  );
  const all = [
    ...loaded.map((segment) =>
      segment.p_type === PT_PHDR ? { ...table, p_type: PT_PHDR, p_align: segment.p_align } : segment
    ),
    table,
  ];
  const sectionsOffset = tableAt + tableBytes;
  const sections = sectionsAt(sectionsOffset, before, namedOf([...loads, table]));
  const tail = before.bytes.subarray(end);
  const tailAt = sectionsOffset + (sections?.bytes.length ?? 0);
  const bytes = new Uint8Array(tailAt + tail.length);
  bytes.set(before.bytes.subarray(0, endOfContent(before)));
  bytes.set(image.bytes, offset);
  bytes.set(tail, tailAt);
  const after = new Elf(bytes);
  after.setHeader("e_entry", address + image.header("e_entry"));
  after.setHeader("e_phoff", tableAt);
  after.setHeader("e_phnum", all.length);
  all.forEach((segment, index) => after.setSegment(index, segment));
  if (sections) {
    bytes.set(sections.bytes, sectionsOffset);
    after.setHeader("e_shoff", sections.e_shoff);
    after.setHeader("e_shnum", sections.e_shnum);
  }
  return bytes;
}

const NAMES = [".front.text", ".front.rodata", ".front.data", ".front.phdrs"];

/** Each has a section. */
const namedOf = (loads: readonly Segment[]): Named[] =>
  loads.map((segment, i) => ({ name: NAMES[i]!, segment }));

/** What the image needs to know. Distances are counted from the address of its constants. */
function behindOf(
  elf: Elf,
  address: number,
  machine: Machine,
): Omit<Behind, "fileBytes" | "image"> {
  const constants = address + machine.constantsOffset;
  const from = ({ start, end }: Distances): Distances => ({
    start: start - constants,
    end: end - constants,
  });
  const { segments } = elf;
  const interpreter = segments.find(({ p_type }) => p_type === PT_INTERP);
  const headers = segments.find(({ p_type }) => p_type === PT_PHDR);
  if (elf.header("e_type") !== ET_DYN || !interpreter || !headers) {
    throw new Error("it is no dynamic program at any address");
  }
  if (headers.p_offset !== elf.header("e_phoff")) {
    throw new Error("its program headers are not where its PT_PHDR says");
  }
  const { p_offset, p_filesz } = interpreter;
  const path = elf.bytes.subarray(p_offset, p_offset + p_filesz);
  return {
    loader: new TextDecoder().decode(path.subarray(0, path.indexOf(0))),
    entry: elf.header("e_entry") - constants,
    headers: headers.p_vaddr - constants,
    headersCount: elf.header("e_phnum"),
    mapped: pagesOf(inOnePiece(segments.map(withoutZeros), machine)).map(from),
    parts: partsOf(segments, machine).map((part) => ({
      ...from(part),
      protection: protectionOf(part),
    })),
    zeros: segments.filter((segment) => zerosOf(segment) > 0).map((segment) => {
      const start = segment.p_vaddr + segment.p_filesz;
      return from({ start, end: start + zerosOf(segment) });
    }),
  };
}

/** Where its section headers end. */
const endOfSections = (elf: Elf): number =>
  elf.header("e_shoff") + elf.header("e_shnum") * elf.header("e_shentsize");

/** Where a file ends by its own account. */
function endOf(elf: Elf): number {
  const ends = elf.segments.map(({ p_offset, p_filesz }) => p_offset + p_filesz);
  return Math.max(endOfSections(elf), ...ends);
}

/** The same without section headers at its end: there are new ones. */
const endOfContent = (elf: Elf): number =>
  hasSections(elf) && endOfSections(elf) === endOf(elf) ? elf.header("e_shoff") : endOf(elf);
