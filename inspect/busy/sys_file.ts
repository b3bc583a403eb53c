/** Files of the kernel that need not be there, as in /sys. */
import { namesIn } from "../../ffi/dir.ts";
import { SyscallError } from "../../ffi/errors.ts";
import { readText } from "../../ffi/file.ts";

function ifThere<T>(reader: () => T, otherwise: T): T {
  try {
    return reader();
  } catch (error) {
    if (error instanceof SyscallError) return otherwise;
    throw error;
  }
}

/** The text of a file; none where it cannot be read. */
export function textIfThere(path: string): string {
  return ifThere(() => readText(path), "");
}

/** The names in a directory; none where it cannot be read. */
export function namesIfThere(path: string): string[] {
  return ifThere(() => namesIn(path), []);
}
