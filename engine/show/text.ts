/** Shows strings and memory as strace(1) does. */
import { ESCAPES } from "../../ffi/abi/text.ts";
import type { Argument, Contents } from "./argument.ts";
import type { Show } from "./numbers.ts";

const decoder = new TextDecoder();

/** Bytes in quotes: what is not ASCII in octal, as long as needed. */
export function quote(bytes: Uint8Array): string {
  // Nearly all are plain.
  const plain = decoder.decode(bytes);
  if (/^[ !#-[\]-~]*$/.test(plain)) return `"${plain}"`;
  const text = Array.from(bytes, (byte, i) => {
    const char = String.fromCharCode(byte);
    if (byte >= 0x20 && byte < 0x7f) return ESCAPES[char] ?? char;
    const next = bytes[i + 1] ?? 0;
    const isDigit = next >= 0x30 && next <= 0x37;
    return ESCAPES[char] ?? `\\${byte.toString(8).padStart(isDigit ? 3 : 1, "0")}`;
  });
  return `"${text.join("")}"`;
}

/** Bytes in quotes, all of them in hexadecimal. */
export function quoteHex(bytes: Uint8Array): string {
  const digits = Array.from(bytes, (byte) => `\\x${byte.toString(16).padStart(2, "0")}`);
  return `"${digits.join("")}"`;
}

/** An address, without what stands there. */
export const pointer: Show = ({ value, name, place }) => {
  if (value === 0n) return "NULL";
  return name ?? place ?? (value === undefined ? "?" : `0x${value.toString(16)}`);
};

/** Shows what stands at an address; an address alone where that is not known. */
export function contents(
  show: (contents: Contents, all: readonly Argument[]) => string,
): Show {
  return (argument, all) => {
    const { name, value, contents } = argument;
    if (name !== undefined || value === 0n || !contents) return pointer(argument, all);
    return show(contents, all);
  };
}

/** A C string. */
export const string: Show = contents((memory) => quote(memory.string()));

/** An array of C strings, up to its NULL. */
export const strings: Show = contents((memory) => {
  const items: string[] = [];
  for (let at = 0;; at += 8) {
    const item = memory.word(at);
    if (item.value === 0n && item.name === undefined) return `[${items.join(", ")}]`;
    items.push(string(item, []));
  }
});

/** More elements than the kernel takes anywhere. */
const MOST_ELEMENTS = 1024;

/** An array of so many elements. */
export function array(count: number, element: (i: number) => string): string {
  const length = Math.min(count, MOST_ELEMENTS);
  return `[${Array.from({ length }, (_, i) => element(i)).join(", ")}]`;
}

/** Bytes whose length another argument says. */
export function bytes(length: number): Show {
  return contents((memory, all) => {
    const count = all[length]?.value;
    if (memory.text !== undefined) return memory.text;
    return quote(count === undefined ? memory.string() : memory.bytes(0, Number(count)));
  });
}
