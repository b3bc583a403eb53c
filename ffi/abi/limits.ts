/** Limits of texts. @see linux/limits.h, linux/binfmts.h */

/** The bytes that a path may have, its NUL included. */
export const PATH_MAX = 4096;

/** The bytes that one string of execve(2) may have where pages have 4096, its NUL included. */
export const MAX_ARG_STRLEN: number = 32 * 4096;
