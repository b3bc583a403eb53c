/** Files by system calls: Deno's own functions ask for --allow-all where a file is in /proc. */
import { EFBIG } from "./abi/errno.ts";
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "./abi/fcntl.ts";
import { concat, wellFormed } from "./bytes.ts";
import { SyscallError } from "./errors.ts";
import { check, cString, memory, syscall } from "./syscall.ts";

const CHUNK_BYTES = 16384;

/** A limit above the size of any file that is read here, against hostile ones. */
const MOST_BYTES = 16 << 20;

/**
 * All bytes of a file, whatever size stat(2) reports.
 *
 * @throws {SyscallError} of openat(2) or read(2); EFBIG where it has more than 16 MiB.
 */
export function readFile(
  path: string | Uint8Array,
  dirfd: number = AT_FDCWD,
): Uint8Array<ArrayBuffer> {
  const shown = wellFormed(path);
  const fd = check(
    syscall("openat", dirfd, cString(path), O_RDONLY | O_CLOEXEC, 0),
    "openat",
    shown,
  );
  return readDescriptor(fd, shown);
}

/** All bytes that a descriptor gives. It is closed then. @throws {SyscallError} as {@linkcode readFile} does. */
export function readDescriptor(fd: number, shown = `descriptor ${fd}`): Uint8Array<ArrayBuffer> {
  try {
    const chunk = memory(CHUNK_BYTES);
    const pieces: Uint8Array[] = [];
    for (let length = 0; length <= MOST_BYTES;) {
      const got = check(syscall("read", fd, chunk, chunk.length), "read", shown);
      if (got === 0) return concat(...pieces);
      pieces.push(chunk.slice(0, got));
      length += got;
    }
    throw new SyscallError("read", EFBIG, shown);
  } finally {
    syscall("close", fd);
  }
}

/** The text of a file. @throws {SyscallError} of openat(2) or read(2). */
export function readText(path: string | Uint8Array, dirfd: number = AT_FDCWD): string {
  return wellFormed(readFile(path, dirfd));
}
