/** Limits of texts. @see linux/limits.h */

/** The bytes that a path may have, its NUL included. */
export const PATH_MAX = 4096;
