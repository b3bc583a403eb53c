/** Runs an image in place of this process: the same PID, terminal and descriptors, and nothing of Deno. */
import { AT_EMPTY_PATH } from "../../ffi/abi/fcntl.ts";
import { environAddress } from "../../ffi/libc.ts";
import { addressOf, check, cString, memory, syscall } from "../../ffi/syscall.ts";
import { imageFiles } from "./image_file.ts";

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
  let result = 0;
  for (const fd of imageFiles(image)) {
    if (fd >= 0) result = execute(fd, name);
    else if (result === 0) result = fd;
  }
  check(result, "execveat", "image, AT_EMPTY_PATH");
  throw new Error("Cannot happen: execveat returned without an error");
}
