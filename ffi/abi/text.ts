/** Arguments as strace(1) shows them: flags by name, strings in quotes. */
import { encode } from "../bytes.ts";

/** Constants by name: a module's exports. */
export type Constants = Readonly<Record<string, unknown>>;

/**
 * The flags in a value: those of `constants` whose names match, in ascending order, joined by |.
 * What has no name is shown in hexadecimal.
 *
 * @param none The text for 0.
 */
export function flagsText(
  constants: Constants,
  names: RegExp,
  value: number | bigint,
  none = "0",
): string {
  let rest = BigInt.asUintN(64, BigInt(value));
  if (rest === 0n) return none;
  const bits = Object.entries(constants)
    .filter((entry): entry is [string, number] =>
      Number(entry[1]) > 0 && (rest & BigInt(entry[1] as number)) !== 0n && names.test(entry[0])
    )
    .sort((a, b) => a[1] - b[1]);
  const shown: string[] = [];
  for (const [name, bit] of bits) {
    if ((rest & BigInt(bit)) === 0n) continue;
    shown.push(name);
    rest &= ~BigInt(bit);
  }
  if (rest) shown.push(`0x${rest.toString(16)}`);
  return shown.join("|");
}

/** Characters that have a letter of their own behind a backslash, and how they are written. */
export const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\t": "\\t",
  "\r": "\\r",
  "\v": "\\v",
  "\f": "\\f",
};

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Characters that a terminal may act on. */
const octal = (char: string): string =>
  [...encode(char)].map((byte) => `\\${byte.toString(8)}`).join("");

/** Quotes a string as strace does, but leaves characters beyond ASCII readable. */
export function quote(bytes: Uint8Array): string {
  const text = decoder.decode(bytes)
    .replace(/[\\"\p{Cc}\p{Cf}\p{Cn}\p{Zl}\p{Zp}]/gu, (char) => ESCAPES[char] ?? octal(char));
  return `"${text}"`;
}
