/** Whether launches of a program wait for Deno. */
import { EHDR, EHDR_BYTES, ET_DYN, PHDR, PHDR_BYTES, PT_INTERP } from "../../ffi/abi/elf.ts";
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { cString, memory, syscall } from "../../ffi/syscall.ts";

/** The file of this process. */
const SELF = "/proc/self/exe";

/**
 * Whether a program has a front: the kernel starts it without a loader, as no PT_INTERP names one. One
 * that cannot be read has none.
 *
 * @param path Default: that of this process.
 * @see elf(5)
 */
export function hasFront(path: string = SELF): boolean {
  const file = syscall("openat", AT_FDCWD, cString(path), O_RDONLY | O_CLOEXEC, 0);
  if (file < 0) return false;
  const at = (offset: number, bytes: number): DataView | undefined => {
    const part = memory(bytes);
    const got = syscall("pread64", file, part, bytes, offset);
    return got === bytes ? new DataView(part.buffer) : undefined;
  };
  try {
    const { e_type, e_phoff, e_phnum } = EHDR.fields;
    const header = at(0, EHDR_BYTES);
    if (header?.getUint16(e_type[0], true) !== ET_DYN) return false;
    const count = header.getUint16(e_phnum[0], true);
    const table = at(Number(header.getBigUint64(e_phoff[0], true)), count * PHDR_BYTES);
    return table !== undefined &&
      Array.from({ length: count }).every((_, i) =>
        table.getUint32(i * PHDR_BYTES + PHDR.fields.p_type[0], true) !== PT_INTERP
      );
  } finally {
    syscall("close", file);
  }
}
