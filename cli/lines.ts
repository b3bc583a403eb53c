/** Lines of drawings: painted text with its width. */
import { safe } from "../ffi/bytes.ts";
import type { Look, Paint } from "./colour.ts";
import { cut, textWidth } from "./text.ts";

/** A line, ready for the terminal. */
export interface Line {
  readonly text: string;
  /** Width in columns, without colour codes. */
  readonly width: number;
}

/** An unpainted part of a line. The text need not be safe. */
export interface Span {
  readonly text: string;
  readonly look?: Look | undefined;
}

/** How to draw: colours and characters. */
export interface Pen {
  readonly paint: Paint;
  /** Whether only ASCII may be printed. */
  readonly ascii: boolean;
}

/** The characters of a drawing. */
export interface Strokes {
  readonly inner: string;
  readonly last: string;
  readonly past: string;
  readonly none: string;
  readonly arrow: string;
  readonly more: string;
  /** Corners from top left clockwise, then the horizontal and the vertical. */
  readonly frame: readonly [string, string, string, string, string, string];
}

const UNICODE: Strokes = {
  inner: "├─",
  last: "└─",
  past: "│ ",
  none: "  ",
  arrow: " → ",
  more: "…",
  frame: ["╭", "╮", "╯", "╰", "─", "│"],
};

const ASCII: Strokes = {
  inner: "|-",
  last: "`-",
  past: "| ",
  none: "  ",
  arrow: " -> ",
  more: "~",
  frame: ["+", "+", "+", "+", "-", "|"],
};

/** The strokes of a pen, ASCII or not. */
export function strokesOf({ ascii }: Pen): Strokes {
  return ascii ? ASCII : UNICODE;
}

/** A line of spans, made safe, and cut at the end to what fits. */
export function lineOf(spans: readonly Span[], width: number, pen: Pen): Line {
  const { more } = strokesOf(pen);
  let [text, used] = ["", 0];
  for (const [i, { text: raw, look }] of spans.entries()) {
    const shown = safe(raw, pen.ascii && !STROKES.has(raw));
    const rest = spans.slice(i + 1).some((span) => span.text !== "") ? 1 : 0;
    const room = width - used;
    const fits = textWidth(shown) + rest <= room || textWidth(shown) === room && rest === 0;
    const part = fits ? shown : cut(shown, Math.max(0, room - 1)) + more;
    text += look ? pen.paint(look, part) : part;
    used += textWidth(part);
    if (!fits) break;
  }
  return { text, width: used };
}

/** These are the drawing's own. */
const STROKES: ReadonlySet<string> = new Set([UNICODE.arrow, UNICODE.more]);

/** Puts something in front of a line. */
export function indent(line: Line, before: string, look: Look | undefined, { paint }: Pen): Line {
  return {
    text: (look ? paint(look, before) : before) + line.text,
    width: textWidth(before) + line.width,
  };
}

/** Draws a frame around lines, with a title in its upper edge. */
export function framed(
  title: Line | undefined,
  lines: readonly Line[],
  look: Look,
  pen: Pen,
): Line[] {
  const [topLeft, topRight, bottomRight, bottomLeft, across, down] = strokesOf(pen).frame;
  const widest = Math.max(0, title ? title.width + 2 : 0, ...lines.map(({ width }) => width));
  const side = (text: string): string => pen.paint(look, text);
  const top = title
    ? side(topLeft + across) + ` ${title.text} ` +
      side(across.repeat(widest - title.width - 1) + topRight)
    : side(topLeft + across.repeat(widest + 2) + topRight);
  const width = widest + 4;
  return [
    { text: top, width },
    ...lines.map((line) => ({
      text: `${side(down)} ${line.text}${" ".repeat(widest - line.width)} ${side(down)}`,
      width,
    })),
    { text: side(bottomLeft + across.repeat(widest + 2) + bottomRight), width },
  ];
}

/** The words of an item, each an item. */
function wordsOf(item: readonly Span[]): Span[][] {
  return item.flatMap((span) => span.text.split(" ").map((text) => [{ ...span, text }]));
}

/**
 * Fills lines with items, as many as fit; the spans of an item stay together. If `between` is a blank, a text
 * that is longer than a line is broken at its words.
 *
 * @param first The width of the first line.
 * @param between The separator of two items on a line.
 */
export function flow(
  items: readonly (readonly Span[])[],
  width: number,
  pen: Pen,
  first = width,
  between = "  ",
): Line[] {
  const lines: Line[] = [];
  let spans: Span[] = [];
  let used = 0;
  const end = (): void => {
    if (spans.length > 0) lines.push(lineOf(spans, lines.length === 0 ? first : width, pen));
    [spans, used] = [[], 0];
  };
  const widthOf = (item: readonly Span[]): number =>
    item.reduce((sum, { text }) => sum + textWidth(safe(text, pen.ascii)), 0);
  const broken = between === " "
    ? items.flatMap((item) => widthOf(item) > width ? wordsOf(item) : [item])
    : items;
  for (const item of broken) {
    const needs = widthOf(item);
    const room = lines.length === 0 ? first : width;
    if (used > 0 && used + between.length + needs > room) end();
    if (used > 0) spans.push({ text: between });
    used += (used > 0 ? between.length : 0) + needs;
    spans.push(...item);
  }
  end();
  return lines;
}
