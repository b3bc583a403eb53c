/** Runs an image in place of this process: the same PID, terminal and descriptors, and nothing of Deno. */
import { ENOSYS, EPERM } from "../../ffi/abi/errno.ts";
import { AT_EMPTY_PATH } from "../../ffi/abi/fcntl.ts";
import { type Bytes, concat } from "../../ffi/bytes.ts";
import { environAddress } from "../../ffi/libc.ts";
import { addressOf, check, cString, memory, syscall } from "../../ffi/syscall.ts";
import { imageFiles } from "./image_file.ts";

/** An argument vector and the strings that it points to. */
function vectorOf(words: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  const strings = words.map((word) => concat(word, "\0"));
  const pointers = 8 * (words.length + 1);
  const vector = memory(strings.reduce((sum, { length }) => sum + length, pointers));
  const view = new DataView(vector.buffer);
  const address = addressOf(vector);
  let at = pointers;
  strings.forEach((string, i) => {
    view.setBigUint64(8 * i, address + BigInt(at), true);
    vector.set(string, at);
    at += string.length;
  });
  return vector;
}

function execute(fd: number, words: readonly Bytes[]): number {
  const argv = vectorOf(words);
  let result = syscall("execveat", fd, cString(""), argv, environAddress(), AT_EMPTY_PATH);
  // These errors of execveat(2) come from a seccomp filter, not from the kernel.
  if (result === -EPERM || result === -ENOSYS) {
    result = syscall("execve", cString(`/proc/self/fd/${fd}`), argv, environAddress());
  }
  syscall("close", fd);
  return result;
}

/**
 * Executes the image in this process. Never returns, but may throw.
 *
 * @param commandLine Its arguments, which ps and pgrep -f show: the image itself needs none.
 * @throws {SyscallError} of memfd_create(2), openat(2) or execveat(2), whichever came last.
 */
export function exec(image: Uint8Array<ArrayBuffer>, commandLine: readonly Bytes[]): never {
  let result = 0;
  for (const fd of imageFiles(image)) {
    if (fd >= 0) result = execute(fd, commandLine);
    else if (result === 0) result = fd;
  }
  check(result, "execveat", "image, AT_EMPTY_PATH");
  throw new Error("Cannot happen: execveat returned without an error");
}
