/**
 * Text that the kernel gives as bytes: no name, path or argument must be UTF-8.
 *
 * {@linkcode decode} makes a string of any bytes: a byte that is not UTF-8 becomes the lone
 * surrogate U+DC00 + byte, from which {@linkcode encode} makes that byte again.
 */

const encoder = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const ESCAPE = 0xdc00;

/** The string that {@linkcode encode} makes these bytes of. */
export function decode(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    let text = "";
    for (let at = 0; at < bytes.length;) {
      const length = characterLength(bytes.subarray(at, at + 4));
      text += length === 0
        ? String.fromCharCode(ESCAPE + bytes[at]!)
        : strict.decode(bytes.subarray(at, at + length));
      at += length || 1;
    }
    return text;
  }
}

/** How many bytes the character in front takes; 0 if they are none. */
function characterLength(bytes: Uint8Array): number {
  const first = bytes[0]!;
  const length = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  try {
    strict.decode(bytes.subarray(0, length));
    return length;
  } catch {
    return 0;
  }
}

/** The bytes of a text that may come from {@linkcode decode}. */
export function encode(text: string): Uint8Array<ArrayBuffer> {
  if (text.isWellFormed()) return encoder.encode(text);
  const bytes: number[] = [];
  for (const char of text) {
    const code = char.charCodeAt(0);
    if (char.length === 1 && code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff) {
      bytes.push(code - ESCAPE);
    } else bytes.push(...encoder.encode(char));
  }
  return Uint8Array.from(bytes);
}
