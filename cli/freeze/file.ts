/** Writes and reads the files of `nido freeze`. */
import { AT_FDCWD, O_CLOEXEC, O_NONBLOCK, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { stat } from "../../ffi/dir.ts";
import { check, cString, memory, syscall } from "../../ffi/syscall.ts";
import { UsageError } from "../getopt.ts";
import { otherKind, reason, writeNewFile } from "../new_file.ts";
import { write } from "../output.ts";

/** A limit above any frozen program, since arguments and environment are limited. */
const MOST_BYTES = 8 << 20;

/**
 * Writes a program, or replaces one.
 *
 * @param path `-` is standard output.
 * @throws {UsageError}
 */
export function writeProgram(path: string, bytes: Uint8Array<ArrayBuffer>): void {
  if (path !== "-") return writeNewFile(path, bytes, 0o755);
  if (Deno.stdout.isTerminal()) {
    throw new UsageError("a program is nothing for a terminal: redirect it, or -o FILE");
  }
  write(bytes);
}

/**
 * Reads a program that may be frozen.
 *
 * @throws {UsageError}
 */
export function readFrozen(path: string): Uint8Array<ArrayBuffer> {
  const cannot = (why: string) => new UsageError(`cannot read ${path}: ${why}`);
  let fd = -1;
  try {
    // Do not block on a pipe without a writer. Check the open descriptor, not the path.
    const flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
    fd = check(syscall("openat", AT_FDCWD, cString(path), flags, 0), "openat", path);
    // A device or a pipe may have no end.
    const why = otherKind(stat("", fd).mode);
    if (why !== undefined) throw cannot(why);
    const content = memory(MOST_BYTES + 1);
    let length = 0;
    while (length < content.length) {
      const room = content.subarray(length);
      const got = check(syscall("read", fd, room, room.length), "read", path);
      if (got === 0) return content.slice(0, length);
      length += got;
    }
    throw cannot("it is too large to be what nido freeze has written");
  } catch (error) {
    throw error instanceof UsageError ? error : cannot(reason(error));
  } finally {
    if (fd >= 0) syscall("close", fd);
  }
}
