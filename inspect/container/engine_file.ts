/**
 * Files that engines leave on the host. What a user has, or what is in a container, may be anything: a link to
 * elsewhere, a FIFO, a file without end.
 */
import {
  AT_FDCWD,
  O_CLOEXEC,
  O_NONBLOCK,
  O_PATH,
  O_RDONLY,
  RESOLVE_BENEATH,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
} from "../../ffi/abi/fcntl.ts";
import { S_IFMT, S_IFREG } from "../../ffi/abi/stat.ts";
import { concat, decode } from "../../ffi/bytes.ts";
import { namesIn, stat } from "../../ffi/dir.ts";
import { SyscallError } from "../../ffi/errors.ts";
import { close, openat, read } from "../../ffi/fast_calls.ts";
import { cString, memory, syscall } from "../../ffi/syscall.ts";

/** More than any of these files has; a `containers.json` has some 500 bytes for each container. */
const MOST_BYTES = 4 << 20;

/** struct open_how: flags, mode and resolve, 64 bits each. @see openat2(2) */
function openHow(flags: number, resolve: number): Uint8Array<ArrayBuffer> {
  const how = memory(24);
  const view = new DataView(how.buffer);
  view.setBigUint64(0, BigInt(flags), true);
  view.setBigUint64(16, BigInt(resolve), true);
  return how;
}

/** The text of a regular file; undefined where it is none, another's or too large. Closes it. */
function textOf(fd: number, owner: number): string | undefined {
  if (fd < 0) return undefined;
  try {
    const { mode, uid } = stat("", fd);
    if ((mode & S_IFMT) !== S_IFREG || uid !== owner) return undefined;
    const pieces: Uint8Array[] = [];
    const buffer = memory(65536);
    for (let length = 0; length <= MOST_BYTES;) {
      const got = read(fd, buffer);
      if (got < 0) return undefined;
      if (got === 0) return decode(concat(...pieces));
      pieces.push(buffer.slice(0, got));
      length += got;
    }
    return undefined;
  } catch (error) {
    if (error instanceof SyscallError) return undefined;
    throw error;
  } finally {
    close(fd);
  }
}

/** The text of root's file; undefined where there is none to be read. Root alone can write to its folders. */
export function readRootFile(path: string): string | undefined {
  return textOf(openat(AT_FDCWD, cString(path), O_RDONLY | O_NONBLOCK | O_CLOEXEC), 0);
}

/** The names in root's folder; none where it cannot be read. */
export function namesInRoot(path: string): string[] {
  try {
    return namesIn(path);
  } catch (error) {
    if (error instanceof SyscallError) return [];
    throw error;
  }
}

/**
 * The text of a file in a folder that its owner rules. No link is followed, and nothing but a regular file of
 * the owner is read. Before Linux 5.6 none is.
 *
 * @param isOneFileSystem Whether mounts below the folder are not entered: a user's own may never answer.
 */
export function readUserFile(
  folder: string,
  path: string,
  owner: number,
  isOneFileSystem: boolean,
): string | undefined {
  const dirfd = openat(AT_FDCWD, cString(folder), O_PATH | O_CLOEXEC);
  if (dirfd < 0) return undefined;
  try {
    const resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS |
      (isOneFileSystem ? RESOLVE_NO_XDEV : 0);
    const how = openHow(O_RDONLY | O_NONBLOCK | O_CLOEXEC, resolve);
    return textOf(syscall("openat2", dirfd, cString(path), how, how.length), owner);
  } finally {
    close(dirfd);
  }
}
