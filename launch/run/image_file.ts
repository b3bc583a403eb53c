/** Puts images into unnamed files, to be executed. */
import {
  AT_FDCWD,
  F_ADD_SEALS,
  F_SEAL_GROW,
  F_SEAL_SEAL,
  F_SEAL_SHRINK,
  F_SEAL_WRITE,
  MFD_ALLOW_SEALING,
  MFD_CLOEXEC,
  MFD_EXEC,
  O_CLOEXEC,
  O_RDONLY,
  O_RDWR,
  O_TMPFILE,
} from "../../ffi/abi/fcntl.ts";
import { check, cString, syscall } from "../../ffi/syscall.ts";

const EINVAL = 22;

const NAME = cString("nido");

/** Folders for images where files in memory do not work. */
export const FOLDERS: readonly string[] = ["/tmp", "/var/tmp", "/dev/shm", "/run", "."];

/** Writes a file from its start. @throws {SyscallError} */
export function writeFrom(fd: number, bytes: Uint8Array<ArrayBuffer>): void {
  for (let at = 0; at < bytes.length;) {
    const rest = bytes.subarray(at);
    at += check(syscall("pwrite64", fd, rest, rest.length, at), "pwrite64", "file");
  }
}

/**
 * A file in memory, which needs no folder. It is sealed: somebody in a namespace that a launcher joins may
 * reach the launcher's file by its /proc/PID/exe, and the waiter outside and other launchers run from that
 * file, too. @see memfd_create(2)
 */
function inMemory(image: Uint8Array<ArrayBuffer>): number {
  const flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
  let fd = syscall("memfd_create", NAME, flags | MFD_EXEC);
  // Kernels before 6.3 do not know MFD_EXEC.
  if (fd === -EINVAL) fd = syscall("memfd_create", NAME, flags);
  if (fd < 0) return fd;
  writeFrom(fd, image);
  const seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  check(syscall("fcntl", fd, F_ADD_SEALS, seals), "fcntl", "image, F_ADD_SEALS");
  return fd;
}

/** An unnamed file in a folder, to be written. */
function unnamed(folder: string): number {
  const flags = O_TMPFILE[Deno.build.arch] | O_RDWR | O_CLOEXEC;
  return syscall("openat", AT_FDCWD, cString(folder), flags, 0o700);
}

/** The same with an image, for where vm.memfd_noexec is 2. It is reopened read-only: a file that is open for writing cannot be executed. */
function inFolder(image: Uint8Array<ArrayBuffer>, folder: string): number {
  const fd = unnamed(folder);
  if (fd < 0) return fd;
  writeFrom(fd, image);
  const readable = syscall(
    "openat",
    AT_FDCWD,
    cString(`/proc/self/fd/${fd}`),
    O_RDONLY | O_CLOEXEC,
    0,
  );
  syscall("close", fd);
  return readable;
}

/** An empty file to write to, which nobody executes. @throws {SyscallError} of memfd_create(2) or openat(2) */
export function dataFile(): number {
  const fd = syscall("memfd_create", NAME, MFD_CLOEXEC);
  if (fd >= 0) return fd;
  for (const folder of FOLDERS) {
    const other = unnamed(folder);
    if (other >= 0) return other;
  }
  return check(fd, "memfd_create", "file");
}

/** Tries one place after the other, the best first. Yields a descriptor, which the caller closes, or -errno. */
export function* imageFiles(image: Uint8Array<ArrayBuffer>): Generator<number> {
  yield inMemory(image);
  for (const folder of FOLDERS) yield inFolder(image, folder);
}
