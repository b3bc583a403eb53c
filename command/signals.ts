/** Signals to a program, and what becomes of it by them. @see signal(7) */
import { SIGNALS, signalSet } from "../ffi/abi/signal.ts";
import { SyscallError } from "../ffi/errors.ts";
import { readText } from "../ffi/file.ts";
import { pidfdOpen } from "../ffi/pidfd.ts";
import { syscall } from "../ffi/syscall.ts";
import { parseFdinfo } from "../inspect/fdinfo.ts";
import { parseStatus } from "../inspect/status.ts";

/** Signals whose default action is not to end a process. */
const HARMLESS: ReadonlySet<number> = new Set([
  SIGNALS.SIGCHLD,
  SIGNALS.SIGCONT,
  SIGNALS.SIGSTOP,
  SIGNALS.SIGTSTP,
  SIGNALS.SIGTTIN,
  SIGNALS.SIGTTOU,
  SIGNALS.SIGURG,
  SIGNALS.SIGWINCH,
]);

/** Signals that ask a program to end: what it leaves then is to end, too. */
const ENDING: ReadonlySet<number> = new Set([
  SIGNALS.SIGHUP,
  SIGNALS.SIGINT,
  SIGNALS.SIGQUIT,
  SIGNALS.SIGABRT,
  SIGNALS.SIGKILL,
  SIGNALS.SIGTERM,
]);

/** Whether who sends this signal wants an end. */
export function asksToEnd(signal: number): boolean {
  return ENDING.has(signal);
}

/** The number of a signal. @throws {TypeError} if there is no such signal. */
export function signalNumber(signal: string | number): number {
  const numbers: Readonly<Record<string, number | undefined>> = SIGNALS;
  const number = typeof signal === "number" ? signal : numbers[signal];
  if (number !== undefined && Number.isInteger(number) && number >= 0 && number <= 64) {
    return number;
  }
  throw new TypeError(`Invalid signal: ${signal}`);
}

/** How a process has ended that a signal ended, in Deno's words. */
export function endBySignal(signal: number): Deno.CommandStatus {
  const name = Object.entries(SIGNALS).find(([, number]) => number === signal)?.[0];
  return { success: false, code: 128 + signal, signal: name as Deno.Signal | undefined ?? null };
}

/** Whether a process ends by this signal that has no handler for it. */
export function endsByDefault(signal: number): boolean {
  return signal !== 0 && !HARMLESS.has(signal);
}

/**
 * Whether a process has no handler for a signal, and neither ignores nor blocks it.
 *
 * @param pid As this process numbers it, which is not what every proc does.
 */
export function leavesToDefault(pid: number, signal: number): boolean {
  const pidfd = pidfdOpen(pid);
  if (pidfd < 0) return false;
  try {
    const there = parseFdinfo(readText(`/proc/self/fdinfo/${pidfd}`))?.pid;
    const status = parseStatus(readText(`/proc/${there}/status`));
    return status !== undefined &&
      ((status.sigBlk | status.sigIgn | status.sigCgt) & signalSet(signal)) === 0n;
  } catch (error) {
    // It has just ended, or may not be asked.
    if (error instanceof SyscallError) return false;
    throw error;
  } finally {
    syscall("close", pidfd);
  }
}
