/** Inode numbers at run time: two namespaces are the same if theirs are. @see namespaces(7) */
import { AT_EMPTY_PATH, AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { STATX_INO, STX } from "../../ffi/abi/statx.ts";
import type { CallOptions, Operand, Sequence } from "../plan.ts";

/** Leaves the inode of a file in slot `result`. A file is a path, or an operand with a descriptor. */
export function inodeOf(
  s: Sequence,
  file: string | Operand,
  result: string,
  note: string,
  options: CallOptions = {},
): void {
  const status = s.buffer("statx", STX.bytes);
  const which = typeof file === "string" ? [AT_FDCWD, file, 0] : [file, "", AT_EMPTY_PATH];
  s.call("statx", [...which, STATX_INO, status], note, options);
  s.compute(result, "load", status, STX.ino);
}
