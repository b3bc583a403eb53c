/** Descriptors of processes. @see pidfd_open(2), linux/pidfd.h */

/** Of the thread itself, which need not be its process's first. Linux 6.9. */
export const PIDFD_THREAD = 0x80;
/** Waiting does not block. Linux 5.10. */
export const PIDFD_NONBLOCK = 0x800;
