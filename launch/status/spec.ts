/** Descriptors that are told how a launch goes, in the JSON of bwrap(1), as a spec has them. */

/** Telling how a launch goes. */
export interface StatusSpec<Open = never> {
  /**
   * Gets an object when the program's process is there, and is closed then: "child-pid", its PID as seen from
   * outside, and "mnt-namespace" and so on, the inodes of new namespaces but for those of users and time.
   * Implies `fork`.
   */
  readonly infoFd?: number | Open;
  /**
   * Gets the same on a line, and another line with "exit-code" when the program has ended, if it was
   * reached: as a shell has it. Implies `fork`.
   */
  readonly statusFd?: number | Open;
}
