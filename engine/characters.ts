/** Characters that steps look for in texts, each a byte. */

export const NUL = 0;
export const NEWLINE = 0x0a;
export const SPACE = 0x20;
export const QUOTE = 0x27;
export const PLUS = 0x2b;
export const COMMA = 0x2c;
export const HYPHEN = 0x2d;
export const DOT = 0x2e;
export const SLASH = 0x2f;
/** The digit, behind which are the others. */
export const ZERO = 0x30;
export const COLON = 0x3a;
export const EQUALS = 0x3d;
export const BACKSLASH = 0x5c;
export const LOWER_A = 0x61;
