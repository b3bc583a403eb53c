/** The command that ends a process: where a plain kill(1) does not, and where nothing does. */
import { SIGNALS, signalSet } from "../../ffi/abi/signal.ts";
import { hasEnded, type Status } from "../../inspect/status.ts";

/** What has to be known of who asks, and of processes. */
export interface Witness {
  /** Whether root asks. */
  readonly isRoot: boolean;
  /** What is known of a process; undefined if it has ended, or is another's. */
  status(pid: number): Status | undefined;
  /** Whether it is the kernel's own, and gets no signal. */
  isKernelThread(pid: number): boolean;
}

/** How a process is ended. */
export interface Ending {
  /** null: by nothing from here. */
  readonly command: string | null;
  readonly note?: string;
}

/** Whether it is PID 1 of its PID namespace. */
export const isInit = ({ nspid }: Status): boolean => nspid.at(-1) === 1;

const has = (set: bigint, signal: number): boolean => (set & signalSet(signal)) !== 0n;

/** Whether SIGTERM would end nothing: it is not delivered, or has no effect. @see kill(2), pid_namespaces(7) */
function outlivesSigterm(status: Status): boolean {
  const { state, threads, sigBlk, sigIgn, sigCgt } = status;
  const { SIGTERM } = SIGNALS;
  const isStopped = state === "T" || state === "t";
  // What is blocked here may be the other threads'.
  const isBlocked = threads <= 1 && has(sigBlk, SIGTERM);
  const isDropped = isInit(status) && !has(sigCgt, SIGTERM);
  return isStopped || isBlocked || isDropped || has(sigIgn, SIGTERM);
}

/** How to end a process. */
export function endingOf(pid: number, witness: Witness): Ending {
  if (witness.isKernelThread(pid)) {
    return { command: null, note: "a kernel thread: it lives as long as the machine" };
  }
  const status = witness.status(pid);
  if (!status) return { command: `kill ${pid}` };
  if (hasEnded(status)) {
    const note = "its parent must wait for it";
    const { ppid } = status;
    return ppid === 0 ? { command: null, note } : { ...endingOf(ppid, witness), note };
  }
  if (pid === 1) {
    return { command: null, note: "PID 1 of this PID namespace: nothing in it can end it" };
  }
  const command = `kill ${outlivesSigterm(status) ? "-KILL " : ""}${pid}`;
  return isInit(status) ? { command, note: "ends all others of its PID namespace" } : { command };
}
