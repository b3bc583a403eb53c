/** Images as ELF files: headers and code in front, constants and variables behind. */
import {
  EHDR_BYTES,
  ELFCLASS64,
  ELFDATA2LSB,
  ET_DYN,
  EV_CURRENT,
  PF_R,
  PF_W,
  PF_X,
  PHDR_BYTES,
  PT_GNU_STACK,
  PT_LOAD,
} from "../ffi/abi/elf.ts";
import { concat } from "../ffi/bytes.ts";
import { CODE_OFFSET, CONSTANTS_FILE_OFFSET, type Machine } from "../ffi/machine/machine.ts";
import { alignUp } from "./growing.ts";
import { distanceOf, type Layout } from "./segments.ts";

/** An Elf64_Phdr. Addresses are counted from where the kernel puts the image. */
interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileBytes: number;
  readonly memoryBytes: number;
}

/** Writes the Elf64_Ehdr and the program headers behind it. */
function writeHeaders(
  file: Uint8Array<ArrayBuffer>,
  machine: Machine,
  segments: readonly Segment[],
): void {
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, ELFCLASS64, ELFDATA2LSB, EV_CURRENT]); // e_ident
  view.setUint16(16, ET_DYN, true); // e_type
  view.setUint16(18, machine.elf, true); // e_machine
  view.setUint32(20, EV_CURRENT, true); // e_version
  view.setBigUint64(24, BigInt(CODE_OFFSET), true); // e_entry
  view.setBigUint64(32, BigInt(EHDR_BYTES), true); // e_phoff
  view.setUint16(52, EHDR_BYTES, true); // e_ehsize
  view.setUint16(54, PHDR_BYTES, true); // e_phentsize
  view.setUint16(56, segments.length, true); // e_phnum
  segments.forEach((segment, i) => {
    const at = EHDR_BYTES + i * PHDR_BYTES;
    view.setUint32(at, segment.type, true); // p_type
    view.setUint32(at + 4, segment.flags, true); // p_flags
    view.setBigUint64(at + 8, BigInt(segment.offset), true); // p_offset
    view.setBigUint64(at + 16, BigInt(segment.address), true); // p_vaddr
    view.setBigUint64(at + 24, BigInt(segment.address), true); // p_paddr
    view.setBigUint64(at + 32, BigInt(segment.fileBytes), true); // p_filesz
    view.setBigUint64(at + 40, BigInt(segment.memoryBytes), true); // p_memsz
    view.setBigUint64(at + 48, BigInt(machine.pageBytes), true); // p_align
  });
}

/** The sizes of what an image has in memory beside its code. */
export interface Sizes {
  readonly constants: number;
  /** Initialized variables: they are in the file. */
  readonly variables: number;
  /** All variables in memory: the rest is zeroed. */
  readonly variablesInMemory: number;
}

/** What stands in front of the constants in an image's file: headers and code. */
export function headersAndCode(machine: Machine, sizes: Sizes): Uint8Array<ArrayBuffer> {
  const { pageBytes, constantsOffset, code } = machine;
  const front = new Uint8Array(CONSTANTS_FILE_OFFSET);
  const variablesOffset = constantsOffset + distanceOf(sizes.constants, pageBytes);
  const guard = alignUp(variablesOffset + sizes.variablesInMemory, pageBytes);
  const segment = (
    flags: number,
    offset: number,
    address: number,
    fileBytes: number,
    memoryBytes = fileBytes,
  ): Segment => ({ type: PT_LOAD, flags, offset, address, fileBytes, memoryBytes });
  writeHeaders(front, machine, [
    segment(PF_R | PF_X, 0, 0, CODE_OFFSET + code.length),
    segment(PF_R, CONSTANTS_FILE_OFFSET, constantsOffset, sizes.constants),
    segment(
      PF_R | PF_W,
      CONSTANTS_FILE_OFFSET + sizes.constants,
      variablesOffset,
      sizes.variables,
      sizes.variablesInMemory,
    ),
    // Kernels map nothing that is not in the file, unless it may be written to.
    segment(0, 0, guard, CONSTANTS_FILE_OFFSET),
    { ...segment(PF_R | PF_W, 0, 0, 0), type: PT_GNU_STACK },
  ]);
  front.set(code, CODE_OFFSET);
  return front;
}

/** The bytes of an image. */
export function elfOf(
  { constants, variables, variablesBytes }: Layout,
  machine: Machine,
): Uint8Array<ArrayBuffer> {
  const front = headersAndCode(machine, {
    constants: constants.length,
    variables: variables.length,
    variablesInMemory: variablesBytes,
  });
  return concat(front, constants, variables);
}
