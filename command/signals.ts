/** Signals, and their effect on a process. @see signal(7) */
import { SIGNALS, signalSet } from "../ffi/abi/signal.ts";
import { namesIn } from "../ffi/dir.ts";
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

/** Signals that ask a program to end, and with it all that it has started. */
const ENDING: ReadonlySet<number> = new Set([
  SIGNALS.SIGHUP,
  SIGNALS.SIGINT,
  SIGNALS.SIGQUIT,
  SIGNALS.SIGABRT,
  SIGNALS.SIGKILL,
  SIGNALS.SIGTERM,
]);

/** Whether a signal asks for an end. */
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

/** The status of a process that a signal ended, as Deno gives it. */
export function endBySignal(signal: number): Deno.CommandStatus {
  const name = Object.entries(SIGNALS).find(([, number]) => number === signal)?.[0];
  return { success: false, code: 128 + signal, signal: name as Deno.Signal | undefined ?? null };
}

/** Whether the default action of a signal is to end the process. */
export function endsByDefault(signal: number): boolean {
  return signal !== 0 && !HARMLESS.has(signal);
}

/**
 * The effect of a signal whose default action is to end the process: that, or it stays pending while the
 * process blocks it, or the process handles it.
 */
export type Reception = "default" | "blocked" | "own";

/**
 * The effect that a signal has on a process now. One that has ended, or cannot be read, counts as handling
 * it.
 *
 * @param pid In this process's PID namespace, which need not be that of /proc.
 */
export function receptionOf(pid: number, signal: number): Reception {
  const pidfd = pidfdOpen(pid);
  if (pidfd < 0) return "own";
  try {
    const there = parseFdinfo(readText(`/proc/self/fdinfo/${pidfd}`))?.pid;
    return receptionBy(`/proc/${there}`, signalSet(signal));
  } catch (error) {
    // It has just ended, or may not be read.
    if (error instanceof SyscallError) return "own";
    throw error;
  } finally {
    syscall("close", pidfd);
  }
}

function receptionBy(proc: string, bit: bigint): Reception {
  const status = parseStatus(readText(`${proc}/status`));
  if (status === undefined || ((status.sigIgn | status.sigCgt) & bit) !== 0n) return "own";
  // The kernel gives a signal to the first thread that does not block it.
  for (const thread of namesIn(`${proc}/task`)) {
    const path = `${proc}/task/${thread}`;
    const { sigBlk } = parseStatus(readText(`${path}/status`)) ?? status;
    if ((sigBlk & bit) === 0n) return waitsForSignal(path) ? "own" : "default";
  }
  return readsSignal(proc, bit) ? "own" : "blocked";
}

/** Whether a thread is in sigwait(3): /proc shows the signals that it waits for as not blocked. */
function waitsForSignal(task: string): boolean {
  return readText(`${task}/wchan`).startsWith("do_sigtimedwait");
}

/** Whether a process has a signalfd(2) for a signal. */
function readsSignal(proc: string, bit: bigint): boolean {
  return namesIn(`${proc}/fdinfo`).some((fd) => {
    const mask = readText(`${proc}/fdinfo/${fd}`).match(/^sigmask:\s*([0-9a-f]+)$/m)?.[1];
    return mask !== undefined && (BigInt(`0x${mask}`) & bit) !== 0n;
  });
}
