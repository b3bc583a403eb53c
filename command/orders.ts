/** Sends signals to a launch: to its launcher, which passes them on to the program. */
import { ESRCH } from "../ffi/abi/errno.ts";
import { SIGNALS } from "../ffi/abi/signal.ts";
import { check, memory, syscall } from "../ffi/syscall.ts";
import type { LaunchSpec } from "../launch/spec.ts";
import { ORDER, WHOLE_TREE } from "../engine/protocol.ts";
import type { Channel } from "./channel.ts";
import { asksToEnd, endBySignal, endsByDefault, receptionOf, signalNumber } from "./signals.ts";

const TERMINATED = "Child process has already terminated";

/** siginfo_t: si_signo 0, si_errno 4, si_code 8, si_value 24. */
const SIGINFO_BYTES = 128;
const SI_QUEUE = -1;

/** The first and the longest interval at which a program that blocks a signal is polled. */
const FIRST_LOOK_MS = 2;
const SLOWEST_LOOK_MS = 20;

/** The orders of one launch. */
export class Orders implements Disposable {
  /** The launcher; -1 when it has ended. */
  #pidfd: number;
  readonly #spec: LaunchSpec;
  readonly #channel: Channel;
  /** The signal that SIGKILL was sent instead of. */
  #meant: number | undefined;
  /** The signal that was sent last. */
  #last = 0;
  /** Signals that a PID 1 blocks, and that would end any other program. */
  readonly #blocked = new Set<number>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param spec With all that it implies.
   * @param pidfd The launcher's, which dispose closes.
   */
  constructor(spec: LaunchSpec, channel: Channel, pidfd: number) {
    [this.#spec, this.#channel, this.#pidfd] = [spec, channel, pidfd];
  }

  /** The launcher's pidfd. */
  get pidfd(): number {
    return this.#pidfd;
  }

  /** The signal that was sent last; 0 before any was. */
  get last(): number {
    return this.#last;
  }

  /**
   * Sends a signal to the program. If it asks for an end, all that the program leaves behind is killed
   * afterwards, by SIGKILL.
   *
   * @throws {TypeError} if it has ended, or there is no such signal.
   */
  kill(signal: Deno.Signal | number): void {
    const number = signalNumber(signal);
    if (this.#pidfd < 0) throw new TypeError(TERMINATED);
    if (!this.#spec.fork) {
      this.#send(number);
      return;
    }
    this.#last = number;
    // Before the launcher takes orders, a signal ends it. Afterwards it blocks all signals but orders.
    if (!this.#channel.told().over) this.#send(number);
    // The kernel drops unhandled signals of a PID 1: a signal that would end any other program ends it by SIGKILL.
    const reception = this.#spec.namespaces.includes("pid") && endsByDefault(number)
      ? this.#reception(number)
      : "own";
    if (reception === "default") {
      this.#end(number);
      return;
    }
    this.#order(number);
    if (reception === "blocked") {
      this.#blocked.add(number);
      this.#watch(FIRST_LOOK_MS);
    }
  }

  /** The program's status, from the launcher's. */
  meaning(status: Deno.CommandStatus): Deno.CommandStatus {
    if (this.#meant !== undefined && status.signal === "SIGKILL") return endBySignal(this.#meant);
    // A shell kills itself by the signal that ended it; as PID 1 it cannot, and exits with this status instead.
    const isShells = this.#last > 0 && status.code === 128 + this.#last;
    return isShells && this.#spec.namespaces.includes("pid") ? endBySignal(this.#last) : status;
  }

  /** Called when the launcher has ended. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    syscall("close", this.#pidfd);
    this.#pidfd = -1;
  }

  #reception(signal: number): ReturnType<typeof receptionOf> {
    const { over, pid } = this.#channel.told();
    if (!over) return "default";
    return pid === undefined ? "own" : receptionOf(pid, signal);
  }

  /** Ends a PID 1 as this signal would end any other program. */
  #end(signal: number): void {
    if (signal !== SIGNALS.SIGKILL) this.#meant = signal;
    this.#order(SIGNALS.SIGKILL);
  }

  /**
   * When a PID 1 unblocks a pending signal that it has no handler for, the kernel drops it: so this polls
   * until then.
   */
  #watch(milliseconds: number): void {
    clearTimeout(this.#timer);
    const timer = this.#timer = setTimeout(() => {
      for (const signal of this.#blocked) {
        const reception = this.#reception(signal);
        if (reception === "blocked") continue;
        this.#blocked.delete(signal);
        if (reception === "default") sendQuietly(() => this.#end(signal));
      }
      if (this.#blocked.size > 0) this.#watch(Math.min(2 * milliseconds, SLOWEST_LOOK_MS));
    }, milliseconds);
    Deno.unrefTimer(timer);
  }

  #order(signal: number): void {
    this.#send(ORDER, asksToEnd(signal) ? signal | WHOLE_TREE : signal);
  }

  #send(signal: number, value?: number): void {
    const info = memory(SIGINFO_BYTES);
    const view = new DataView(info.buffer);
    view.setInt32(0, signal, true);
    view.setInt32(8, SI_QUEUE, true);
    view.setInt32(24, value ?? 0, true);
    const siginfo = value === undefined ? null : info;
    const result = syscall("pidfd_send_signal", this.#pidfd, signal, siginfo, 0);
    if (result === -ESRCH) throw new TypeError(TERMINATED);
    check(result, "pidfd_send_signal", `${this.#pidfd}, ${signal}`);
  }
}

/** Sends a signal where nobody could catch an error. */
export function sendQuietly(send: () => void): void {
  try {
    send();
  } catch {
    // It has ended, or runs as a user that this one may not signal.
  }
}
