/** One launch: Deno's child, which is the launcher, and what it tells and takes. */
import { EACCES, errnoName, errnoOf, ESRCH, ETIMEDOUT } from "../ffi/abi/errno.ts";
import { SIGNALS } from "../ffi/abi/signal.ts";
import { check, memory, syscall } from "../ffi/syscall.ts";
import { filtered } from "../launch/hints/causes.ts";
import type { Hint } from "../launch/plan.ts";
import { failureOf } from "../launch/report.ts";
import { complete, type LaunchSpec } from "../launch/spec.ts";
import { ORDER, WHOLE_TREE } from "../launch/steps/supervision.ts";
import { Channel } from "./channel.ts";
import { LaunchError, withPermissions } from "./errors.ts";
import { type Image, imageFor } from "./images.ts";
import { asksToEnd, endBySignal, endsByDefault, leavesToDefault, signalNumber } from "./signals.ts";

/** What Deno does for a launch as for any other child. */
export interface Streams {
  readonly stdin?: "piped" | "inherit" | "null";
  readonly stdout?: "piped" | "inherit" | "null";
  readonly stderr?: "piped" | "inherit" | "null";
}

/** A launch that blocks for longer has hung: on a network file system, a tool that asks for something. */
const LAUNCH_MS = 30_000;

const TERMINATED = "Child process has already terminated";

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
        refusal = explained(spec, error);
        // Where memory may not be executed, some folder may.
        if (!(error instanceof Deno.errors.PermissionDenied)) break;
      }
    }
    channel[Symbol.dispose]();
    throw refusal ?? ownError(spec, "there is no place to run the launcher from", EACCES);
  });
}

/** What has failed, by what is told when there is no more to come. */
function problemOf(spec: LaunchSpec, image: Image, channel: Channel): LaunchError | undefined {
  const { open, failure } = channel.told();
  const known = failure && failureOf(image.plan, failure);
  if (known) return new LaunchError(spec.program!, known);
  if (open) return undefined;
  return ownError(spec, "the launcher could not report (its standard error says why)", 0);
}

/** Whether Deno says that a child was ended by a signal that Deno has no name for. */
function isNameless(error: unknown): boolean {
  return error instanceof TypeError && error.message.startsWith("Invalid signal");
}

function ownError(
  { program }: LaunchSpec,
  message: string,
  errno: number,
  { why, remedy }: Partial<Hint> = {},
): LaunchError {
  const code = errno === 0 ? "" : errnoName(errno);
  return new LaunchError(program!, {
    message,
    status: 1,
    errno,
    code,
    ...(why === undefined ? {} : { why }),
    ...(remedy === undefined ? {} : { remedy }),
  });
}

/** What Deno's refusal to start the launcher means. */
function explained(spec: LaunchSpec, error: unknown): unknown {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  const errno = errnoOf(code);
  return errno === undefined ? error : ownError(spec, "cannot start the launcher", errno);
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
  const problem = problemOf(spec, image, channel);
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
  /** The signal that was sent last. */
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
    this.#pidfd = syscall("pidfd_open", result.pid, 0);
    if (this.#pidfd < 0) {
      const errno = -this.#pidfd;
      try {
        result.kill("SIGKILL");
      } catch (error) {
        // It has ended by itself.
        if (!(error instanceof TypeError)) throw error;
      }
      this.#abandon();
      release();
      channel[Symbol.dispose]();
      throw ownError(spec, "cannot open the launcher's process", errno, filtered("pidfd_open"));
    }
    this.status = result.status.then(
      (status) => this.#meaning(status),
      (error) => {
        // The launcher was ended by an order before it took any.
        if (this.#ordered > 0 && isNameless(error)) return endBySignal(this.#ordered);
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

  /** What went wrong before the program ran, when it runs or never will. */
  get problem(): LaunchError | undefined {
    const problem = problemOf(this.#spec, this.#image, this.#channel);
    // What was ended on order has not failed.
    return problem?.code || this.#ordered === 0 ? problem : undefined;
  }

  /** Waits for the end, and for all that is written to piped streams. */
  async output(): Promise<Deno.CommandOutput> {
    const nothing = { stdout: new Uint8Array(), stderr: new Uint8Array() };
    const [status, streams] = await Promise.all([
      this.status,
      this.child.output().catch((error) => {
        if (this.#ordered > 0 && isNameless(error)) return nothing;
        throw error;
      }),
    ]);
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
    const problem = inTime ? this.problem : ownError(this.#spec, "the launch hangs", ETIMEDOUT);
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
    if (this.#pidfd < 0) throw new TypeError(TERMINATED);
    if (!this.#spec.fork) {
      this.#send(number);
      return;
    }
    let order = number;
    // PID 1 has no default actions: what would end any other program ends this one, too.
    if (this.#spec.namespaces.includes("pid") && this.#isDeadly(number)) {
      order = SIGNALS.SIGKILL;
      this.#meant = number;
    }
    if (asksToEnd(number)) order |= WHOLE_TREE;
    this.#ordered = number;
    // Before the launcher takes orders a signal just ends it. Later it blocks all but those.
    if (!this.#channel.told().over) this.#send(number);
    this.#send(ORDER, order);
  }

  /** Whether the program has nothing to keep this signal from ending it. */
  #isDeadly(signal: number): boolean {
    const { over, pid } = this.#channel.told();
    return endsByDefault(signal) && (!over || pid !== undefined && leavesToDefault(pid, signal));
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

  #meaning(status: Deno.CommandStatus): Deno.CommandStatus {
    if (this.#meant !== undefined && status.signal === "SIGKILL") return endBySignal(this.#meant);
    // A shell that a signal ends wants to die by it; as PID 1 it cannot, and exits with this instead.
    const isShells = this.#ordered > 0 && status.code === 128 + this.#ordered;
    return isShells && this.#spec.namespaces.includes("pid") ? endBySignal(this.#ordered) : status;
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
