/** Types of the entries in the auxiliary vector. @see getauxval(3), linux/auxvec.h */

/** The end. */
export const AT_NULL = 0;
/** Where the program's headers are. */
export const AT_PHDR = 3;
/** How many there are. */
export const AT_PHNUM = 5;
export const AT_PAGESZ = 6;
/** Where the dynamic loader is; 0 without one. */
export const AT_BASE = 7;
/** The program's entry, which the loader goes on to. */
export const AT_ENTRY = 9;

/** Bytes of an Elf64_auxv_t: a_type, a_val. */
export const AUXV_BYTES = 16;
