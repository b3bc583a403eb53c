/** One launch: the launcher, which is a child of Deno, with its reports and orders. */
import { EACCES, ETIMEDOUT } from "../ffi/abi/errno.ts";
import { pidfdOpen } from "../ffi/pidfd.ts";
import { filtered } from "../launch/causes.ts";
import { explanation } from "../engine/report.ts";
import { SPEC_WORDS } from "../launch/spec_words.ts";
import { Channel, readable } from "./channel.ts";
import type { LaunchError } from "./errors.ts";
import { explained, ownError, problemOf } from "./failures.ts";
import { imageFor } from "./images.ts";
import { Orders } from "./orders.ts";
import { askToRun, withPermissions } from "./permissions.ts";
import type { Prepared } from "./prepared.ts";
import { requestBytes } from "./request.ts";
import { endBySignal } from "./signals.ts";
import { outputOf, pipedStream, type Streams } from "./streams.ts";

/** A launch that takes longer hangs: on a network file system, or in a tool that waits for input. */
const LAUNCH_MS = 30_000;

/** How long to wait for the end of a launcher that has reported a failure. */
const END_MS = 1000;

/** Prepares the launcher of a spec, and starts it by `use`. */
function withLauncher<T>(
  { spec, shape, texts, lists }: Prepared,
  streams: Streams,
  use: (command: Deno.Command) => T,
  open: (request: Uint8Array<ArrayBuffer>) => Channel = (request) => new Channel(request),
): { readonly channel: Channel; readonly result: T; release(): void } {
  return withPermissions(() => {
    const image = imageFor(shape);
    askToRun(spec);
    const channel = open(requestBytes(texts, lists));
    let refusal: unknown;
    for (const { fd, release } of image.files()) {
      try {
        const command = new Deno.Command(`/proc/self/fd/${fd}`, {
          ...streams,
          args: [...channel.paths],
        });
        return { channel, result: use(command), release };
      } catch (error) {
        release();
        refusal = explained(spec, error);
        // Where files in memory may not be executed, those in some folder may.
        if (!(error instanceof Deno.errors.PermissionDenied)) break;
      }
    }
    channel[Symbol.dispose]();
    throw refusal ?? ownError(spec, "there is no place to run the launcher from", EACCES);
  });
}

/** Whether this is Deno's error for a child that was ended by a signal without a name. */
function isNameless(error: unknown): boolean {
  return error instanceof TypeError && error.message.startsWith("Invalid signal");
}

/** Runs a program to its end, and blocks meanwhile. @throws {LaunchError} */
export function launchSync(prepared: Prepared, streams: Streams): Deno.CommandOutput {
  const { channel, result, release } = withLauncher(
    prepared,
    streams,
    (command) => command.outputSync(),
  );
  release();
  channel[Symbol.dispose]();
  const problem = problemOf(prepared, channel.told());
  if (problem) throw problem;
  return result;
}

/**
 * Runs a program to its end, without a way to send it signals: what takes orders is made for nobody.
 *
 * @throws {LaunchError}, and Deno.errors.NotCapable at once.
 */
export function launchAlone(prepared: Prepared, streams: Streams): Promise<Deno.CommandOutput> {
  const { channel, result, release } = withLauncher(
    prepared,
    streams,
    (command) => command.spawn(),
    Channel.take,
  );
  let problem: LaunchError | undefined;
  let isWhole = false;
  const status = result.status.then((status) => {
    // Who was killed may leave a process behind that still reports.
    isWhole = status.signal === null;
    return status;
  }).finally(() => {
    release();
    problem = problemOf(prepared, channel.end(isWhole));
  });
  return outputOf(result, status).then((output) => {
    if (problem) throw problem;
    return output;
  });
}

/** A launch under way. */
export class Launch {
  /** The launcher. */
  readonly child: Deno.ChildProcess;
  /** How the program has ended, when it has. */
  readonly status: Promise<Deno.CommandStatus>;
  readonly #prepared: Prepared;
  readonly #channel: Channel;
  readonly #orders: Orders;

  /** @throws {Deno.errors.NotCapable} without a permission, saying which. */
  constructor(prepared: Prepared, streams: Streams) {
    const { channel, result, release } = withLauncher(
      prepared,
      streams,
      (command) => command.spawn(),
    );
    [this.#prepared, this.#channel] = [prepared, channel];
    const { spec } = prepared;
    this.child = result;
    // Only this process waits for it, so the PID is still the launcher's, even if it is dead.
    const pidfd = pidfdOpen(result.pid);
    if (pidfd < 0) {
      try {
        result.kill("SIGKILL");
      } catch (error) {
        // It has ended by itself.
        if (!(error instanceof TypeError)) throw error;
      }
      this.#abandon();
      release();
      channel[Symbol.dispose]();
      throw ownError(
        spec,
        "cannot open the launcher's process",
        -pidfd,
        explanation(filtered("pidfd_open"), SPEC_WORDS),
      );
    }
    const orders = this.#orders = new Orders(spec, channel, pidfd);
    this.status = result.status.then(
      (status) => orders.meaning(status),
      (error) => {
        // The order came before the launcher could take orders, and ended it.
        if (orders.last > 0 && isNameless(error)) return endBySignal(orders.last);
        throw error;
      },
    ).finally(() => {
      release();
      channel[Symbol.dispose]();
      orders[Symbol.dispose]();
    });
    // Without this, a rejection that nobody awaits would end Deno.
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

  /**
   * Waits for the end, and for all that is written to piped streams.
   *
   * @throws {TypeError} if one is being read.
   * @throws {LaunchError} if the program never ran.
   */
  async output(): Promise<Deno.CommandOutput> {
    const { child } = this;
    for (const name of ["stdout", "stderr"] as const) {
      if (!pipedStream(child, name)?.locked) continue;
      throw new TypeError(`Cannot collect output: '${name}' is locked`);
    }
    const output = await outputOf(child, this.status);
    const problem = this.#problem;
    if (problem) throw problem;
    return output;
  }

  /** Blocks until the program runs. @throws {LaunchError} if it never will. */
  awaitProgram(): void {
    const inTime = this.#channel.wait(this.#orders.pidfd, LAUNCH_MS);
    const problem = inTime
      ? this.#problem
      : ownError(this.#prepared.spec, "the launch hangs", ETIMEDOUT);
    if (!problem) {
      this.#channel[Symbol.dispose]();
      return;
    }
    if (!inTime) this.kill("SIGKILL");
    // It is about to end: wait, so that no process is left when this throws.
    readable([this.#orders.pidfd], END_MS);
    this.#abandon();
    throw problem;
  }

  /** As {@linkcode Orders.kill}. */
  kill(signal: Deno.Signal | number): void {
    this.#orders.kill(signal);
  }

  /** What went wrong before the program ran. */
  get #problem(): LaunchError | undefined {
    const problem = problemOf(this.#prepared, this.#channel.told());
    // A launch that an order ended has not failed.
    return problem?.code || this.#orders.last === 0 ? problem : undefined;
  }

  /** Closes the streams of a launch that has failed. */
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
