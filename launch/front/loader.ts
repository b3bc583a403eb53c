/**
 * Goes on with the program that an image stands in front of, as the kernel starts it: maps its dynamic
 * loader, says so in the auxiliary vector, and enters it. The kernel maps none, as the file names none to
 * it (see tools/front/put.ts); the program has its headers in memory as they were, PT_INTERP among them.
 *
 * @see ld.so(8), elf(5), getauxval(3), mmap(2)
 */
import {
  AT_BASE,
  AT_ENTRY,
  AT_NULL,
  AT_PAGESZ,
  AT_PHDR,
  AT_PHNUM,
  AUXV_BYTES,
} from "../../ffi/abi/auxv.ts";
import {
  EHDR,
  EHDR_BYTES,
  ELFCLASS64,
  ELFDATA2LSB,
  ET_DYN,
  PF_R,
  PF_W,
  PF_X,
  PHDR,
  PHDR_BYTES,
  PT_LOAD,
} from "../../ffi/abi/elf.ts";
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
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
import type { Failure } from "../../engine/failure.ts";
import { fromConstants } from "../../engine/constants.ts";
import { Struct } from "../../engine/struct.ts";
import type { Distances, FilePart } from "../starter.ts";
import {
  constant,
  Expression,
  type Place,
  type Term,
  type Value,
  type Variable,
} from "../../engine/value.ts";

/** A program that an image stands in front of. Distances are counted from the image's constants. */
export interface Behind {
  /** What PT_INTERP says: the path of its dynamic loader. */
  readonly loader: string;
  /** From there to its entry. */
  readonly entry: number;
  /** From there to its program headers. */
  readonly headers: number;
  /** How many of these there are. */
  readonly headersCount: number;
  /** Where it is. */
  readonly mapped: Distances;
  /** What is zeros there, and the kernel has not zeroed: each is on one page. */
  readonly zeros: readonly Distances[];
  /** The size of its file, if it reads that from its end: what it has there is not mapped. */
  readonly fileBytes: number | undefined;
  /** Where the image itself is in that file. */
  readonly image: FilePart;
}

/** The loader's headers stand at its start: it has some ten. */
const HEADERS_BYTES = 4096;

const MAGIC = Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, ELFCLASS64, ELFDATA2LSB);

/** Why it cannot be gone on with. `message` begins the line. */
export const cannotStart = (message: string): Failure => ({
  speaker: "nido",
  message: "cannot start Deno: " + message,
  status: 1,
  hints: [],
});

/** Says an error of a call without the call: one line. */
function fails(s: Builder, message: string) {
  return ({ result }: { readonly result: Value }): void =>
    s.fail(cannotStart(message), constant(0).minus(result));
}

/** Zeroes memory. @param bytes More than none. */
function zero(s: Builder, start: Variable, bytes: Term): void {
  s.store(start, 0, { bytes: 1 });
  // Each byte is copied to the next one.
  s.variable("zeroed", new Expression("copy", [start.plus(1), start, bytes.minus(1)]));
}

/** Addresses at the start of a page, and at the next one's unless it is at one. */
class Pages {
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

/** The address of the auxiliary vector: it follows argc, argv, NULL, envp, NULL. */
function auxiliaryVector(s: Builder): Variable {
  const at = s.variable("auxv", s.stack.plus(s.stack.word().plus(2).shiftedLeft(3)));
  s.while(at.word().isNot(0), () => at.advance(8));
  at.advance(8);
  return at;
}

/** Runs a block with the address of each value in it, by its type. */
function eachEntry(
  s: Builder,
  auxv: Variable,
  bodies: readonly (readonly [type: number, body: (at: Variable) => void])[],
): void {
  s.block(() => {
    const entry = s.variable("entry", auxv);
    s.while(entry.word().isNot(AT_NULL), () => {
      const type = s.variable("type", entry.word());
      const value = s.variable("value", entry.plus(8));
      s.switch(type, bodies.map(([wanted, body]) => [wanted, () => body(value)]), () => {});
      entry.advance(AUXV_BYTES);
    });
  });
}

/** Runs a block with each PT_LOAD of a file whose first bytes are at an address. */
function eachLoad(
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
function mapSegment(
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
    s.if(flags.and(flag).isNot(0), () => protection.set(protection.or(bit)));
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
      all(fileEnd.isBelow(end), fileEnd.isBelow(zeros), protection.and(PROT_WRITE).isNot(0)),
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

/** Maps a loader. @returns What its addresses are counted from, and its entry. */
function mapLoader(
  s: Builder,
  path: string,
  pages: Pages,
): { readonly bias: Variable; readonly entry: Variable } {
  const unusable = cannotStart(`${path} is no dynamic loader that can be mapped`);
  const cannotMap = fails(s, `there is no memory for ${path}`);
  const file = s.call("openat", [AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0], "the loader", {
    result: "file",
    fails: {
      ENOENT: () => s.fail(cannotStart(`there is no ${path}, which is part of glibc`)),
      otherwise: fails(s, `cannot open ${path}`),
    },
  });
  const memory = s.memory("loader's headers", HEADERS_BYTES);
  const header = new Struct(s, EHDR, memory);
  const got = s.call("pread64", [file, memory, HEADERS_BYTES, 0], "its headers", {
    result: "got",
    fails: fails(s, `cannot read ${path}`),
  });
  const headersEnd = header.get("e_phoff").plus(header.get("e_phnum").times(PHDR_BYTES));
  s.if(got.isBelow(EHDR_BYTES), () => s.fail(unusable));
  s.if(memory.begins(MAGIC).not(), () => s.fail(unusable));
  s.if(header.get("e_type").isNot(ET_DYN), () => s.fail(unusable));
  s.if(header.get("e_phoff").isAtLeast(HEADERS_BYTES), () => s.fail(unusable));
  s.if(got.isBelow(headersEnd), () => s.fail(unusable));

  const low = s.variable("low", -1);
  const high = s.variable("high", 0);
  eachLoad(s, memory, (segment) => {
    const start = s.variable("start", pages.down(segment.get("p_vaddr")));
    s.if(start.isBelow(low), () => low.set(start));
    const end = s.variable("end", segment.get("p_vaddr").plus(segment.get("p_memsz")));
    s.if(high.isBelow(end), () => high.set(end));
  });
  s.if(low.isAtLeast(high), () => s.fail(unusable));
  const size = pages.up(high).minus(low);
  const base = s.call(
    "mmap",
    [0, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0],
    "room for all of its segments",
    { result: "base", fails: cannotMap },
  );
  const bias = s.variable("bias", base.minus(low));
  eachLoad(s, memory, (segment) => mapSegment(s, { segment, file, bias, pages, cannotMap }));
  s.call("close", [file], "the loader is mapped", { fails: "ignored" });
  return { bias, entry: s.variable("entry", bias.plus(header.get("e_entry"))) };
}

/** Goes on with the program behind. Nothing comes after this. */
export function goOn(s: Builder, behind: Behind): void {
  const auxv = auxiliaryVector(s);
  const pageBytes = s.variable("page size", 0);
  eachEntry(s, auxv, [[AT_PAGESZ, (at) => pageBytes.set(at.word())]]);
  const { bias, entry } = mapLoader(s, behind.loader, new Pages(pageBytes));
  for (const { start, end } of behind.zeros) {
    zero(s, s.variable("zeros", fromConstants(start)), constant(end - start));
  }
  const set = (value: Value) => (at: Variable): void => s.store(at, value);
  eachEntry(s, auxv, [
    [AT_PHDR, set(fromConstants(behind.headers))],
    [AT_PHNUM, set(behind.headersCount)],
    [AT_BASE, set(bias)],
    [AT_ENTRY, set(fromConstants(behind.entry))],
  ]);
  s.enter(entry);
}
