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
  PHDR_BYTES,
} from "../../ffi/abi/elf.ts";
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { MAP_ANONYMOUS, MAP_PRIVATE, PROT_NONE } from "../../ffi/abi/mman.ts";
import type { Builder } from "../../engine/builder.ts";
import type { Failure } from "../../engine/failure.ts";
import { fromConstants } from "../../engine/constants.ts";
import { Struct } from "../../engine/struct.ts";
import type { Distances, FilePart } from "../starter.ts";
import { constant, type Value, type Variable } from "../../engine/value.ts";
import { eachLoad, mapSegment, Pages, zero } from "./segments.ts";

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
  /** Where it is: whole pages. */
  readonly mapped: readonly Distances[];
  /** What of it the kernel has mapped otherwise. */
  readonly parts: readonly Part[];
  /** What is zeros there, and the kernel has not zeroed: each is on one page. */
  readonly zeros: readonly Distances[];
  /** The size of its file, if it reads that from its end: what it has there is not mapped. */
  readonly fileBytes: number | undefined;
  /** Where the image itself is in that file. */
  readonly image: FilePart;
}

/** Whole pages of it, as they are to be. */
export interface Part extends Distances {
  /** As of mmap(2). */
  readonly protection: number;
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

/** Has pages of the program as its own headers want them. */
function protect(s: Builder, { start, end, protection }: Part): void {
  const at = s.variable("part of the program", fromConstants(start));
  s.call("mprotect", [at, end - start, protection], "what it may do there", {
    fails: fails(s, "there is no memory for its variables"),
  });
}

/** Goes on with the program behind. Nothing comes after this. */
export function goOn(s: Builder, behind: Behind): void {
  for (const part of behind.parts) protect(s, part);
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
