/** What is set up in a new network namespace, as a spec has it. @see network_namespaces(7) */

/** The network of the program. */
export interface NetworkSpec<Open = never> {
  /** Set the loopback interface up in a new network namespace: else nobody there reaches even itself. */
  readonly loopback?: boolean | Open;
}
