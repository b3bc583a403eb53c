/** The walkthrough's texts on a terminal. */
import type { Paint } from "../colour.ts";
import { wrapped } from "../text.ts";
import type { Block, Section } from "./page.ts";

/** How to print. */
export interface Style {
  readonly paint: Paint;
  readonly width: number;
  readonly ascii: boolean;
}

/** The widest text that is easily read. */
const WIDEST = 80;

/** Where the locale has no others. */
const ASCII: Readonly<Record<string, string>> = { "…": "...", "→": "->", "⇄": "<->" };

const plainOf = (text: string, { ascii }: Style): string =>
  // deno-lint-ignore no-control-regex -- what is not ASCII
  ascii ? text.replace(/[^\x00-\x7f]/g, (char) => ASCII[char] ?? "|") : text;

/** Where a line may not be broken: within what is to be typed. */
const KEPT = "\x01";

/** A paragraph, in lines. What stands between backticks is painted, if there are colours. */
export function paragraph(text: string, style: Style): string {
  const { paint, width } = style;
  const kept = plainOf(text, style).replace(
    /`[^`]+`/g,
    (code) => code.length <= Math.min(width, WIDEST) ? code.replaceAll(" ", KEPT) : code,
  );
  const lines = wrapped(kept, Math.min(width, WIDEST)).replaceAll(KEPT, " ");
  return lines.replace(/`([^`]+)`/g, (code, inside: string) => {
    const painted = inside.split("\n").map((line) => paint("bold", line)).join("\n");
    return painted === inside ? code : painted;
  }).replaceAll("**", "");
}

/** The first line of a section: its title, and which of how many it is. */
export function titleLine(title: string, place: string, style: Style): string {
  const room = Math.min(style.width, WIDEST);
  const words = plainOf(title, style);
  const end = place === "" ? "" : ` ${place}`;
  const fill = room - words.length - end.length - 1;
  if (fill < 1) return style.paint("bold", words);
  const line = (style.ascii ? "-" : "─").repeat(fill);
  return `${style.paint("bold", words)} ${style.paint("dim", line + end)}`;
}

/** A block as the page has it, to be read where nothing is typed. */
export function blockText(block: Block, style: Style): string {
  if (block.kind !== "console") {
    const { kind, text } = block;
    if (kind === "heading") {
      const lines = wrapped(plainOf(text, style), Math.min(style.width, WIDEST)).split("\n");
      return lines.map((line) => style.paint("bold", line)).join("\n");
    }
    return paragraph(kind === "try" ? `Try it: ${text}` : text, style);
  }
  return block.steps.flatMap(({ isInner, line, output }) => [
    `  ${isInner ? "#" : "$"} ${style.paint("bold", plainOf(line, style))}`,
    ...output.map((one) => `  ${plainOf(one, style)}`),
  ]).join("\n");
}

/** A whole section, to be read. */
export function sectionText({ title, blocks }: Section, place: string, style: Style): string {
  const parts = [titleLine(title, place, style), ...blocks.map((block) => blockText(block, style))];
  return `${parts.join("\n\n")}\n`;
}
