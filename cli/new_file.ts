/**
 * Writes files of commands: into a new file in the same folder, which is renamed when it is complete.
 *
 * The folder may be another user's, who can replace files in it at any moment, also by a link to a file
 * of the caller. So the path is followed only once, to the folder, and only the new file is written to.
 */
import { AT_FDCWD, O_CLOEXEC, O_CREAT, O_EXCL, O_PATH, O_WRONLY } from "../ffi/abi/fcntl.ts";
import { ENOENT, errnoText } from "../ffi/abi/errno.ts";
import { lstat } from "../ffi/dir.ts";
import { SyscallError } from "../ffi/errors.ts";
import { check, cString, syscall } from "../ffi/syscall.ts";
import { UsageError } from "./getopt.ts";

const S_IFMT = 0o170000;
const S_IFREG = 0o100000;
const S_IFDIR = 0o040000;
const S_IFLNK = 0o120000;

/** Why a file of this mode is neither read nor written; undefined for a regular file. */
export function otherKind(mode: number): string | undefined {
  const type = mode & S_IFMT;
  if (type === S_IFREG) return undefined;
  if (type === S_IFDIR) return "it is a directory";
  return type === S_IFLNK ? "it is a symbolic link: name the file itself" : "it is no regular file";
}

/** The text of a system call's error. @throws any other error. */
export function reason(error: unknown): string {
  if (error instanceof SyscallError) return errnoText(error.errno);
  throw error;
}

/** Why a file must not get this name: it would replace something that is no regular file. */
function obstacle(name: string, folder: number): string | undefined {
  try {
    return otherKind(lstat(name, folder).mode);
  } catch (error) {
    if (error instanceof SyscallError && error.errno === ENOENT) return undefined;
    throw error;
  }
}

/** Creates a file; fails if anything has the name, a link too. @see open(2), O_EXCL */
function create(name: string, folder: number, bytes: Uint8Array<ArrayBuffer>, mode: number): void {
  const flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  const fd = check(syscall("openat", folder, cString(name), flags, mode), "openat", name);
  try {
    for (let at = 0; at < bytes.length;) {
      const rest = bytes.subarray(at);
      at += check(syscall("write", fd, rest, rest.length), "write", name);
    }
  } catch (error) {
    syscall("unlinkat", folder, cString(name), 0);
    throw error;
  } finally {
    syscall("close", fd);
  }
}

function writeInto(
  folder: number,
  name: string,
  bytes: Uint8Array<ArrayBuffer>,
  mode: number,
): void {
  const part = `.nido-${crypto.randomUUID()}`;
  create(part, folder, bytes, mode);
  const result = syscall("renameat", folder, cString(part), folder, cString(name));
  if (result < 0) syscall("unlinkat", folder, cString(part), 0);
  check(result, "renameat", name);
}

/**
 * Writes a file, or replaces it atomically. Only a regular file is replaced.
 *
 * @param mode Its permissions, before umask(2).
 * @throws {UsageError}
 */
export function writeNewFile(path: string, bytes: Uint8Array<ArrayBuffer>, mode: number): void {
  const cannot = (why: string) => new UsageError(`cannot write ${path}: ${why}`);
  if (path === "") throw cannot("it has no name");
  const slash = path.lastIndexOf("/") + 1;
  const [parent, name] = [path.slice(0, slash) || ".", path.slice(slash)];
  let folder = -1;
  try {
    const opened = syscall("openat", AT_FDCWD, cString(parent), O_PATH | O_CLOEXEC, 0);
    folder = check(opened, "openat", parent);
    const why = obstacle(name, folder);
    if (why !== undefined) throw cannot(why);
    writeInto(folder, name, bytes, mode);
  } catch (error) {
    throw error instanceof UsageError ? error : cannot(reason(error));
  } finally {
    if (folder >= 0) syscall("close", folder);
  }
}
