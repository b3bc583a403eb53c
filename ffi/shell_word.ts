/** Quotes words for command lines that a person copies into a shell. */
import { encode, safe } from "./bytes.ts";

/** Quotes a word for any shell; with control characters in it, as $'…' for bash and zsh. */
export function shellWord(text: string, ascii = false): string {
  if (/^[\w@%+=:,./-]+$/.test(text)) return text;
  if (safe(text, ascii) === text) return `'${text.replaceAll("'", `'\\''`)}'`;
  const bytes = [...encode(text)].map((byte) => {
    const char = String.fromCharCode(byte);
    if (char === "\\" || char === "'") return `\\${char}`;
    return byte >= 0x20 && byte < 0x7f ? char : `\\x${byte.toString(16).padStart(2, "0")}`;
  });
  return `$'${separateDigits(bytes).join("")}'`;
}

/** Some shells take a hex digit behind `\x1b` as part of it: such digits are escaped too. */
function separateDigits(parts: readonly string[]): string[] {
  const result: string[] = [];
  for (const part of parts) {
    const behind = result.at(-1)?.startsWith("\\x") && /^[0-9a-fA-F]$/.test(part);
    result.push(behind ? `\\x${part.charCodeAt(0).toString(16)}` : part);
  }
  return result;
}
