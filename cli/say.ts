/** What is said on standard error. */
import { terminalWidth } from "./terminal.ts";
import { wrapped } from "./text.ts";

/** Prints a text; on a terminal its lines end between words, the further ones this far from the margin. */
export function say(text: string, margin = 2): void {
  console.error(wrapped(text, terminalWidth("stderr") ?? Infinity, margin));
}
