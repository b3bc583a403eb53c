/** Filters of the program's system calls, as a spec has them. @see seccomp(2), PR_SET_NO_NEW_PRIVS in prctl(2) */

/** A filter: a program of classic BPF. */
export type Filter =
  /** struct sock_filter[] */
  | Uint8Array
  | {
    /** A descriptor of the launch that gives it, and is closed then. */
    readonly fd: number;
  };

/** What a program may do, whoever it becomes. */
export interface SeccompSpec<Open = never> {
  /** The program, and all that it starts, gets no privileges by files that it executes. Default: with `seccomp`. */
  readonly noNewPrivs?: boolean | Open;
  /** Filters of its system calls, in the order in which they are set. All are read before. */
  readonly seccomp?: readonly Filter[] | Open;
}
