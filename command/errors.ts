/** Errors of commands. */
import { errnoText } from "../ffi/abi/errno.ts";
import { quote } from "../ffi/abi/text.ts";
import { type Bytes, display, encode } from "../ffi/bytes.ts";
import type { FailureReport } from "../engine/report.ts";

/**
 * A launch that failed before its program ran: its message has the step that failed, on what, with
 * which error, and why, as far as that could be seen.
 *
 * `Deno.Command` throws `Deno.errors.NotFound`, `Deno.errors.PermissionDenied` and others, each with
 * the `code` that this has, too: `error.code === "ENOENT"` is true for both.
 *
 * @example
 * ```ts
 * import { Command, LaunchError } from "@nido/nido";
 *
 * try {
 *   await new Command("/no/such/program").output();
 * } catch (error) {
 *   if (!(error instanceof LaunchError)) throw error;
 *   console.log(error.code, error.path); // ENOENT /no/such/program
 * }
 * ```
 */
export class LaunchError extends Error {
  /** "LaunchError". */
  override readonly name = "LaunchError";
  /** The step as strace(1) shows it: `unshare(CLONE_NEWPID)`. */
  readonly step: string;
  /** The system call of that step: "unshare". Empty where a helper program failed. */
  readonly syscall: string;
  /** The error number, positive as in errno(3); 0 where a helper program failed. */
  readonly errno: number;
  /** The error's name: "EPERM". Empty where a helper program failed. */
  readonly code: string;
  /** What the step worked on; undefined where that is no file. */
  readonly path: string | undefined;
  /** The likeliest cause, found by looking; undefined where none was seen. */
  readonly why: string | undefined;
  /** The one command or change that mends it; undefined where none is known. */
  readonly remedy: string | undefined;
  /** The exit status that the launcher had: 127 no such program, 126 not executable, 1 anything else. */
  readonly exitStatus: number;

  /**
   * Made by {@linkcode Command}.
   *
   * @param program What was to be launched.
   * @param failure What failed.
   */
  constructor(program: Bytes, failure: FailureReport) {
    const { message, errno, code, status, syscall = "", path, why, remedy } = failure;
    const step = failure.step ??
      (syscall && path !== undefined ? `${syscall}(${quote(encode(path))})` : message);
    super(
      `Cannot launch ${display(program)}: ${message}` +
        (code ? `: ${errnoText(errno)} (${code})` : "") +
        `\n  step: ${step}` +
        (why === undefined ? "" : `\n  why:  ${why}`) +
        (remedy === undefined ? "" : `\n  try:  ${remedy}`),
    );
    this.step = step;
    this.syscall = syscall;
    this.errno = errno;
    this.code = code;
    this.path = path;
    this.why = why;
    this.remedy = remedy;
    this.exitStatus = status;
  }
}
