/** Messages on standard error. */
import { terminalWidth } from "./terminal.ts";
import { wrapped } from "./text.ts";

/** Prints a text. On a terminal it is wrapped at words, and further lines are indented by `margin`. */
export function say(text: string, margin = 2): void {
  console.error(wrapped(text, terminalWidth("stderr") ?? Infinity, margin));
}
