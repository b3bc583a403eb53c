/** Flags of mmap(2) and madvise(2). @see linux/mman.h, asm-generic/mman-common.h */

export const PROT_NONE = 0;
export const PROT_READ = 1;
export const PROT_WRITE = 2;
export const PROT_EXEC = 4;

export const MAP_PRIVATE = 0x02;
export const MAP_POPULATE = 0x8000;
export const MAP_FIXED = 0x10;
export const MAP_ANONYMOUS = 0x20;

export const MADV_DONTNEED = 4;
