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
export function encode(value: string): Uint8Array<ArrayBuffer>;
export function encode(value: Bytes): Uint8Array;
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

/** Whether the kernel would take the text for a shorter one. */
export const hasNul = (value: Bytes): boolean =>
  typeof value === "string" ? value.includes("\0") : value.includes(0);

/** A text as a string. */
export const stringOf = (value: Bytes): string => typeof value === "string" ? value : decode(value);

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
  let start = 0;
  for (let at = 0; at < bytes.length;) {
    const length = characterLength(bytes.subarray(at, at + 4));
    if (length === 0) {
      text += strict.decode(bytes.subarray(start, at)) + String.fromCharCode(ESCAPE + bytes[at]!);
      start = at + 1;
    }
    at += length || 1;
  }
  return text + strict.decode(bytes.subarray(start));
}

/** How many bytes the character in front takes; 0 if they are none. @see RFC 3629, section 4 */
function characterLength([first = 0, second = 0, third = 0, fourth = 0]: Uint8Array): number {
  const continues = (byte: number, low = 0x80, high = 0xbf) => byte >= low && byte <= high;
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  if (first < 0xe0) return continues(second) ? 2 : 0;
  // Neither overlong, nor a surrogate, nor above U+10FFFF.
  const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  if (!continues(second, low, high) || !continues(third)) return 0;
  if (first < 0xf0) return 3;
  return continues(fourth) ? 4 : 0;
}

/** The text of bytes: what is not UTF-8 becomes U+FFFD. */
export function wellFormed(value: Bytes): string {
  return typeof value === "string" ? value.toWellFormed() : decoder.decode(value);
}

/** The text of bytes, for a person to read on a terminal: as {@linkcode safe} makes it. */
export function display(value: Bytes): string {
  if (typeof value === "string") {
    return value.isWellFormed() ? safe(value) : display(encode(value));
  }
  let text = "";
  for (let at = 0; at < value.length;) {
    const length = characterLength(value.subarray(at));
    const end = at + Math.max(length, 1);
    // A backslash is followed by what decides whether it is escaped.
    const isX = value[at] === BACKSLASH && value[end] === "x".charCodeAt(0);
    text += length === 0 || isX ? hex(value[at]!) : safe(decoder.decode(value.subarray(at, end)));
    at = end;
  }
  return text;
}

const BACKSLASH = "\\".charCodeAt(0);

/**
 * Code points that a terminal may act on or hide: controls, format controls, separators of lines, tags,
 * surrogates. First and last of each range.
 */
export const UNSAFE_RANGES: readonly (readonly [first: number, last: number])[] = [
  [0x0, 0x1f],
  [0x7f, 0x9f],
  [0xad, 0xad],
  [0x600, 0x605],
  [0x61c, 0x61c],
  [0x6dd, 0x6dd],
  [0x70f, 0x70f],
  [0x890, 0x891],
  [0x8e2, 0x8e2],
  [0x180e, 0x180e],
  [0x200b, 0x200f],
  [0x2028, 0x202e],
  [0x2060, 0x206f],
  [0xd800, 0xdfff],
  [0xfeff, 0xfeff],
  [0xfff0, 0xfffb],
  [0xfffe, 0xffff],
  [0x110bd, 0x110bd],
  [0x110cd, 0x110cd],
  [0x13430, 0x1343f],
  [0x1bca0, 0x1bca3],
  [0x1d173, 0x1d17a],
  [0xe0000, 0xe0fff],
];

const UNSAFE = new RegExp(
  `[${
    UNSAFE_RANGES.map((range) => range.map((point) => `\\u{${point.toString(16)}}`).join("-")).join(
      "",
    )
  }]`,
  "u",
);

const hex = (byte: number): string => `\\x${byte.toString(16).padStart(2, "0")}`;

/** The character as the bytes it has in UTF-8: `\x1b`. */
export function escapeBytes(char: string): string {
  return [...encode(char)].map(hex).join("");
}

/**
 * Makes a text of others safe to print, as it may hold anything and must not be able to command a
 * terminal: what is no visible character becomes `\xHH` for each of its bytes, and so does a
 * backslash in front of an x, so that nothing else looks like that.
 *
 * @param ascii Whether to do so with all that is not ASCII.
 */
export function safe(text: string, ascii = false): string {
  if (/^[ !-[\]-~]*$/.test(text)) return text;
  let result = "";
  for (let at = 0; at < text.length;) {
    const char = String.fromCodePoint(text.codePointAt(at)!);
    at += char.length;
    const escaped = UNSAFE.test(char) || ascii && char > "~" || char === "\\" && text[at] === "x";
    result += escaped ? escapeBytes(char) : char;
  }
  return result;
}

/** One after the other. */
export function concat(...values: readonly Bytes[]): Uint8Array<ArrayBuffer> {
  const parts = values.map(encode);
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
