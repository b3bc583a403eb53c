/** Directories, symbolic links and stat, by system calls. */
import { AT_EMPTY_PATH, AT_FDCWD, AT_SYMLINK_NOFOLLOW, O_CLOEXEC, O_RDONLY } from "./abi/fcntl.ts";
import { STATX_BASIC_STATS, STX } from "./abi/statx.ts";
import { decode } from "./bytes.ts";
import { close, getdents64, openat, readlinkat } from "./fast_calls.ts";
import { check, cString, memory, syscall } from "./syscall.ts";

/** What statx(2) tells of a file. */
export interface Stat {
  readonly ino: number;
  /** major * 2^20 + minor: as good as st_dev to compare. */
  readonly dev: number;
  /** Type and permissions. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly nlink: number;
}

const PATH_MAX = 4096;
const target = memory(PATH_MAX);
const entries = memory(32768);
const entriesView = new DataView(entries.buffer);

/** @throws {SyscallError} of openat(2). */
export function openDirectory(path: string, dirfd: number = AT_FDCWD): number {
  return check(openat(dirfd, cString(path), O_RDONLY | O_CLOEXEC), "openat", path);
}

/** Offsets in struct linux_dirent64: d_ino 0, d_off 8, d_reclen 16, d_type 18, d_name 19. */
const D_RECLEN = 16;
const D_NAME = 19;

/**
 * The names in a directory, in its order, without `.` and `..`. Reads it once from where the
 * descriptor is at.
 *
 * @throws {SyscallError} of getdents64(2); ENOENT when a process has ended whose directory it is.
 */
function names(fd: number): string[] {
  const list: string[] = [];
  eachName(fd, (start) => {
    const name = decode(entries.subarray(start, entries.indexOf(0, start)));
    if (name !== "." && name !== "..") list.push(name);
  });
  return list;
}

/** The numbers among the names in a directory, in its order. As {@linkcode names}. @throws {SyscallError} */
export function numbers(fd: number): number[] {
  const list: number[] = [];
  eachName(fd, (start) => {
    let number = 0;
    for (let at = start; entries[at] !== 0; at++) {
      const digit = entries[at]! - 0x30;
      if (digit < 0 || digit > 9) return;
      number = 10 * number + digit;
    }
    list.push(number);
  });
  return list;
}

/** Calls `use` with the offset of each name in `entries`. `use` must not read another directory. */
function eachName(fd: number, use: (start: number) => void): void {
  while (true) {
    const length = check(getdents64(fd, entries), "getdents64", String(fd));
    if (length === 0) return;
    for (let at = 0; at < length; at += entriesView.getUint16(at + D_RECLEN, true)) {
      use(at + D_NAME);
    }
  }
}

/** The names in the directory of this path. @throws {SyscallError} */
export function namesIn(path: string, dirfd: number = AT_FDCWD): string[] {
  const fd = openDirectory(path, dirfd);
  try {
    return names(fd);
  } finally {
    close(fd);
  }
}

/** Where a symbolic link points. @throws {SyscallError} of readlinkat(2). */
export function readLink(path: string, dirfd: number = AT_FDCWD): string {
  return decode(
    target.subarray(0, check(readlinkat(dirfd, cString(path), target), "readlinkat", path)),
  );
}

/**
 * The status of a file, or of a descriptor where the path is empty. Links are followed.
 *
 * @throws {SyscallError} of statx(2).
 */
export function stat(path: string, dirfd: number = AT_FDCWD, flags: number = AT_EMPTY_PATH): Stat {
  const buffer = memory(STX.bytes);
  const result = syscall("statx", dirfd, cString(path), flags, STATX_BASIC_STATS, buffer);
  check(result, "statx", path || String(dirfd));
  const view = new DataView(buffer.buffer);
  return {
    ino: Number(view.getBigUint64(STX.ino, true)),
    dev: view.getUint32(STX.dev_major, true) * 2 ** 20 + view.getUint32(STX.dev_minor, true),
    mode: view.getUint16(STX.mode, true),
    uid: view.getUint32(STX.uid, true),
    gid: view.getUint32(STX.gid, true),
    nlink: view.getUint32(STX.nlink, true),
  };
}

/** The status of a file; of a link itself, not of where it points. @throws {SyscallError} */
export function lstat(path: string, dirfd: number = AT_FDCWD): Stat {
  return stat(path, dirfd, AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW);
}
