/** Inode numbers: two namespaces are the same if theirs are. @see namespaces(7) */
import { AT_EMPTY_PATH, AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { STATX_INO } from "../../ffi/abi/statx.ts";
import type { Builder } from "../../engine/builder.ts";
import type { CallWords } from "../../engine/builder/calls.ts";
import { scratch } from "../../engine/struct.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { STATX } from "../structs.ts";

/** The inode number of a file, by its path. */
export const inodeAt = (s: Builder, path: Value, note: string, words: CallWords): Variable =>
  inode(s, [AT_FDCWD, path, 0], note, words);

/** The same by a descriptor. */
export const inodeOf = (s: Builder, fd: Variable, note: string, words: CallWords): Variable =>
  inode(s, [fd, "", AT_EMPTY_PATH], note, words);

function inode(s: Builder, which: readonly Value[], note: string, words: CallWords): Variable {
  const status = scratch(s, "statx", STATX);
  s.call("statx", [...which, STATX_INO, status.at], note, words);
  return s.variable("inode", status.get("ino"));
}
