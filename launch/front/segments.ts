/** Maps the segments of an ELF file as the kernel does. @see elf(5), mmap(2) */
import { EHDR, PF_R, PF_W, PF_X, PHDR, PHDR_BYTES, PT_LOAD } from "../../ffi/abi/elf.ts";
import {
  MAP_ANONYMOUS,
  MAP_FIXED,
  MAP_PRIVATE,
  PROT_EXEC,
  PROT_NONE,
  PROT_READ,
  PROT_WRITE,
} from "../../ffi/abi/mman.ts";
import type { Builder } from "../../engine/builder.ts";
import { all } from "../../engine/condition.ts";
import { Struct } from "../../engine/struct.ts";
import {
  constant,
  Expression,
  type Place,
  type Term,
  type Value,
  type Variable,
} from "../../engine/value.ts";

/** Zeroes memory. @param bytes More than none. */
export function zero(s: Builder, start: Variable, bytes: Term): void {
  s.store(start, 0, { bytes: 1 });
  // Each byte is copied to the next one.
  s.variable("zeroed", new Expression("copy", [start.plus(1), start, bytes.minus(1)]));
}

/** Addresses at the start of a page, and at the next one's unless it is at one. */
export class Pages {
  readonly #bytes: Variable;

  /** @param bytes The size of a page. */
  constructor(bytes: Variable) {
    this.#bytes = bytes;
  }

  down(at: Value): Expression {
    return new Expression("and", [at, constant(0).minus(this.#bytes)]);
  }

  up(at: Value): Expression {
    return this.down(new Expression("add", [at, this.#bytes.minus(1)]));
  }
}

/** Runs a block with each PT_LOAD of a file whose first bytes are at an address. */
export function eachLoad(
  s: Builder,
  file: Place,
  body: (segment: Struct<keyof typeof PHDR.fields>) => void,
): void {
  const header = new Struct(s, EHDR, file);
  const start = s.variable("headers", file.plus(header.get("e_phoff")));
  const end = s.variable("headers end", start.plus(header.get("e_phnum").times(PHDR_BYTES)));
  s.each([start, end, PHDR_BYTES], (at) => {
    const segment = new Struct(s, PHDR, at);
    s.if(segment.get("p_type").is(PT_LOAD), () => body(segment));
  });
}

/** Maps a segment where it belongs. `bias` is what its addresses are counted from. */
export function mapSegment(
  s: Builder,
  { segment, file, bias, pages, cannotMap }: {
    readonly segment: Struct<keyof typeof PHDR.fields>;
    readonly file: Variable;
    readonly bias: Variable;
    readonly pages: Pages;
    readonly cannotMap: (error: { readonly result: Value }) => void;
  },
): void {
  const flags = s.variable("flags", segment.get("p_flags"));
  const protection = s.variable("protection", PROT_NONE);
  for (const [flag, bit] of [[PF_R, PROT_READ], [PF_W, PROT_WRITE], [PF_X, PROT_EXEC]] as const) {
    s.if(flags.has(flag), () => protection.set(protection.or(bit)));
  }
  const start = s.variable("start", bias.plus(segment.get("p_vaddr")));
  const fileEnd = s.variable("end of file", start.plus(segment.get("p_filesz")));
  const end = s.variable("end", start.plus(segment.get("p_memsz")));
  // Where what is not in the file begins, on pages of its own.
  const zeros = s.variable("zeros", pages.down(start));
  s.if(fileEnd.isNot(start), () => {
    zeros.set(pages.up(fileEnd));
    const page = s.variable("page", pages.down(start));
    const offset = s.variable("offset", pages.down(segment.get("p_offset")));
    s.call(
      "mmap",
      [page, fileEnd.minus(page), protection, MAP_PRIVATE | MAP_FIXED, file, offset],
      "map a segment of the loader",
      { fails: cannotMap },
    );
    // The rest of the last page is not the file's.
    s.if(
      all(fileEnd.isBelow(end), fileEnd.isBelow(zeros), protection.has(PROT_WRITE)),
      () => zero(s, fileEnd, zeros.minus(fileEnd)),
    );
  });
  s.if(zeros.isBelow(end), () =>
    s.call(
      "mmap",
      [zeros, end.minus(zeros), protection, MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS, -1, 0],
      "map zeroed memory of the loader",
      { fails: cannotMap },
    ));
}
