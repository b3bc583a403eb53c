/** Files by system calls: Deno's own functions ask for --allow-all where a file is in /proc. */
import { AT_FDCWD, O_CLOEXEC, O_RDONLY } from "./abi/fcntl.ts";
import { wellFormed } from "./bytes.ts";
import { check, cString, memory, syscall } from "./syscall.ts";

const CHUNK_BYTES = 16384;

/**
 * All bytes of a file, whatever its size seems to be.
 *
 * @throws {SyscallError} of openat(2) or read(2).
 */
export function readFile(path: string | Uint8Array, dirfd = AT_FDCWD): Uint8Array<ArrayBuffer> {
  const shown = wellFormed(path);
  const fd = check(
    syscall("openat", dirfd, cString(path), O_RDONLY | O_CLOEXEC, 0),
    "openat",
    shown,
  );
  try {
    let content = memory(CHUNK_BYTES);
    let length = 0;
    while (true) {
      const room = content.subarray(length);
      const got = check(syscall("read", fd, room, room.length), "read", shown);
      if (got === 0) return content.slice(0, length);
      length += got;
      if (length === content.length) {
        const larger = memory(4 * length);
        larger.set(content);
        content = larger;
      }
    }
  } finally {
    syscall("close", fd);
  }
}

/** The text of a file. @throws {SyscallError} of openat(2) or read(2). */
export function readText(path: string | Uint8Array, dirfd = AT_FDCWD): string {
  return wellFormed(readFile(path, dirfd));
}
