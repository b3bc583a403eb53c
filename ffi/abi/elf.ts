/** The parts of an ELF file that an image has. @see elf(5), linux/elf.h */

export const ELFCLASS64 = 2;
export const ELFDATA2LSB = 1;
export const EV_CURRENT = 1;
export const ET_DYN = 3;
export const EM_X86_64 = 62;
export const EM_AARCH64 = 183;
export const PT_LOAD = 1;
export const PT_INTERP = 3;
export const PT_NOTE = 4;
export const PT_PHDR = 6;
export const PT_GNU_STACK = 0x6474e551;
export const PF_X = 1;
export const PF_W = 2;
export const PF_R = 4;

/** Bytes of an Elf64_Ehdr and of an Elf64_Phdr. */
export const EHDR_BYTES = 64;
export const PHDR_BYTES = 56;
