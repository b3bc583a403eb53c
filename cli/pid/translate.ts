/** `nido pid --in PID2 N`: translates N from PID2's PID namespace to the caller's, and back. */
import { translatePid } from "../../inspect/translate.ts";

/** A number in two PID namespaces. */
export interface Translation {
  /** The number that was asked for. */
  readonly number: number;
  /** The caller's number of the process that has N there. */
  readonly here: number | undefined;
  /** The number there of the process that has N here. */
  readonly there: number | undefined;
}

/** Translates a number both ways. @throws {SyscallError} as translatePid(). */
export function translate(target: number, number: number): Translation {
  return {
    number,
    here: translatePid(number, { from: target }),
    there: translatePid(number, { to: target }),
  };
}

/** Both translations in words. */
export function translationText({ number, here, there }: Translation, space: string): string {
  const inward = here === undefined ? "" : `PID ${number} in ${space} is PID ${here} here\n`;
  const outward = there === undefined
    ? `PID ${number} here has no number in ${space}\n`
    : `PID ${number} here is PID ${there} in ${space}\n`;
  return inward + outward;
}
