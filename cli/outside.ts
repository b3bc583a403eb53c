/** What is outside of a command line's words, for those that need it. */
import { errnoText } from "../ffi/abi/errno.ts";
import { decode, safe } from "../ffi/bytes.ts";
import { SyscallError } from "../ffi/errors.ts";
import { readDescriptor } from "../ffi/file.ts";
import type { Outside } from "./exact/reader.ts";
import { UsageError } from "./getopt.ts";

/** The words in bytes with NUL between. */
function wordsIn(bytes: Uint8Array): string[] {
  const words: string[] = [];
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(0, start);
    words.push(decode(bytes.subarray(start, end < 0 ? bytes.length : end)));
    start = end < 0 ? bytes.length : end + 1;
  }
  return words;
}

/** This process's. */
export const OUTSIDE: Outside = {
  words(fd) {
    try {
      return wordsIn(readDescriptor(fd));
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      throw new UsageError(`Can't read --args data: ${errnoText(error.errno)}`);
    }
  },
  warn: (message) => console.error(safe(message)),
};
