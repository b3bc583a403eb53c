/** `nido pid --in PID2 N`: the process N of PID2's namespace in our numbers, and the other way round. */
import { translatePid } from "../../inspect/translate.ts";

/** A number in two PID namespaces. */
export interface Translation {
  /** The number that was asked for. */
  readonly number: number;
  /** The process that has the number there, as it is numbered here. */
  readonly here: number | undefined;
  /** The process that has the number here, as it is numbered there. */
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

/** Both ways in words; a way that leads nowhere is missing, or said. */
export function translationText({ number, here, there }: Translation, space: string): string {
  const inward = here === undefined ? "" : `PID ${number} in ${space} is PID ${here} here\n`;
  const outward = there === undefined
    ? `PID ${number} here has no number in ${space}\n`
    : `PID ${number} here is PID ${there} in ${space}\n`;
  return inward + outward;
}
