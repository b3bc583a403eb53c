/** Options of wait4(2) and waitid(2), events of poll(2). @see linux/wait.h */

export const WNOHANG = 1;
export const WUNTRACED = 2;
export const WEXITED = 4;
export const WNOWAIT = 0x01000000;
export const P_PIDFD = 3;
export const __WALL = 0x40000000;

/** si_code of a child that exited by itself. @see asm-generic/siginfo.h */
export const CLD_EXITED = 1;

export const P_ALL = 0;
export const P_PID = 1;
export const P_PGID = 2;

export const POLLIN = 1;
export const POLLPRI = 2;
export const POLLOUT = 4;
export const POLLERR = 8;
export const POLLHUP = 0x10;
export const POLLNVAL = 0x20;
