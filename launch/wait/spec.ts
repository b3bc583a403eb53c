/** Whether and how the program is waited for, as a spec has it. */

/** The waiter, and what it shares with the program. */
export interface WaitSpec<Open = never> {
  /**
   * Run the program as a child and wait for it. Default: only where an option needs it, as does joining
   * a PID namespace, which is for children. With `join` the waiter also stops when the program does.
   */
  readonly fork?: boolean | Open;
  /** The signal that the program gets when its waiter dies; implies `fork`. */
  readonly killChild?: number | Open;
  /**
   * End the launch, and the program with it, by SIGKILL when the thread that has started it ends. With a
   * waiter it implies `killChild`.
   */
  readonly dieWithParent?: boolean | Open;
  /** Pass SIGTERM and SIGINT on to the program; implies `fork`. */
  readonly forwardSignals?: boolean | Open;
  /**
   * End with 128 and the number of the signal that killed the program, instead of dying by that signal;
   * implies `fork`.
   */
  readonly exitsAsShell?: boolean | Open;
  /**
   * Let SIGINT and SIGTERM end the waiter, which may leave the program alone. Default: only with `join`. Not
   * with `forwardSignals`; implies `fork`.
   */
  readonly interruptible?: boolean | Open;
  /**
   * Run the program as the leader of a session and process group of its own. Implies `fork` with `newRoot`.
   *
   * @see setsid(2)
   */
  readonly setsid?: boolean | Open;
}
