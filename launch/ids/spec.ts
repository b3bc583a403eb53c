/** Maps of user and group ids. @see user_namespaces(7) */

/** The number of 32-bit ids but for the last, which means "no id". */
export const ALL_IDS = 0xffff_ffff;

/** Whether passwd(5) and group(5) can have a line for this name. */
export const isAccountName = (text: string): boolean => /^[^:\n\0]+$/.test(text);

/** The kernel's limits of a map: that many lines, and fewer bytes than these. @see user_namespaces(7), "Defining user and group ID mappings" */
export const MAP_LINES = 340;
export const MAP_BYTES = 4096;
