/** Images: a plan as the bytes of a static ELF file, which are also the bytes to map. */
import {
  EHDR_BYTES,
  ELFCLASS64,
  ELFDATA2LSB,
  ET_EXEC,
  EV_CURRENT,
  PF_R,
  PF_W,
  PF_X,
  PHDR_BYTES,
  PT_GNU_STACK,
  PT_LOAD,
} from "../ffi/abi/elf.ts";
import type { Arch, Machine } from "../ffi/machine/machine.ts";
import { CODE_OFFSET, DATA_FILE_OFFSET, machineOf } from "../ffi/machine/machine.ts";
import { layOut } from "./layout.ts";
import type { Plan } from "./plan.ts";

/** Where an ELF image stands in memory: above vm.mmap_min_addr, below everything else. */
const BASE = 0x400000n;

/** An Elf64_Phdr. */
interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: bigint;
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
  view.setUint16(16, ET_EXEC, true); // e_type
  view.setUint16(18, machine.elf, true); // e_machine
  view.setUint32(20, EV_CURRENT, true); // e_version
  view.setBigUint64(24, BASE + BigInt(CODE_OFFSET), true); // e_entry
  view.setBigUint64(32, BigInt(EHDR_BYTES), true); // e_phoff
  view.setUint16(52, EHDR_BYTES, true); // e_ehsize
  view.setUint16(54, PHDR_BYTES, true); // e_phentsize
  view.setUint16(56, segments.length, true); // e_phnum
  segments.forEach((segment, i) => {
    const at = EHDR_BYTES + i * PHDR_BYTES;
    view.setUint32(at, segment.type, true); // p_type
    view.setUint32(at + 4, segment.flags, true); // p_flags
    view.setBigUint64(at + 8, BigInt(segment.offset), true); // p_offset
    view.setBigUint64(at + 16, segment.address, true); // p_vaddr
    view.setBigUint64(at + 24, segment.address, true); // p_paddr
    view.setBigUint64(at + 32, BigInt(segment.fileBytes), true); // p_filesz
    view.setBigUint64(at + 40, BigInt(segment.memoryBytes), true); // p_memsz
    view.setBigUint64(at + 48, BigInt(machine.pageBytes), true); // p_align
  });
}

/**
 * What stands in front of the data in an image's file: headers and code.
 *
 * @param dataBytes The size of the data in the file.
 * @param memoryBytes Its size in memory: behind it are zeros.
 */
export function frontOf(
  machine: Machine,
  dataBytes: number,
  memoryBytes: number,
): Uint8Array<ArrayBuffer> {
  const front = new Uint8Array(DATA_FILE_OFFSET);
  const codeEnd = CODE_OFFSET + machine.code.length;
  writeHeaders(front, machine, [
    {
      type: PT_LOAD,
      flags: PF_R | PF_X,
      offset: 0,
      address: BASE,
      fileBytes: codeEnd,
      memoryBytes: codeEnd,
    },
    {
      type: PT_LOAD,
      flags: PF_R | PF_W,
      offset: DATA_FILE_OFFSET,
      address: dataAddressOf(machine),
      fileBytes: dataBytes,
      memoryBytes,
    },
    {
      type: PT_GNU_STACK,
      flags: PF_R | PF_W,
      offset: 0,
      address: 0n,
      fileBytes: 0,
      memoryBytes: 0,
    },
  ]);
  front.set(machine.code, CODE_OFFSET);
  return front;
}

/** Where the data of an image stands in memory. */
export function dataAddressOf(machine: Machine): bigint {
  return BASE + BigInt(machine.dataOffset);
}

/**
 * The image of a plan: a static executable that needs no libc, no interpreter and no /proc.
 * Code is mapped read-execute, data read-write, the stack without execute.
 *
 * @see elf(5)
 *
 * @example
 * ```ts
 * import { callerFor, compile, imageOf, type LaunchSpec } from "@nido/nido";
 *
 * const spec: LaunchSpec = { name: "example", program: "/bin/true", argv: ["true"], namespaces: ["user"] };
 * const image = imageOf(compile(spec, callerFor(spec)), "aarch64");
 * console.log(image.length); // some 10000
 * ```
 */
export function imageOf(plan: Plan, arch: Arch): Uint8Array<ArrayBuffer> {
  const machine = machineOf(arch);
  const { bytes, memoryBytes } = layOut(plan, machine, dataAddressOf(machine));
  const file = new Uint8Array(DATA_FILE_OFFSET + bytes.length);
  file.set(frontOf(machine, bytes.length, memoryBytes));
  file.set(bytes, DATA_FILE_OFFSET);
  return file;
}
