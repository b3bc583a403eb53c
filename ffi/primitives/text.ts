/** Paths and names as the kernel takes them. */
import { quote } from "../abi/text.ts";
import { type Bytes, encode } from "../bytes.ts";
import { memory } from "../syscall.ts";

/** The bytes of a text. @throws {TypeError} if there is a NUL in it: the kernel would read no further. */
export function bytesOf(text: Bytes, name: string): Uint8Array {
  if (typeof text !== "string" && !(text instanceof Uint8Array)) {
    throw new TypeError(`Cannot use ${name}: it must be a string or a Uint8Array`);
  }
  const bytes = typeof text === "string" ? encode(text) : text;
  if (bytes.includes(0)) throw new TypeError(`Cannot use ${name} ${quote(bytes)}: it has a NUL`);
  return bytes;
}

/** A C string in memory, and how it is shown. */
export interface CString {
  readonly memory: Uint8Array<ArrayBuffer> | null;
  readonly shown: string;
}

/** The C string of a text; NULL of null. @throws {TypeError} if there is a NUL in it. */
export function cStringOf(text: Bytes | null, name: string): CString {
  if (text === null) return { memory: null, shown: "NULL" };
  const bytes = bytesOf(text, name);
  const string = memory(bytes.length + 1);
  string.set(bytes);
  return { memory: string, shown: quote(bytes) };
}
