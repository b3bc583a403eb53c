/** What the program may not reach by Landlock, as a spec has it. @see landlock(7) */

/** Limits of what is no file. */
export interface ScopeSpec<Open = never> {
  /**
   * Let the program, and all that it starts, connect to no abstract Unix socket of outside: those belong to network
   * namespaces. It gets no new privileges then. Linux 6.12.
   */
  readonly scopeAbstractUnixSockets?: boolean | Open;
}
