/** The parts of an ELF file that an image has. @see elf(5), linux/elf.h */

export const ELFCLASS64 = 2;
export const ELFDATA2LSB = 1;
export const EV_CURRENT = 1;
export const ET_DYN = 3;
export const EM_X86_64 = 62;
export const EM_AARCH64 = 183;
export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_INTERP = 3;
export const PT_NOTE = 4;
export const PT_PHDR = 6;
export const PT_TLS = 7;
export const PT_GNU_STACK = 0x6474e551;
export const PT_GNU_RELRO = 0x6474e552;
export const PT_GNU_PROPERTY = 0x6474e553;
export const PF_X = 1;
export const PF_W = 2;
export const PF_R = 4;

/** Bytes of an Elf64_Ehdr and of an Elf64_Phdr. */
export const EHDR_BYTES = 64;
export const PHDR_BYTES = 56;

/** Fields of an Elf64_Ehdr and an Elf64_Phdr: their offsets, and their sizes. */
export const EHDR = {
  bytes: 64,
  fields: {
    e_type: [16, 2],
    e_machine: [18, 2],
    e_entry: [24, 8],
    e_phoff: [32, 8],
    e_shoff: [40, 8],
    e_phentsize: [54, 2],
    e_phnum: [56, 2],
    e_shentsize: [58, 2],
    e_shnum: [60, 2],
    e_shstrndx: [62, 2],
  },
} as const;
export const PHDR = {
  bytes: 56,
  fields: {
    p_type: [0, 4],
    p_flags: [4, 4],
    p_offset: [8, 8],
    p_vaddr: [16, 8],
    p_paddr: [24, 8],
    p_filesz: [32, 8],
    p_memsz: [40, 8],
    p_align: [48, 8],
  },
} as const;
