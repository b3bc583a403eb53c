/** Signals to a program, and what becomes of it by them. @see signal(7) */
import { SIGNALS, signalSet } from "../ffi/abi/signal.ts";
import { readText } from "../ffi/file.ts";

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

/**
 * Whether a signal would end a process, were it not PID 1 of its namespace, where the kernel drops
 * signals that it has no handler for.
 */
export function wouldEnd(pid: number, signal: number): boolean {
  if (HARMLESS.has(signal) || signal === SIGNALS.SIGKILL || signal === 0) return false;
  let status: string;
  try {
    status = readText(`/proc/${pid}/status`);
  } catch {
    return false;
  }
  const [blocked, ignored, caught] = ["Blk", "Ign", "Cgt"].map((set) =>
    BigInt(`0x${status.match(new RegExp(`^Sig${set}:\\s*([0-9a-f]+)$`, "m"))?.[1] ?? "0"}`)
  );
  return ((blocked! | ignored! | caught!) & signalSet(signal)) === 0n;
}
