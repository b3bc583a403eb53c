/** ioctls of terminals. @see ioctl_tty(2), asm-generic/ioctls.h */

/** Gets a terminal's settings: what is no terminal has none. */
export const TCGETS = 0x5401;
/** struct termios of the kernel. */
export const TERMIOS_BYTES = 36;
/** Gets a terminal's size: what is no terminal has none. */
export const TIOCGWINSZ = 0x5413;
/** struct winsize, and its field ws_col: 2 bytes, 0 where nobody knows. */
export const WINSIZE_BYTES = 8;
export const WS_COL = 2;
/** Sets a terminal's size: a struct winsize. */
export const TIOCSWINSZ = 0x5414;
/** Whether the other end of a pseudoterminal is locked against being opened: an int. */
export const TIOCSPTLCK = 0x40045431;
/** Opens the other end of a pseudoterminal: flags of open(2). Linux 4.13. */
export const TIOCGPTPEER = 0x5441;
