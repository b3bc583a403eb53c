/** Inode numbers: two namespaces are the same if theirs are. @see namespaces(7) */
import { AT_EMPTY_PATH, AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { STATX_INO } from "../../ffi/abi/statx.ts";
import type { Builder, CallWords } from "../../engine/builder.ts";
import { struct } from "../../engine/struct.ts";
import type { Variable } from "../../engine/value.ts";
import { STATX } from "../structs.ts";

/** The inode number of a file: of a path, or of a descriptor. */
export function inodeOf(
  s: Builder,
  file: string | Variable,
  note: string,
  words: CallWords,
): Variable {
  const status = struct(s, "statx", STATX);
  const which = typeof file === "string" ? [AT_FDCWD, file, 0] : [file, "", AT_EMPTY_PATH];
  s.call("statx", [...which, STATX_INO, status.at], note, words);
  return s.variable("inode", status.get("ino"));
}
