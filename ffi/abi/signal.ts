/** Signals of Linux on x86-64 and aarch64, and how to block them. @see signal(7), asm-generic/signal.h */

/**
 * Numbers of signals by name: the same on x86-64 and aarch64.
 *
 * @see signal(7)
 */
export const SIGNALS = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGIOT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGUSR1: 10,
  SIGSEGV: 11,
  SIGUSR2: 12,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
  SIGSTKFLT: 16,
  SIGCHLD: 17,
  SIGCLD: 17,
  SIGCONT: 18,
  SIGSTOP: 19,
  SIGTSTP: 20,
  SIGTTIN: 21,
  SIGTTOU: 22,
  SIGURG: 23,
  SIGXCPU: 24,
  SIGXFSZ: 25,
  SIGVTALRM: 26,
  SIGPROF: 27,
  SIGWINCH: 28,
  SIGIO: 29,
  SIGPOLL: 29,
  SIGPWR: 30,
  SIGSYS: 31,
} as const;

/** A signal's name, as in signal(7). */
export type Signal = keyof typeof SIGNALS;

/** The highest signal number: real-time signals have numbers, no names. */
export const SIGNAL_LIMIT = 64;

export const SIG_BLOCK = 0;
export const SIG_UNBLOCK = 1;
export const SIG_SETMASK = 2;

/** Bytes of the kernel's sigset_t. */
export const SIGSET_BYTES = 8;

/** A signal set with these signals in it, as the kernel's 64-bit mask. */
export function signalSet(...signals: readonly number[]): bigint {
  return signals.reduce((set, signal) => set | 1n << BigInt(signal - 1), 0n);
}
