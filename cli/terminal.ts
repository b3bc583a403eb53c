/** The terminal: its width and its encoding. */
import { variable } from "./environment.ts";

/** How many columns the terminal of standard output, or of standard error, has; undefined where it is none. */
export function terminalWidth(output: "stdout" | "stderr" = "stdout"): number | undefined {
  if (!Deno[output].isTerminal()) return undefined;
  const given = Number(variable("COLUMNS"));
  if (Number.isInteger(given) && given > 0) return given;
  try {
    return Deno.consoleSize().columns || undefined;
  } catch {
    return undefined;
  }
}

/** Whether the locale's characters are UTF-8. @see locale(7) */
export function isUtf8(): boolean {
  const locale = ["LC_ALL", "LC_CTYPE", "LANG"].map(variable).find(Boolean);
  return /\.utf-?8\b/i.test(locale ?? "");
}
