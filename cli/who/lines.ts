/** Holders, and the commands that free from them, in lines. */
import { lineOf, type Pen } from "../lines.ts";
import { textWidth, wrapped } from "../text.ts";
import type { Holding } from "./holding.ts";

/** How to print. */
export interface AnswerPen extends Pen {
  /** Columns: of what is no terminal, those for titles. */
  readonly width: number;
  readonly isTerminal: boolean;
}

/** The column of commands is not further right than this: what is longer gets two lines. */
const LONGEST = 44;
/** In front of a holder. */
export const MARGIN = 2;

/**
 * What frees is never broken: a shell is to read it. What else there is to say may have lines of its own.
 *
 * @param below More lines about each.
 */
export function holdingLines(
  holdings: readonly Omit<Holding, "kind">[],
  { width, ...pen }: Pen & { width: number },
  below: (i: number) => readonly string[] = () => [],
): string[] {
  const whats = holdings.map(({ what }) => lineOf([{ text: what }], Infinity, pen));
  const column = Math.max(
    0,
    ...whats.map(({ width }) => width).filter((width) => width <= LONGEST),
  );
  const blank = (width: number): string => " ".repeat(width);
  const [bold, dim] = [
    (text: string) => pen.paint("bold", text),
    (text: string) => pen.paint("dim", text),
  ];
  const margin = blank(3 * MARGIN);
  const under = (i: number): string[] =>
    below(i).map((one) => margin + dim(lineOf([{ text: one }], Infinity, pen).text));
  const beside = ({ free, note }: typeof holdings[number], i: number): string[] => {
    const what = whats[i]!;
    const start = blank(MARGIN) + what.text;
    // A command is safe as it is: shellWord() has seen to that, and a shell must read it.
    const commands = free === null ? [] : [free];
    const notes = note === undefined ? [] : [`# ${note}`];
    if (free === null && note === undefined) return [start];
    const behind = [...commands.map(bold), ...notes.map(dim)].join("  ");
    const isShort = what.width <= column;
    const before = isShort ? blank(column - what.width + 2) : blank(3 * MARGIN);
    const used = textWidth([...commands, ...notes].join("  ")) +
      (isShort ? MARGIN + column + 2 : before.length);
    if (used <= width) return isShort ? [start + before + behind] : [start, before + behind];
    const lines = notes.flatMap((one) => wrapped(one, width - margin.length, MARGIN).split("\n"));
    return [
      start,
      ...commands.map((one) => margin + bold(one)),
      ...lines.map((one) => margin + dim(one)),
    ];
  };
  return holdings.flatMap((holding, i) => [...beside(holding, i), ...under(i)]);
}
