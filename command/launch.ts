/** One launch: Deno's child, which is the launcher, and what it tells and takes. */
import { errnoName, ETIMEDOUT } from "../ffi/abi/errno.ts";
import { SIGNALS } from "../ffi/abi/signal.ts";
import { check, memory, syscall } from "../ffi/syscall.ts";
import { failureOf, type LaunchFailure } from "../launch/report.ts";
import { complete, type LaunchSpec } from "../launch/spec.ts";
import { ORDER, WHOLE_TREE } from "../launch/steps/supervision.ts";
import { Channel } from "./channel.ts";
import { LaunchError, withPermissions } from "./errors.ts";
import { type Image, imageFor } from "./images.ts";
import { asksToEnd, endBySignal, signalNumber, wouldEnd } from "./signals.ts";

/** What Deno does for a launch as for any other child. */
export interface Streams {
  readonly stdin?: "piped" | "inherit" | "null";
  readonly stdout?: "piped" | "inherit" | "null";
  readonly stderr?: "piped" | "inherit" | "null";
}

/** A launch that blocks for longer has hung: on a network file system, a tool that asks for something. */
const LAUNCH_MS = 30_000;

/** siginfo_t: si_signo 0, si_errno 4, si_code 8, si_value 24. */
const SIGINFO_BYTES = 128;
const SI_QUEUE = -1;

/** Starts the launcher of a spec by `use`, which gets the command that does. */
function withLauncher<T>(
  spec: LaunchSpec,
  streams: Streams,
  use: (command: Deno.Command) => T,
): { readonly image: Image; readonly channel: Channel; readonly result: T; release(): void } {
  return withPermissions(() => {
    const image = imageFor(spec);
    const channel = new Channel();
    let refusal: unknown;
    for (const { fd, release } of image.files()) {
      try {
        const command = new Deno.Command(`/proc/self/fd/${fd}`, {
          ...streams,
          args: [channel.path],
        });
        return { image, channel, result: use(command), release };
      } catch (error) {
        release();
        refusal = error;
        // Where memory may not be executed, some folder may.
        if (!(error instanceof Deno.errors.PermissionDenied)) break;
      }
    }
    channel[Symbol.dispose]();
    throw refusal;
  });
}

/** What failed, if something did. `ended` says that there is nothing left to be told. */
function problemOf(
  spec: LaunchSpec,
  image: Image,
  channel: Channel,
  ended: boolean,
): LaunchError | undefined {
  const { open, failure } = channel.told();
  const known = failure && failureOf(image.plan, failure);
  if (known) return new LaunchError(spec.program, known);
  if (open || !ended) return undefined;
  return new LaunchError(spec.program, ownFailure("the launcher ended before it could report", 0));
}

function ownFailure(message: string, errno: number): LaunchFailure {
  return { message, status: 1, errno, code: errno ? errnoName(errno) : "" };
}

/** Runs a spec to its end while this process stands still. @throws {LaunchError} */
export function launchSync(spec: LaunchSpec, streams: Streams): Deno.CommandOutput {
  const { image, channel, result, release } = withLauncher(
    spec,
    streams,
    (command) => command.outputSync(),
  );
  release();
  channel[Symbol.dispose]();
  const problem = problemOf(spec, image, channel, true);
  if (problem) throw problem;
  return result;
}

/** A launch under way. */
export class Launch {
  /** The launcher. */
  readonly child: Deno.ChildProcess;
  /** How the program has ended, when it has. */
  readonly status: Promise<Deno.CommandStatus>;
  readonly #spec: LaunchSpec;
  readonly #image: Image;
  readonly #channel: Channel;
  #pidfd: number;
  /** The signal that SIGKILL was sent for. */
  #meant: number | undefined;
  /** Whether the launcher itself may have been ended by an order. */
  #ordered = 0;

  /**
   * @throws {Deno.errors.NotCapable} without a permission, saying which.
   * @throws {SpecError}
   */
  constructor(spec: LaunchSpec, streams: Streams) {
    const { image, channel, result, release } = withLauncher(
      spec,
      streams,
      (command) => command.spawn(),
    );
    [this.#spec, this.#image, this.#channel] = [complete(spec), image, channel];
    this.child = result;
    // Nobody else waits for it: this is the launcher, even if it is dead already.
    this.#pidfd = check(syscall("pidfd_open", result.pid, 0), "pidfd_open", String(result.pid));
    this.status = result.status.then(
      (status) => this.#meaning(status),
      (error) => {
        // Ended by an order before it took any: Deno has no word for that signal.
        if (this.#ordered > 0) return endBySignal(this.#ordered);
        throw error;
      },
    ).finally(() => {
      release();
      channel[Symbol.dispose]();
      syscall("close", this.#pidfd);
      this.#pidfd = -1;
    });
    // Nobody has to ask for it.
    this.status.catch(() => {});
  }

  /** The PID of the program, as this process numbers it. */
  get pid(): number {
    return this.#channel.told().pid ?? this.child.pid;
  }

  /** The PID of the program, as its own PID namespace numbers it. */
  get pidInside(): number {
    return this.#channel.told().pidInside ?? this.child.pid;
  }

  /** What went wrong before the program ran, as far as it is told by now. */
  problem(ended: boolean): LaunchError | undefined {
    return problemOf(this.#spec, this.#image, this.#channel, ended);
  }

  /** Waits for the end, and for all that is written to piped streams. */
  async output(): Promise<Deno.CommandOutput> {
    // It ends when the launcher has: `status` knows what that means.
    const [status, output] = await Promise.all([
      this.status,
      this.child.output().catch(() => undefined),
    ]);
    const streams = output ?? { stdout: new Uint8Array(), stderr: new Uint8Array() };
    return {
      success: status.success,
      code: status.code,
      signal: status.signal,
      get stdout(): Uint8Array<ArrayBuffer> {
        return streams.stdout;
      },
      get stderr(): Uint8Array<ArrayBuffer> {
        return streams.stderr;
      },
    };
  }

  /** Stands still until the program runs. @throws {LaunchError} if it never will. */
  awaitProgram(): void {
    const inTime = this.#channel.wait(this.#pidfd, LAUNCH_MS);
    const problem = inTime
      ? this.problem(true)
      : new LaunchError(this.#spec.program, ownFailure("the launch hangs", ETIMEDOUT));
    if (!problem) {
      this.#channel[Symbol.dispose]();
      return;
    }
    if (!inTime) this.kill("SIGKILL");
    this.#abandon();
    throw problem;
  }

  /**
   * Sends a signal to the program. One that asks it to end takes what it leaves along, by SIGKILL,
   * when it has.
   */
  kill(signal: Deno.Signal | number): void {
    const number = signalNumber(signal);
    if (this.#pidfd < 0) throw new TypeError("Child process has already terminated");
    if (!this.#spec.fork) {
      this.#send(number);
      return;
    }
    let order = number;
    const { pid } = this.#channel.told();
    // PID 1 has no default actions: what would end any other program ends this one, too.
    if (pid !== undefined && this.#spec.namespaces.includes("pid") && wouldEnd(pid, number)) {
      order = SIGNALS.SIGKILL;
      this.#meant = number;
    }
    if (asksToEnd(number)) order |= WHOLE_TREE;
    this.#ordered = number;
    this.#send(ORDER, order);
  }

  #send(signal: number, value?: number): void {
    const info = memory(SIGINFO_BYTES);
    const view = new DataView(info.buffer);
    view.setInt32(0, signal, true);
    view.setInt32(8, SI_QUEUE, true);
    view.setInt32(24, value ?? 0, true);
    check(
      syscall("pidfd_send_signal", this.#pidfd, signal, value === undefined ? null : info, 0),
      "pidfd_send_signal",
      `${this.#pidfd}, ${signal}`,
    );
  }

  #meaning(status: Deno.CommandStatus): Deno.CommandStatus {
    return this.#meant !== undefined && status.signal === "SIGKILL"
      ? endBySignal(this.#meant)
      : status;
  }

  /** Lets go of a launch that has failed. */
  #abandon(): void {
    const { child } = this;
    for (
      const close of [
        () => child.stdin.abort(),
        () => child.stdout.cancel(),
        () => child.stderr.cancel(),
      ]
    ) {
      try {
        close().catch(() => {});
      } catch {
        // Not piped.
      }
    }
  }
}
