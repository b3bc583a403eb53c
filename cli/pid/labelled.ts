/** Lines with a label in front of each, or of the first of several. */
import type { Look } from "../colour.ts";
import { flow, type Line, lineOf, type Pen, type Span } from "../lines.ts";

/** How to print. */
export interface LabelledOptions extends Pen {
  /** In columns: longer lists are wrapped. */
  readonly width: number;
}

const LABEL_WIDTH = 14;

/** What stands behind a label: a sentence, or a word of a list. */
export type Item = readonly Span[];

export const say = (text: string, look?: Look): Span => look ? { text, look } : { text };

/** Collects lines with labels in front. */
export class LabelledLines {
  readonly lines: Line[] = [];
  readonly #options: LabelledOptions;

  constructor(options: LabelledOptions) {
    this.#options = options;
  }

  /** A line, however long. */
  line(label: string, spans: Item): void {
    const text = [say(label.padEnd(LABEL_WIDTH), "bold"), ...spans];
    this.lines.push(lineOf(text, Infinity, this.#options));
  }

  /** One line each; the label stands before the first. */
  list(label: string, rows: readonly Item[]): void {
    for (const [i, row] of rows.entries()) this.line(i === 0 ? label : "", row);
  }

  /** Words that may be broken into lines, below each other. */
  words(label: string, items: readonly Item[]): void {
    const width = Math.max(20, this.#options.width - LABEL_WIDTH);
    for (const [i, line] of flow(items, width, this.#options, width, " ").entries()) {
      const { paint } = this.#options;
      const before = paint("bold", (i === 0 ? label : "").padEnd(LABEL_WIDTH));
      this.lines.push({ text: before + line.text, width: LABEL_WIDTH + line.width });
    }
  }

  get text(): string {
    return this.lines.map(({ text }) => `${text.trimEnd()}\n`).join("");
  }
}
