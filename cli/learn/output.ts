/** What the session's terminal prints, on the learner's: up to a prompt, which waits until it is its turn. */
import { MARK } from "./session.ts";

/** Bytes as characters, so that what is not UTF-8 stays what it is. */
const charsOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (b) => String.fromCharCode(b)).join("");

/** What tells a terminal something and prints nothing. */
// deno-lint-ignore no-control-regex -- they begin with one
const COMMANDS = /\x1b\[[0-9;?]*[A-Za-z]|\r/g;

/** How much of the end of a text may be the beginning of a mark. */
function startOfMark(text: string): number {
  const at = text.lastIndexOf("\x1b");
  const end = at < 0 ? "" : text.slice(at);
  const isStart = MARK.startsWith(end) || (end.startsWith(MARK) && !end.includes("\x07"));
  return at >= 0 && isStart ? end.length : 0;
}

/** Passes text on, and stops at each prompt. */
export class Output {
  readonly #write: (bytes: Uint8Array) => void;
  readonly #onPrompt: (depth: number) => void;
  /** What is not passed on yet. */
  #held = "";
  #isHolding = false;
  #last = "\n";
  /** Whether the last lines are the lesson's, not the shell's. */
  #hasSaid = false;

  /** @param onPrompt Called with the depth of the shell: 1 for the first one, more for those inside. */
  constructor(write: (bytes: Uint8Array) => void, onPrompt: (depth: number) => void) {
    this.#write = write;
    this.#onPrompt = onPrompt;
  }

  /** Whether the cursor is where a line begins. */
  get isAtStart(): boolean {
    return this.#last === "\n";
  }

  feed(bytes: Uint8Array): void {
    this.#held += charsOf(bytes);
    this.#pass();
  }

  /** Prints a text of one's own. */
  print(text: string): void {
    if (text === "") return;
    this.#write(new TextEncoder().encode(text));
    this.#last = text.at(-1)!;
  }

  /** Prints a paragraph of one's own, with an empty line before it. */
  say(text: string): void {
    this.print(`${this.isAtStart ? "" : "\n"}\n${text}\n`);
    this.#hasSaid = true;
  }

  /** Lets the prompt come on a line of its own, apart from what was said before it. */
  prompt(): void {
    this.print((this.isAtStart ? "" : "\n") + (this.#hasSaid ? "\n" : ""));
    this.#hasSaid = false;
    this.release();
  }

  /** Lets the prompt come, and what is typed behind it. */
  release(): void {
    this.#isHolding = false;
    this.#pass();
  }

  /** Forgets what has not been printed: its shell is gone. */
  discard(): void {
    this.#held = "";
    this.#isHolding = false;
  }

  #pass(): void {
    if (this.#isHolding) return;
    const at = this.#held.indexOf(MARK);
    const end = at < 0 ? -1 : this.#held.indexOf("\x07", at);
    const upTo = end < 0 ? this.#held.length - startOfMark(this.#held) : at;
    const text = this.#held.slice(0, upTo);
    if (text !== "") {
      this.#write(Uint8Array.from(text, (char) => char.charCodeAt(0)));
      this.#last = text.replace(COMMANDS, "").at(-1) ?? this.#last;
    }
    this.#held = this.#held.slice(upTo);
    if (end < 0) return;
    const depth = Number(this.#held.slice(MARK.length, end - at));
    this.#held = this.#held.slice(end - at + 1);
    this.#isHolding = true;
    this.#onPrompt(depth);
  }
}
