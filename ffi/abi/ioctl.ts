/** ioctls of terminals. @see ioctl_tty(2), asm-generic/ioctls.h */

/** Gets a terminal's settings: what is no terminal has none. */
export const TCGETS = 0x5401;
/** struct termios of the kernel. */
export const TERMIOS_BYTES = 36;
