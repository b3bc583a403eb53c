/** A program that a command has started. */
import type { Launch } from "./launch.ts";

/**
 * A program that {@linkcode Command.spawn} has started: as `Deno.ChildProcess`, with `pidInside` in
 * addition.
 *
 * @example
 * ```ts
 * import { Command } from "@nido/nido";
 *
 * const options = { namespaces: ["pid"], mapRootUser: true, stdin: "piped", stdout: "piped" } as const;
 * await using child = new Command("cat", options).spawn();
 * const writer = child.stdin.getWriter();
 * await writer.write(new TextEncoder().encode("hello"));
 * await writer.close();
 * console.log(child.pid, child.pidInside, await child.stdout.text()); // 4126 1 hello
 * ```
 */
export class ChildProcess implements AsyncDisposable {
  /** The PID of the program itself, not of its launcher, in this process's PID namespace. */
  readonly pid: number;
  /** The PID of the program in its own PID namespace: 1 in a new one. */
  readonly pidInside: number;
  /**
   * How the program has ended, when it has. `code` is 128 plus the signal's number if a signal ended
   * it; `signal` is null if that is a real-time signal, which has no name.
   */
  readonly status: Promise<Deno.CommandStatus>;
  readonly #launch: Launch;

  /** Only {@linkcode Command.spawn} makes these. */
  constructor(launch: Launch) {
    this.pid = launch.pid;
    this.pidInside = launch.pidInside;
    this.status = launch.status;
    this.#launch = launch;
  }

  /**
   * The program's standard input.
   *
   * @throws {TypeError} unless it is piped.
   */
  get stdin(): WritableStream<Uint8Array> {
    return this.#launch.child.stdin;
  }

  /**
   * The program's standard output.
   *
   * @throws {TypeError} unless it is piped.
   */
  get stdout(): Deno.ChildProcess["stdout"] {
    return this.#launch.child.stdout;
  }

  /**
   * The program's standard error.
   *
   * @throws {TypeError} unless it is piped.
   */
  get stderr(): Deno.ChildProcess["stderr"] {
    return this.#launch.child.stderr;
  }

  /**
   * Waits for the end, and gives all that was written to piped standard output and error.
   *
   * @throws {TypeError} if one of them is being read already.
   */
  async output(): Promise<Deno.CommandOutput> {
    return await this.#launch.output();
  }

  /**
   * Sends a signal to the program.
   *
   * A signal that asks for an end (SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGABRT, SIGKILL) is for the whole
   * tree: when the program has ended, however long that takes, all processes that it leaves behind are
   * killed by SIGKILL, daemons included. In a new PID namespace the kernel does that in any case. Spared
   * are processes of a user that the launcher may not signal, and those that have moved to a PID
   * namespace that the launch did not make.
   *
   * The kernel drops signals for which a PID 1 has no handler. Here those that would end any other
   * program end a PID 1 too, as soon as it does not block them; its status then has that signal. Signals
   * that it handles, waits for or reads from a signalfd(2) are left to it.
   *
   * @param signo A name, or a number from 0 to 64. 0 sends nothing.
   * @throws {TypeError} if the program has ended, or there is no such signal.
   * @throws {SyscallError} EPERM with `fork: false`, where the program has become another user.
   * @see signal(7), pidfd_send_signal(2)
   */
  kill(signo: Deno.Signal | number = "SIGTERM"): void {
    this.#launch.kill(signo);
  }

  /** Keeps the event loop alive until the program exits (default). */
  ref(): void {
    this.#launch.child.ref();
  }

  /** Lets the event loop end while the program still runs. */
  unref(): void {
    this.#launch.child.unref();
  }

  /** Ends the program by SIGTERM, unless it has ended, and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.#launch.kill("SIGTERM");
    } catch {
      // It has ended.
    }
    await this.status;
  }
}
