/**
 * Thin readers of /proc. Paths are relative to it: `1/status`. All throw SyscallError: ENOENT, ESRCH or
 * EINVAL if the process has ended, EACCES if the caller may not look.
 */
import { EACCES, EPERM } from "../ffi/abi/errno.ts";
import { AT_FDCWD, O_CLOEXEC, O_PATH, O_RDONLY, SEEK_SET } from "../ffi/abi/fcntl.ts";
import { concat, decode } from "../ffi/bytes.ts";
import { numbers } from "../ffi/dir.ts";
import { close, openat, read, readlinkat } from "../ffi/fast_calls.ts";
import { SyscallError } from "../ffi/errors.ts";
import { check, cString, memory, syscall } from "../ffi/syscall.ts";

type Memory = Uint8Array<ArrayBuffer>;

const PROC = "/proc/";
/** A buffer for paths, which starts with PROC. */
const path = cString(PROC + "\0".repeat(4096));
const target = memory(4096);
const buffer = memory(16384);
/** A buffer for lines. The longest line has two escaped paths of PATH_MAX, and a page of options. */
const lines = memory(65536);
const NEWLINE = 0x0a;

/** A limit for files that are read whole: a status with all 65536 groups has 0.7 MB. */
const MOST_BYTES = 1 << 20;

/** Command lines are read up to this: a process can have one of hundreds of MB. @see PR_SET_MM_MAP in prctl(2) */
export const SHOWN_BYTES = 0x20000;

/** The path as a C string; those of /proc are ASCII. */
function pathOf(relative: string): Memory {
  for (let i = 0; i < relative.length; i++) path[PROC.length + i] = relative.charCodeAt(i);
  path[PROC.length + relative.length] = 0;
  return path;
}

/** Maps EPERM to EACCES: a /proc mounted with hidepid=noaccess gives EPERM where others give EACCES. */
function unified(result: number): number {
  return result === -EPERM ? -EACCES : result;
}

function open(relative: string, flags: number): number {
  const fd = openat(AT_FDCWD, pathOf(relative), flags | O_CLOEXEC);
  return check(unified(fd), "openat", PROC + relative);
}

/**
 * The bytes of a file of /proc, up to a limit, in a buffer of their own.
 *
 * @throws {SyscallError}
 */
export function readBytes(relative: string, most: number = MOST_BYTES): Uint8Array {
  const fd = open(relative, O_RDONLY);
  try {
    return readFrom(fd, most, PROC + relative);
  } finally {
    close(fd);
  }
}

function readFrom(fd: number, most: number, name: string): Uint8Array {
  const pieces: Memory[] = [];
  for (let left = most; left > 0;) {
    const got = check(read(fd, buffer.subarray(0, left)), "read", name);
    if (got === 0) break;
    pieces.push(buffer.slice(0, got));
    left -= got;
  }
  return pieces.length === 1 ? pieces[0]! : concat(...pieces);
}

/** The text of a file of /proc, up to a limit. @throws {SyscallError} */
export function readText(relative: string): string {
  return decode(readBytes(relative));
}

/**
 * The lines of a file of /proc that contain `part`. The file may have any length, as mountinfo may. A line
 * that is longer than any of the kernel's is left out.
 *
 * @throws {SyscallError}
 */
export function linesWith(relative: string, part: string): string[] {
  const fd = open(relative, O_RDONLY);
  try {
    const found: string[] = [];
    for (let kept = 0, length = -1; length !== 0;) {
      length = check(read(fd, lines.subarray(kept)), "read", PROC + relative);
      const filled = kept + length;
      const end = length === 0 ? filled : lines.lastIndexOf(NEWLINE, filled - 1) + 1;
      const text = decode(lines.subarray(0, end));
      if (text.includes(part)) {
        found.push(...text.split("\n").filter((line) => line.includes(part)));
      }
      lines.copyWithin(0, end, filled);
      kept = filled - end === lines.length ? 0 : filled - end;
    }
    return found;
  } finally {
    close(fd);
  }
}

/** The text of a small file of /proc that one read(2) returns, such as stat. @throws {SyscallError} */
export function readLine(relative: string): string {
  const fd = open(relative, O_RDONLY);
  try {
    return decode(buffer.subarray(0, check(read(fd, buffer), "read", PROC + relative)));
  } finally {
    close(fd);
  }
}

/** The target of a link of /proc, or -errno: most links of other users' processes cannot be read. */
export function tryReadLink(relative: string): string | number {
  const length = unified(readlinkat(AT_FDCWD, pathOf(relative), target));
  return length < 0 ? length : decode(target.subarray(0, length));
}

/** A descriptor of a file of /proc that is read again and again. @throws {SyscallError} */
export function openFile(relative: string): number {
  return open(relative, O_RDONLY);
}

/** The text of an open file of /proc from its start, up to a limit. @throws {SyscallError} */
export function readAgain(fd: number, most: number): string {
  check(syscall("lseek", fd, 0, SEEK_SET), "lseek", String(fd));
  return decode(readFrom(fd, most, String(fd)));
}

/** An O_PATH descriptor of a directory of /proc, which need not be readable. @throws {SyscallError} */
export function openFolder(relative: string): number {
  return open(relative, O_PATH);
}

const BRACKET = 0x5b;
const SLASH = 0x2f;

/** The inode in a link such as `mnt:[4026531841]`, or -errno; 0 if there is none in it. */
export function inodeOfLink(folder: number, name: Memory): number {
  const length = unified(readlinkat(folder, name, target));
  if (length < 0) return length;
  const open = target.indexOf(BRACKET);
  if (open < 0) return 0;
  let inode = 0;
  for (let at = open + 1; at < length - 1; at++) {
    inode = 10 * inode + target[at]! - 0x30;
  }
  return inode;
}

/** The link of an open descriptor without a path: `socket:[1234]`, `net:[4026531840]`, `/`. */
export function nameOfPathless(folder: number, name: Memory): string | undefined {
  const length = readlinkat(folder, name, target);
  return length <= 0 || (target[0] === SLASH && length > 1)
    ? undefined
    : decode(target.subarray(0, length));
}

/** The numbers among the names in a directory of /proc, ascending. @throws {SyscallError} */
export function numbersIn(relative: string): number[] {
  const fd = open(relative, O_RDONLY);
  try {
    return numbers(fd).sort((a, b) => a - b);
  } finally {
    close(fd);
  }
}

/** The processes that this /proc shows, ascending. */
export function pids(): number[] {
  return numbersIn("");
}

/** EINVAL is from mountinfo: a process that is ending has no mount namespace any more. */
const GONE = new Set(["ENOENT", "ESRCH", "EINVAL"]);
const DENIED = new Set(["EACCES", "EPERM"]);

/** Whether an error says that a process (or its descriptor) is not there any more. */
export function isGone(error: unknown): boolean {
  return error instanceof SyscallError && GONE.has(error.code);
}

/** Whether an error says that the caller may not look. */
export function isDenied(error: unknown): boolean {
  return error instanceof SyscallError && DENIED.has(error.code);
}

/** The result of `reader`; undefined if the process has ended or the caller may not look. */
export function ifReadable<T>(reader: () => T): T | undefined {
  try {
    return reader();
  } catch (error) {
    if (isGone(error) || isDenied(error)) return undefined;
    throw error;
  }
}
