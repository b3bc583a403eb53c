/** The segments of a program with an image in front of it, as its new program headers have them. @see elf(5) */
import { PF_R, PF_W, PT_LOAD } from "../../ffi/abi/elf.ts";
import type { Machine } from "../../ffi/machine/machine.ts";
import { alignUp } from "../../engine/growing.ts";
import { PAGE_BYTES } from "../../engine/rest.ts";
import type { Elf, Segment } from "../elf.ts";

/** Where an image stands, in memory and in the file: its first page and byte. */
export interface Stands {
  readonly address: number;
  readonly offset: number;
}

/**
 * How many bytes behind what the file has of a segment are zeros, on a page that it has in part. What the kernel
 * has to zero of a page at the start of a program it copies first, which takes longer than to map one: the
 * image zeroes that when it goes on with the program. Of larger pages the kernel zeroes the rest.
 */
export function zerosOf({ p_type, p_flags, p_vaddr, p_filesz, p_memsz }: Segment): number {
  if (p_type !== PT_LOAD || (p_flags & PF_W) === 0 || p_filesz === 0 || p_memsz <= p_filesz) {
    return 0;
  }
  return alignUp(p_vaddr + p_filesz, PAGE_BYTES) - (p_vaddr + p_filesz);
}

/** A segment of which the kernel has nothing to zero: it has what is in the file behind it. */
export function withoutZeros(segment: Segment): Segment {
  const p_filesz = segment.p_filesz + zerosOf(segment);
  return { ...segment, p_filesz, p_memsz: Math.max(segment.p_memsz, p_filesz) };
}

/**
 * What of an image is loaded, once it stands there. The file has zeros up to the next page: of a page that
 * it has only a part of the kernel would zero the rest, and so hold it in memory, used or not.
 */
export function loadsAt(
  image: Elf,
  { address, offset }: Stands,
  { pageBytes }: Machine,
): Segment[] {
  return image.segments.filter(({ p_type }) => p_type === PT_LOAD).map((segment) => {
    const [p_vaddr, end] = [segment.p_vaddr + address, segment.p_vaddr + segment.p_filesz];
    const isWhole = segment.p_filesz === segment.p_memsz;
    const p_filesz = isWhole ? segment.p_filesz : alignUp(end, pageBytes) - segment.p_vaddr;
    return {
      ...segment,
      p_offset: segment.p_offset + offset,
      p_vaddr,
      p_paddr: segment.p_paddr + address,
      p_filesz,
      p_memsz: Math.max(segment.p_memsz, p_filesz),
    };
  });
}

/** The pages that the kernel maps for segments: between them it may map others. */
export function pagesOf(segments: readonly Segment[]): { start: number; end: number }[] {
  const pages: { start: number; end: number }[] = [];
  for (const { p_type, p_vaddr, p_memsz } of segments) {
    if (p_type !== PT_LOAD) continue;
    const start = p_vaddr - p_vaddr % PAGE_BYTES;
    const end = alignUp(p_vaddr + p_memsz, PAGE_BYTES);
    const last = pages.at(-1);
    if (last && start <= last.end) last.end = end;
    else pages.push({ start, end });
  }
  return pages;
}

/** Whether one goes on where the other ends, on the next page and as in the file: to the kernel both are one. */
function goesOn(one: Segment, next: Segment, pageBytes: number): boolean {
  const isLoaded = [one, next].every(({ p_type, p_filesz, p_memsz }) =>
    p_type === PT_LOAD && p_filesz === p_memsz
  );
  const pageOf = (address: number): number => address - address % pageBytes;
  return isLoaded && one.p_flags === next.p_flags &&
    next.p_vaddr - one.p_vaddr === next.p_offset - one.p_offset &&
    pageOf(next.p_vaddr) === alignUp(one.p_vaddr + one.p_memsz, pageBytes);
}

/** The segments with one in the place of two that the kernel would map side by side: each takes it some time. */
export function joined(segments: readonly Segment[], { pageBytes }: Machine): Segment[] {
  return segments.reduce((all: Segment[], next) => {
    const one = all.at(-1);
    if (!one || !goesOn(one, next, pageBytes)) return [...all, next];
    const bytes = next.p_vaddr + next.p_memsz - one.p_vaddr;
    return [...all.slice(0, -1), { ...one, p_filesz: bytes, p_memsz: bytes }];
  }, []);
}

/** The segment of the new program headers: on the first page that is free. */
export function tableSegment(
  offset: number,
  size: number,
  page: number,
  { pageBytes }: Machine,
): Segment {
  const address = page + offset % pageBytes;
  return {
    p_type: PT_LOAD,
    p_flags: PF_R,
    p_offset: offset,
    p_vaddr: address,
    p_paddr: address,
    p_filesz: size,
    p_memsz: size,
    p_align: pageBytes,
  };
}
