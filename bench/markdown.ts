/** Markdown, laid out as deno fmt would. */

/** A part of the report. */
export interface Section {
  readonly title: string;
  /** Paragraphs and tables. */
  readonly blocks: readonly string[];
}

/** A table: the first row is its head, the first column is to the left, and numbers are to the right. */
export function table(rows: readonly (readonly string[])[]): string {
  const least = (at: number): number => at === 0 ? 1 : "-:".length;
  const widths = rows[0]!.map((_, at) =>
    Math.max(least(at), ...rows.map((row) => row[at]!.length))
  );
  const line = (row: readonly string[]): string => {
    const cells = row.map((cell, at) =>
      at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!)
    );
    return `| ${cells.join(" | ")} |`;
  };
  const rule = widths.map((width, at) =>
    at === 0 ? "-".repeat(width) : `${"-".repeat(width - 1)}:`
  );
  const [head, ...body] = rows.map(line);
  return [head, `| ${rule.join(" | ")} |`, ...body].join("\n");
}

/** A list. */
export const list = (items: readonly string[]): string =>
  items.map((item) => `- ${item}`).join("\n");

/** A section as text. */
export const textOf = ({ title, blocks }: Section): string =>
  [`## ${title}`, ...blocks].join("\n\n") + "\n";
