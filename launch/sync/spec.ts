/** Descriptors by which a launch and who starts it wait for each other, as a spec has them. */

/** Waiting for each other. */
export interface SyncSpec<Open = never> {
  /**
   * Descriptors that stay open until the program has ended, and that it does not get: who has the other end
   * of a pipe sees the end. Implies `fork`.
   */
  readonly syncFds?: readonly number[] | Open;
  /** A descriptor that gives a byte, or comes to its end, before the program starts. It is closed then. */
  readonly blockFd?: number | Open;
}
