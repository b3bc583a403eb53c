/** Undoes the escapes of files in /proc. */
import { decode, encode } from "../ffi/bytes.ts";

/**
 * Undoes the octal escapes of mountinfo: `\040` is a space, `\011` a tab, `\012` a newline, `\134`
 * a backslash. Anything else that follows a backslash stays.
 */
export function unescapeOctal(text: string): string {
  if (!text.includes("\\")) return text;
  const bytes = encode(text);
  const kept: number[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const digits = bytes[at] === 0x5c ? decode(bytes.subarray(at + 1, at + 4)) : "";
    if (/^[0-3][0-7]{2}$/.test(digits)) {
      kept.push(parseInt(digits, 8));
      at += 3;
    } else kept.push(bytes[at]!);
  }
  return decode(Uint8Array.from(kept));
}

const AFTER_BACKSLASH: Readonly<Record<string, string>> = {
  "\\": "\\",
  n: "\n",
  f: "\f",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** Undoes the escapes of `Name:` in /proc/PID/status: the kernel writes `\n` for a newline, `\\` for a backslash. */
export function unescapeName(text: string): string {
  return text.replace(/\\(.)/g, (both, letter: string) => AFTER_BACKSLASH[letter] ?? both);
}
