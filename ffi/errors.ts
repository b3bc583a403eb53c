/** Errors of system calls. */
import { errnoName, errnoText } from "./abi/errno.ts";

/**
 * A system call that the kernel refused.
 *
 * @example
 * ```ts
 * import { CLONE_NEWUSER, SyscallError, unshare } from "@nido/nido";
 *
 * try {
 *   unshare(CLONE_NEWUSER);
 * } catch (error) {
 *   if (!(error instanceof SyscallError)) throw error;
 *   // unshare EINVAL CLONE_NEWUSER: Deno has several threads
 *   console.log(error.syscall, error.code, error.args);
 * }
 * ```
 */
export class SyscallError extends Error {
  /** "SyscallError". */
  override readonly name = "SyscallError";
  /** The call's name, as in syscalls(2). */
  readonly syscall: string;
  /** The error number, positive as in errno(3). */
  readonly errno: number;
  /** What it was called with, decoded: "CLONE_NEWUSER|CLONE_NEWPID". */
  readonly args: string;
  /** The error's name, as in errno(3): "EPERM". */
  readonly code: string;

  /**
   * An error of a system call.
   *
   * @param syscall Its name, as in syscalls(2).
   * @param errno The error number, positive as in errno(3).
   * @param args What it was called with, decoded: "CLONE_NEWUSER|CLONE_NEWPID".
   */
  constructor(syscall: string, errno: number, args: string) {
    super(`Cannot ${syscall}(${args}): ${errnoText(errno)} (${errnoName(errno)})`);
    [this.syscall, this.errno, this.args] = [syscall, errno, args];
    this.code = errnoName(errno);
  }
}
