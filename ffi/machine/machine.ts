/**
 * The machine that runs plans: what an interpreter's code (x86_64.s, aarch64.s) and its memory look like.
 *
 * An image is one page of code and, in pages of their own, constants that are read and variables that
 * are read and written. What is called a place is counted from the constants' start.
 *
 *     constants  distance i32   from the constants' start to the variables'
 *                pointers u32   how many pointers there are among the variables
 *                where    i32   place of the list of them: u32[pointers], counted from the variables
 *                bytes    u32   how many bytes the constants have
 *                places   i32   place of the list of places that records name by their index: i32[]
 *                unused   u32
 *     records    run one after the other
 *     the rest   strings, structs, texts: whatever the records read
 *
 *     variables  stack    u64   where the kernel put argc, argv and envp (set by the ELF entry)
 *                error    i64   result of the call that failed last
 *                failure  u64   the failure word of that call's record
 *                unused   u64
 *                copied   u64   1 in a copy that was made in memory, to go on from it
 *     numbers    that do not fit in a record
 *     arrays     pointers: each a place, until the interpreter's start makes it an address
 *     slots      of 8 bytes, all 0; in front of arrays that are long
 *     the rest   buffers, all 0
 *
 * Records name numbers, slots and what the header has by their index from the variables' start.
 *
 *     call       head     u16   system call number (bits 0-11), how many arguments (12-14), 1 (15)
 *                kinds    u16   two bits for each argument: see record.ts
 *                result   u16   slot that takes the result
 *                target   u16   record to go on with when the call failed: its place / 2
 *                failure  u16   place whose address goes into the header when the call failed
 *                args     i16[] each a number, the index of a slot, or of a place
 *
 *     operation  head     u16   operation (bits 0-5), kinds of three arguments (6-11), how many there
 *                               are (12-13), whether `where` is a slot with a record's address (14)
 *                where    u16   slot that takes the result, or record to go on with if a test holds
 *                args     i16[] as above
 *
 * A number of more than 16 bits is a slot that has it from the start.
 *
 * The child-side contract: no allocation, no libc, no stack, no V8. Whatever a child of a
 * multithreaded process does between clone(2) and execve(2) is records on this machine.
 */
import { EM_AARCH64, EM_X86_64 } from "../abi/elf.ts";
import { numbersOf, type Syscall } from "../abi/syscall.ts";
import * as x86_64 from "./x86_64.ts";
import * as aarch64 from "./aarch64.ts";

/** A processor architecture, named as in uname(2). */
export type Arch = "x86_64" | "aarch64";

/** Bytes of the headers of constants and variables. */
export const CONSTANTS_HEADER_BYTES = 24;
/** Where in their header it says how many bytes the constants have. */
export const CONSTANTS_BYTES_OFFSET = 12;
/** Where in it the list of places is. */
export const PLACES_OFFSET = 16;
export const VARIABLES_HEADER_BYTES = 40;
/** Where in it a copy is marked as such. */
export const COPIED_OFFSET = 32;
/** Where the code starts in an image's first page: behind the ELF headers. */
export const CODE_OFFSET = 0x200;

/**
 * Where the constants start in an image's file: behind the code. In memory it is
 * {@linkcode Machine.constantsOffset}, as the page of the file that has both is mapped twice.
 */
export const CONSTANTS_FILE_OFFSET = 0x800;

/** Operations by name, as records hold them. */
export const OPERATIONS: Readonly<Record<Operation, number>> = {
  /** a0 */
  set: 0x00,
  /** a0 + a1 */
  add: 0x01,
  /** a0 - a1 */
  sub: 0x02,
  /** a0 & a1 */
  and: 0x03,
  /** a0 << a1 */
  shl: 0x04,
  /** a0 >> a1 */
  shr: 0x05,
  /** the 8 bytes at a0 + a1 */
  load: 0x06,
  /** puts a2 in the 8 bytes at a0 + a1; no result */
  put: 0x07,
  /** goes to the target if a0 == a1 */
  ifEqual: 0x08,
  /** goes to the target if a0 != a1 */
  ifNot: 0x09,
  /** goes to the target if a0 < a1, unsigned */
  ifBelow: 0x0a,
  /** copies a2 bytes from a1 to a0; gives the end, a0 + a2 */
  copy: 0x0b,
  /** goes to the target if the a2 (more than 0) bytes at a0 and at a1 are the same */
  ifSame: 0x0c,
  /** writes a0 in decimal so that it ends before a1; gives where it starts */
  decimal: 0x0d,
  /** the byte at a0 + a1 */
  byte: 0x0e,
  /** the address of the first byte from a0 on that is a1 or a2 */
  seek: 0x0f,
  /** a0 * a1 */
  mul: 0x10,
  /** a0 | a1 */
  or: 0x11,
  /** the 2 bytes at a0 + a1 */
  load16: 0x12,
  /** the 4 bytes at a0 + a1 */
  load32: 0x13,
  /** puts a2 in the byte at a0 + a1; no result */
  put8: 0x14,
  /** puts a2 in the 2 bytes at a0 + a1; no result */
  put16: 0x15,
  /** puts a2 in the 4 bytes at a0 + a1; no result */
  put32: 0x16,
  /** goes to the target if a0 >= a1, unsigned */
  ifNotBelow: 0x17,
  /** goes to the target if a0 < a1, signed */
  ifLess: 0x18,
  /** goes to the target if a0 >= a1, signed */
  ifNotLess: 0x19,
  /** goes to the target if the a2 (more than 0) bytes at a0 and at a1 are not the same */
  ifDiffer: 0x1a,
  /** goes on at a0 with the stack that the kernel gave, as it starts a program; no result, no way back */
  enter: 0x1b,
  /** goes to the target */
  ifAlways: 0x1c,
  /** goes to the target if a0 & a1 is not 0 */
  ifAnyBit: 0x1d,
  /** goes to the target if a0 & a1 is 0 */
  ifNoBit: 0x1e,
  /** goes on with the records behind the constants' header at a0, with their variables; no result, no way back */
  start: 0x1f,
};

/** An operation of the interpreter that is not a system call. */
export type Operation =
  | "set"
  | "add"
  | "sub"
  | "and"
  | "shl"
  | "shr"
  | "load"
  | "put"
  | "ifEqual"
  | "ifNot"
  | "ifBelow"
  | "copy"
  | "ifSame"
  | "decimal"
  | "byte"
  | "seek"
  | "mul"
  | "or"
  | "load16"
  | "load32"
  | "put8"
  | "put16"
  | "put32"
  | "ifNotBelow"
  | "ifLess"
  | "ifNotLess"
  | "ifDiffer"
  | "enter"
  | "ifAlways"
  | "ifAnyBit"
  | "ifNoBit"
  | "start";

/** One architecture's interpreter. */
export interface Machine {
  readonly arch: Arch;
  /** `e_machine` of an ELF file. */
  readonly elf: number;
  /** The code, to be placed at {@linkcode CODE_OFFSET}. */
  readonly code: Uint8Array;
  /** `long spawn(constants, flags, child_stack, parent_tid)`: offset in the code. */
  readonly spawn: number;
  /** `long call(number, a1 … a6)`, a system call that gives -errno: offset in the code. */
  readonly call: number;
  /** The offset of the constants from the image's start in memory: the largest page, plus their offset in the file. */
  readonly constantsOffset: number;
  /** The largest page size of the architecture: the alignment of ELF segments. */
  readonly pageBytes: number;
  readonly syscalls: Readonly<Record<Syscall, number>>;
}

function bytesOf(hex: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(hex.length / 2);
  const view = new DataView(bytes.buffer);
  // On the path of every launch: decodes four bytes at once.
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    view.setUint32(at, parseInt(hex.slice(2 * at, 2 * at + 8), 16));
  }
  for (; at < bytes.length; at++) bytes[at] = parseInt(hex.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}

const MACHINES: { [A in Arch]: () => Machine } = {
  x86_64: () => ({
    arch: "x86_64",
    elf: EM_X86_64,
    code: bytesOf(x86_64.CODE),
    spawn: x86_64.SPAWN,
    call: x86_64.CALL,
    constantsOffset: 0x1800,
    pageBytes: 0x1000,
    syscalls: numbersOf("x86_64"),
  }),
  aarch64: () => ({
    arch: "aarch64",
    elf: EM_AARCH64,
    code: bytesOf(aarch64.CODE),
    spawn: aarch64.SPAWN,
    call: aarch64.CALL,
    constantsOffset: 0x10800,
    pageBytes: 0x10000,
    syscalls: numbersOf("aarch64"),
  }),
};

const made: Partial<Record<Arch, Machine>> = {};

/** The interpreter of an architecture. @throws {TypeError} for an unknown one. */
export function machineOf(arch: Arch): Machine {
  if (!Object.hasOwn(MACHINES, arch)) {
    throw new TypeError(`Unknown architecture "${arch}": there are x86_64 and aarch64`);
  }
  return made[arch] ??= MACHINES[arch]();
}
