/** Ids, kept capabilities and clocks of the program, as a spec has them. */

/** What the program is, and which time it has. */
export interface CredentialsSpec<Open = never> {
  /** User id of the program: an inside id; "follow" is that of the target. */
  readonly setuid?: number | "follow" | Open;
  /** Group id of the program: an inside id; "follow" is that of the target. Drops supplementary groups. */
  readonly setgid?: number | "follow" | Open;
  /** Keep the capabilities in a new or joined user namespace across execve. */
  readonly keepCaps?: boolean | Open;
  /**
   * How far CLOCK_MONOTONIC is ahead in a new time namespace, in seconds.
   *
   * @see time_namespaces(7)
   */
  readonly monotonic?: bigint | number | Open;
  /** How far CLOCK_BOOTTIME is ahead in a new time namespace, in seconds. */
  readonly boottime?: bigint | number | Open;
}
