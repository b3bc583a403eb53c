/**
 * Text that the kernel takes as bytes: not every path, argument or variable is UTF-8.
 *
 * {@linkcode decode} makes a string of any bytes: a byte that is not UTF-8 becomes the lone
 * surrogate U+DC00 + byte, and {@linkcode encode} makes that byte of it again.
 */

/** A path, an argument or a variable: text, or bytes that need not be UTF-8. */
export type Bytes = string | Uint8Array;

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ESCAPE = 0xdc00;

/** The bytes of a text; bytes stay as they are. */
export function encode(value: Bytes): Uint8Array {
  if (typeof value !== "string") return value;
  if (value.isWellFormed()) return encoder.encode(value);
  const parts = Array.from(value, (char) => {
    const code = char.charCodeAt(0);
    return char.length === 1 && code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff
      ? Uint8Array.of(code - ESCAPE)
      : encoder.encode(char);
  });
  return concat(...parts);
}

/** The string that {@linkcode encode} makes these bytes of. */
export function decode(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return decodeEscaped(bytes);
  }
}

function decodeEscaped(bytes: Uint8Array): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const length = [1, 2, 3, 4].find((n) => isCharacter(bytes.subarray(at, at + n)));
    text += length === undefined
      ? String.fromCharCode(ESCAPE + bytes[at]!)
      : strict.decode(bytes.subarray(at, at + length));
    at += length ?? 1;
  }
  return text;
}

function isCharacter(bytes: Uint8Array): boolean {
  try {
    strict.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** The text of bytes, for a person to read: what is not UTF-8 becomes U+FFFD. */
export function display(value: Bytes): string {
  return typeof value === "string" ? value.toWellFormed() : decoder.decode(value);
}

/** One after the other. */
export function concat(...values: readonly Bytes[]): Uint8Array {
  const parts = values.map(encode);
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
