/** Text on a terminal: measures, cuts and wraps it. safe() of ffi/bytes.ts escapes it. */

const codeUnit = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;

/** Escapes in JSON text what JSON.stringify leaves and a terminal may act on or hide. */
export function safeJson(json: string): string {
  return json.replace(
    /[\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}]/gu,
    (char) => char.split("").map(codeUnit).join(""),
  );
}

/** Code points that take two columns: East Asian wide and full width, and emoji. */
const WIDE: readonly (readonly [from: number, to: number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2329, 0x232a],
  [0x23e9, 0x23ec],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1b000, 0x1b2ff],
  [0x1f200, 0x1f2ff],
  [0x1f300, 0x1f64f],
  [0x1f680, 0x1f6ff],
  [0x1f900, 0x1f9ff],
  [0x1fa70, 0x1faff],
  [0x20000, 0x3fffd],
];

/** How many columns of a terminal a character takes. */
function charWidth(char: string): number {
  const code = char.codePointAt(0)!;
  if (code < 0x300) return 1;
  if (/\p{M}/u.test(char)) return 0;
  return WIDE.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}

/** How many columns of a terminal a text takes. */
export function textWidth(text: string): number {
  if (/^[ -~]*$/.test(text)) return text.length;
  let width = 0;
  for (const char of text) width += charWidth(char);
  return width;
}

/** Cuts a text to a width. An escape of `safe()` is kept whole or left out. */
export function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  let kept = "";
  let left = width;
  for (const [unit] of text.matchAll(/\\x[0-9a-f]{2}|./gsu)) {
    left -= textWidth(unit);
    if (left < 0) break;
    kept += unit;
  }
  return kept;
}

/** Wraps a text at words, and indents all lines but the first by `margin`. A longer word stays whole. */
export function wrapped(text: string, width: number, margin = 0): string {
  if (textWidth(text) <= width) return text;
  const lines = [""];
  for (const [part, word] of text.matchAll(/ *([^ ]+)/g)) {
    const line = lines.at(-1)!;
    if (line === "" || textWidth(line + part) <= width) lines[lines.length - 1] += part;
    else lines.push(" ".repeat(margin) + word);
  }
  return lines.join("\n");
}
