/** Runs an image in place of this process: the same PID, terminal and descriptors, and nothing of Deno. */
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  MFD_CLOEXEC,
  MFD_EXEC,
  O_CLOEXEC,
  O_RDONLY,
  O_RDWR,
  O_TMPFILE,
} from "../../ffi/abi/fcntl.ts";
import { environAddress } from "../../ffi/libc.ts";
import { addressOf, check, cString, memory, syscall } from "../../ffi/syscall.ts";

const EINVAL = 22;

/** Where an image may be put if not in memory alone. */
const FOLDERS = ["/tmp", "/var/tmp", "/dev/shm", "/run", "."];

function writeAll(fd: number, image: Uint8Array<ArrayBuffer>): void {
  for (let at = 0; at < image.length;) {
    const rest = image.subarray(at);
    at += check(syscall("write", fd, rest, rest.length), "write", "image");
  }
}

/** A file in memory: no folder that could be read-only, full or mounted noexec. @see memfd_create(2) */
function inMemory(image: Uint8Array<ArrayBuffer>): number {
  const name = cString("nido");
  let fd = syscall("memfd_create", name, MFD_CLOEXEC | MFD_EXEC);
  // Kernels before 6.3 do not know MFD_EXEC.
  if (fd === -EINVAL) fd = syscall("memfd_create", name, MFD_CLOEXEC);
  if (fd >= 0) writeAll(fd, image);
  return fd;
}

/** A file without a name, for where vm.memfd_noexec is 2. Open for reading only: what is written cannot be run. */
function inFolder(image: Uint8Array<ArrayBuffer>, folder: string): number {
  const fd = syscall("openat", AT_FDCWD, cString(folder), O_TMPFILE | O_RDWR | O_CLOEXEC, 0o700);
  if (fd < 0) return fd;
  writeAll(fd, image);
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

function execute(fd: number, name: string): number {
  const argv0 = cString(name);
  const argv = memory(16);
  new DataView(argv.buffer).setBigUint64(0, addressOf(argv0), true);
  const result = syscall("execveat", fd, cString(""), argv, environAddress(), AT_EMPTY_PATH);
  syscall("close", fd);
  return result;
}

/**
 * Becomes the image. Returns only by throwing.
 *
 * @param name What ps shows until the image says otherwise.
 * @throws {SyscallError} of memfd_create(2), openat(2) or execveat(2), whichever came last.
 */
export function exec(image: Uint8Array<ArrayBuffer>, name: string): never {
  let result = inMemory(image);
  if (result >= 0) result = execute(result, name);
  for (const folder of FOLDERS) {
    const fd = inFolder(image, folder);
    if (fd >= 0) result = execute(fd, name);
  }
  check(result, "execveat", "image, AT_EMPTY_PATH");
  throw new Error("Cannot happen: execveat returned without an error");
}
