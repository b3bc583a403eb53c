/**
 * A program whose file is like its memory: what is loaded stands at the offset of its address. The kernel maps
 * it in one piece and zeros behind it, where linkers make one of each kind of pages. Each takes
 * some microseconds in every launch, though none needs Deno. The front makes of it what it is to be
 * (launch/front/loader.ts). So it is where all pages have 4 KiB: what is to be made of one that is larger may be
 * different from what is to be made of its parts.
 *
 * @see elf(5)
 */
import { PF_R, PF_X, PT_DYNAMIC, PT_GNU_RELRO, PT_LOAD, PT_TLS } from "../../ffi/abi/elf.ts";
import type { Machine } from "../../ffi/machine/machine.ts";
import { alignUp } from "../../engine/growing.ts";
import { PAGE_BYTES } from "../../engine/rest.ts";
import { Elf, type Segment } from "../elf.ts";
import { hasSections, SECTION_BYTES, sectionFields, SHF_ALLOC } from "./sections.ts";

/** So much may be added: linkers leave out a page or two. */
export const MOST_ADDED = 8192;

const loadsOf = (segments: readonly Segment[]): Segment[] =>
  segments.filter(({ p_type }) => p_type === PT_LOAD);

/** The first segments of those that are loaded, up to one that is far from its offset. */
function nearOf(loads: readonly Segment[]): Segment[] {
  const far = loads.findIndex(({ p_vaddr, p_offset }, i) => {
    const [before, shift] = [loads[i - 1], p_vaddr - p_offset];
    const least = before ? before.p_vaddr - before.p_offset : 0;
    return shift < least || shift > MOST_ADDED || shift % PAGE_BYTES !== 0;
  });
  return far < 0 ? [...loads] : loads.slice(0, far);
}

/** The program like that; nothing if its file would be much larger, or is not as linkers write it. */
export function flat(program: Elf, { pageBytes }: Machine): Elf | undefined {
  if (pageBytes !== PAGE_BYTES) return undefined;
  const near = nearOf(loadsOf(program.segments));
  const last = near.at(-1);
  if (!last || near[0]!.p_vaddr !== 0) return undefined;
  const [added, end] = [last.p_vaddr - last.p_offset, last.p_offset + last.p_filesz];
  const bytes = new Uint8Array(program.bytes.length + added);
  for (const { p_offset, p_vaddr, p_filesz } of near) {
    bytes.set(program.bytes.subarray(p_offset, p_offset + p_filesz), p_vaddr);
  }
  bytes.set(program.bytes.subarray(end), end + added);
  const made = new Elf(bytes);
  program.segments.forEach((segment, i) => {
    const { p_memsz, p_offset, p_vaddr } = segment;
    if (p_memsz === 0) return;
    made.setSegment(i, { ...segment, p_offset: p_offset < end ? p_vaddr : p_offset + added });
  });
  if (!hasSections(program)) return made;
  const sections = program.header("e_shoff");
  if (sections < end) return undefined;
  made.setHeader("e_shoff", sections + added);
  for (let i = 0; i < program.header("e_shnum"); i++) {
    const fields = sectionFields(bytes, sections + added + i * SECTION_BYTES);
    const offset = fields.get("sh_offset");
    if (fields.get("sh_flags") & SHF_ALLOC && offset <= end) {
      fields.set("sh_offset", fields.get("sh_addr"));
    } else if (offset >= end) fields.set("sh_offset", offset + added);
    else if (fields.get("sh_type") !== 0) return undefined;
  }
  return made;
}

/** The segments that can be loaded in one piece: none, or some. */
function wholeOf(segments: readonly Segment[], { pageBytes }: Machine): Segment[] {
  if (pageBytes !== PAGE_BYTES) return [];
  const whole = loadsOf(segments).filter(({ p_offset, p_vaddr }) => p_offset === p_vaddr);
  return whole.length > 1 ? whole : [];
}

/** Headers of what a loader would write to: ld.so(8), where it is given the file, maps no page for that. */
const WRITTEN: readonly number[] = [PT_DYNAMIC, PT_TLS, PT_GNU_RELRO];

/**
 * The segments with one in the place of all that can be in one piece, and one of the zeros behind them. The file
 * has other zeros.
 */
export function inOnePiece(segments: readonly Segment[], machine: Machine): Segment[] {
  const [first, ...others] = wholeOf(segments, machine);
  const last = others.at(-1);
  if (!first || !last) return [...segments];
  const end = alignUp(last.p_vaddr + last.p_filesz, PAGE_BYTES);
  const bytes = end - first.p_vaddr;
  const whole = { ...first, p_flags: PF_R | PF_X, p_filesz: bytes, p_memsz: bytes };
  const zeros = {
    ...{ ...last, p_offset: end, p_vaddr: end, p_paddr: end, p_filesz: 0 },
    p_memsz: last.p_vaddr + last.p_memsz - end,
  };
  return segments.filter((one) => !others.includes(one) && !WRITTEN.includes(one.p_type))
    .flatMap((one) => one !== first ? [one] : zeros.p_memsz > 0 ? [whole, zeros] : [whole]);
}

/** Pages of it that are to be otherwise, from its start in memory. */
export interface Part {
  readonly start: number;
  readonly end: number;
  readonly p_flags: number;
}

/** What is to be made of it: segments of other kinds. */
export function partsOf(segments: readonly Segment[], machine: Machine): Part[] {
  const whole = wholeOf(segments, machine);
  return whole.map(({ p_flags, p_vaddr, p_filesz, p_memsz }, i) => ({
    start: p_vaddr - p_vaddr % PAGE_BYTES,
    end: alignUp(p_vaddr + (i < whole.length - 1 ? p_memsz : p_filesz), PAGE_BYTES),
    p_flags,
  })).filter(({ p_flags }) => p_flags !== (PF_R | PF_X));
}
