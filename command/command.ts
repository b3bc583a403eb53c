/** Programs in namespaces, started as `Deno.Command` starts programs. */
import type { Arch } from "../ffi/machine/machine.ts";
import { frozenBytes } from "../launch/freeze.ts";
import { commandPlan, type Plan } from "../launch/plan.ts";
import { ChildProcess } from "./child.ts";
import { planOf } from "./images.ts";
import { Launch, launchAlone, launchSync } from "./launch.ts";
import { type CommandOptions, specOf } from "./options.ts";
import { sendQuietly } from "./orders.ts";
import { withPermissions } from "./permissions.ts";
import { type Asked, copied, prepare, type Prepared } from "./prepared.ts";
import type { Streams } from "./streams.ts";

const PIPED_STDIN = "Piped stdin is not supported for this function, use 'Command.spawn()' instead";

/** How {@linkcode Command.freeze} makes a file. */
export interface FreezeOptions {
  /** The processor that it is for. Default: this machine's. */
  readonly arch?: Arch;
}

/**
 * A program to run in namespaces: as `Deno.Command`, with the same methods and options, and in addition
 * the options of unshare(1) and nsenter(1).
 *
 * What runs is the plan of a launch, in a launcher of its own: a process of some 24 KiB that has
 * nothing of Deno, sets the namespaces up, starts the program as its child, and ends as that has
 * ended. With a PID namespace, the program is PID 1.
 *
 * Needs `--allow-ffi` and `--allow-run`, and nothing else; the latter without a list of programs. Where
 * they can be asked for, one yes to each is enough. A program that `--deny-run` names is not run.
 *
 * A launch that fails throws a {@linkcode LaunchError} that says which step failed, on what, with
 * which error, and what mends it. Wrong options throw a {@linkcode SpecError} before anything is
 * started.
 *
 * @example A shell that is PID 1, alone in its /proc, on a host of its own; for any user
 * ```ts
 * import { Command } from "@nido/nido";
 *
 * const { code, stdout } = await new Command("sh", {
 *   args: ["-c", "echo $$; hostname; set -- /proc/[0-9]*; echo $#; exit 6"],
 *   namespaces: ["user", "pid", "mnt", "uts"],
 *   mapRootUser: true,
 *   mountProc: true,
 *   hostname: "nest",
 * }).output();
 * const said = new TextDecoder().decode(stdout);
 * if (code !== 6 || said !== "1\nnest\n1\n") throw new Error(`Cannot be: ${code} ${said}`);
 * ```
 */
export class Command {
  readonly #asked: Asked;
  #ready: Prepared | undefined;

  /**
   * Starts nothing yet. Options are copied here; the methods throw if they are wrong.
   *
   * @param command The program: a path, or a name to be searched in the PATH that it will have.
   * @param options How it is to run. Only own properties count.
   */
  constructor(command: string | URL, options: CommandOptions = {}) {
    this.#asked = copied(command, options);
  }

  /**
   * Runs the program to its end, and gives its status and all that it wrote. If `stdout` or `stderr`
   * is not piped (both are by default), its getter throws a TypeError. This call does not wait for the
   * launch: of one that fails the promise tells, which rejects with a {@linkcode LaunchError}.
   *
   * @throws {SpecError} if the options are wrong.
   * @throws {Deno.errors.NotCapable} without `--allow-ffi` or `--allow-run`, or if `--deny-run` names it.
   * @throws {TypeError} if stdin is piped.
   *
   * @example
   * ```ts
   * import { Command } from "@nido/nido";
   *
   * const { success, stdout } = await new Command("id", { args: ["-u"], mapRootUser: true }).output();
   * console.log(success, new TextDecoder().decode(stdout)); // true 0
   * ```
   */
  output(): Promise<Deno.CommandOutput> {
    const { stdin = "null", stdout = "piped", stderr = "piped", signal } = this.#asked.options;
    if (stdin === "piped") throw new TypeError(PIPED_STDIN);
    const streams = { stdin, stdout, stderr };
    const prepared = withPermissions(() => this.#prepared);
    try {
      return signal ? this.#start(streams).output() : launchAlone(prepared, streams);
    } catch (error) {
      if (error instanceof Deno.errors.NotCapable) throw error;
      return Promise.reject(error);
    }
  }

  /**
   * Runs the program to its end, and blocks meanwhile. `signal` has no effect.
   *
   * @throws {LaunchError} if it could not be run.
   * @throws as {@linkcode Command.output}.
   *
   * @example
   * ```ts
   * import { Command } from "@nido/nido";
   *
   * const { stdout } = new Command("hostname", { mapRootUser: true, hostname: "nest" }).outputSync();
   * console.log(new TextDecoder().decode(stdout)); // nest
   * ```
   */
  outputSync(): Deno.CommandOutput {
    const { stdin = "null", stdout = "piped", stderr = "piped" } = this.#asked.options;
    if (stdin === "piped") throw new TypeError(PIPED_STDIN);
    return launchSync(this.#prepared, { stdin, stdout, stderr });
  }

  /**
   * Starts the program, and returns when it runs. The call blocks for as long as the launch takes, about a
   * millisecond; after 30 seconds it fails with ETIMEDOUT.
   *
   * @throws {LaunchError} if it could not be run.
   * @throws as {@linkcode Command.output}.
   *
   * @example
   * ```ts
   * import { Command } from "@nido/nido";
   *
   * const child = new Command("sleep", { args: ["60"], namespaces: ["pid"], mapRootUser: true }).spawn();
   * child.kill();
   * console.log(await child.status); // { success: false, code: 143, signal: "SIGTERM" }
   * ```
   */
  spawn(): ChildProcess {
    const { stdin = "inherit", stdout = "inherit", stderr = "inherit" } = this.#asked.options;
    const { detached = false } = this.#asked.options;
    const launch = this.#start({ stdin, stdout, stderr, detached });
    launch.awaitProgram();
    return new ChildProcess(launch);
  }

  /**
   * The plan of the launch. Printed, it is what the other methods run, including the steps by which
   * the launcher reports to them and takes orders. {@linkcode clone} and {@linkcode freeze} leave
   * those out: what they start stands alone.
   *
   * @throws {SpecError} if the options are wrong.
   *
   * @example
   * ```ts
   * import { Command, planText } from "@nido/nido";
   *
   * console.log(planText(new Command("sh", { namespaces: ["pid"], mapRootUser: true }).plan()));
   * ```
   */
  plan(): Plan {
    return withPermissions(() => {
      const { spec } = this.#prepared;
      return commandPlan(spec, planOf(spec));
    });
  }

  /**
   * The launch as a static ELF executable that does the same without Deno, whoever starts it.
   * Arguments that it is given are the program's too, behind `args`. It reports failures on standard
   * error.
   *
   * @param options For which processor it is: by default this machine's.
   * @throws {TypeError} for an unknown processor.
   * @throws {SpecError} if the options are wrong.
   *
   * @example
   * ```ts
   * import { Command } from "@nido/nido";
   *
   * const image = new Command("sh", { namespaces: ["pid"], mapRootUser: true }).freeze();
   * const path = await Deno.makeTempFile();
   * await Deno.writeFile(path, image, { mode: 0o755 });
   * console.log(await new Deno.Command(path, { stdin: "null" }).output());
   * await Deno.remove(path);
   * ```
   */
  freeze({ arch = Deno.build.arch }: FreezeOptions = {}): Uint8Array<ArrayBuffer> {
    const { command, options } = this.#asked;
    return withPermissions(() => frozenBytes(specOf(command, options), arch));
  }

  /** @throws {SpecError} if the options are wrong. */
  get #prepared(): Prepared {
    return this.#ready ??= prepare(this.#asked);
  }

  /** Starts the launcher, and lets the signal of the options end it. */
  #start(streams: Streams): Launch {
    const launch = new Launch(withPermissions(() => this.#prepared), streams);
    const { signal } = this.#asked.options;
    if (!signal) return launch;
    const abort = (): void => sendQuietly(() => launch.kill("SIGTERM"));
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    launch.status.finally(() => signal.removeEventListener("abort", abort)).catch(() => {});
    return launch;
  }
}
