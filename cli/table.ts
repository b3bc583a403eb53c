/**
 * Tables for people (aligned columns, trees), and the same for programs (raw, JSON), in the formats
 * of util-linux's commands.
 */
import { escapeBytes, safe } from "../ffi/bytes.ts";
import { cut, safeJson, textWidth } from "./text.ts";

/** A column. */
export interface Column {
  readonly name: string;
  readonly right?: boolean;
  /** The least width if there are no headings. */
  readonly least?: number;
  /** Whether it may be cut if lines are too long for the terminal; a number: to no fewer columns. */
  readonly truncate?: boolean | number;
  /** Trees are drawn in this column. */
  readonly tree?: boolean;
  /** JSON has numbers here. */
  readonly number?: boolean;
}

/** The value of a cell. A list has one item a line, or commas between. */
export type Cell = string | number | readonly string[] | undefined;

/** A row and those below it. */
export interface Row {
  readonly cells: readonly Cell[];
  readonly children: readonly Row[];
}

/** How to print a table. */
export interface Style {
  readonly headings: boolean;
  /** Whether only ASCII may be printed. */
  readonly ascii: boolean;
  /** How many columns the terminal has; undefined: as many as needed. */
  readonly width?: number | undefined;
  /** Whether a cell with several values takes several lines. */
  readonly wrap: boolean;
}

interface Line {
  readonly row: Row;
  /** The branch in front of the tree's cell, in the first line and in those below. */
  readonly branch: string;
  readonly trunk: string;
}

/** The characters of branches. */
function twigs(ascii: boolean): Record<"inner" | "last" | "past" | "none", string> {
  return ascii
    ? { inner: "|-", last: "`-", past: "| ", none: "  " }
    : { inner: "├─", last: "└─", past: "│ ", none: "  " };
}

/** The rows from top to bottom. The topmost have no branch. */
function linesOf(rows: readonly Row[], ascii: boolean): Line[] {
  const { inner, last, past, none } = twigs(ascii);
  const lines: Line[] = [];
  const add = (row: Row, before: string, isLast: boolean, top: boolean): void => {
    const branch = top ? "" : before + (isLast ? last : inner);
    const trunk = top ? "" : before + (isLast ? none : past);
    lines.push({ row, branch, trunk: row.children.length > 0 ? trunk + past : trunk });
    row.children.forEach((child, i) => add(child, trunk, i === row.children.length - 1, false));
  };
  for (const row of rows) add(row, "", true, true);
  return lines;
}

const textOf = (cell: Cell): string =>
  cell === undefined ? "" : Array.isArray(cell) ? cell.join(",") : String(cell);

/** The lines of a cell, safe to print. */
function cellLines(cell: Cell, { ascii, wrap }: Style): string[] {
  if (Array.isArray(cell) && wrap && cell.length > 0) {
    return cell.map((line: string) => safe(line, ascii));
  }
  return [safe(textOf(cell), ascii)];
}

/** Aligned columns; empty if there are no rows. */
export function listText(columns: readonly Column[], rows: readonly Row[], style: Style): string {
  if (rows.length === 0) return "";
  const grid = linesOf(rows, style.ascii).map((line) => gridCells(columns, line, style));
  if (style.headings) grid.unshift(columns.map(({ name }) => [name]));
  const widths = columns.map(({ least = 0 }, i) =>
    Math.max(widest(grid, i), style.headings ? 0 : least)
  );
  fit(columns, widths, style.width);
  return grid.map((cells) => gridText(columns, cells, widths)).join("");
}

/** The lines of each cell; the tree goes on beside cells of several lines. */
function gridCells(columns: readonly Column[], line: Line, style: Style): string[][] {
  const cells = columns.map((_, i) => cellLines(line.row.cells[i], style));
  const height = Math.max(...cells.map((lines) => lines.length));
  const tree = columns.findIndex((column) => column.tree);
  if (tree >= 0) {
    const own = cells[tree]!;
    cells[tree] = Array.from(
      { length: height },
      (_, i) => (i === 0 ? line.branch : line.trunk) + (own[i] ?? ""),
    );
  }
  return cells;
}

function widest(grid: readonly (readonly string[][])[], column: number): number {
  let width = 0;
  for (const cells of grid) {
    for (const line of cells[column]!) width = Math.max(width, textWidth(line));
  }
  return width;
}

/** Narrows the columns that may be cut, the last first, until lines fit the terminal. */
function fit(columns: readonly Column[], widths: number[], width: number | undefined): void {
  let over = width === undefined
    ? 0
    : widths.reduce((sum, one) => sum + one, widths.length - 1) - width;
  for (let i = columns.length - 1; i >= 0 && over > 0; i--) {
    const { truncate, name } = columns[i]!;
    const fewest = typeof truncate === "number" ? truncate : name.length;
    const taken = truncate ? Math.min(over, Math.max(0, widths[i]! - fewest)) : 0;
    widths[i]! -= taken;
    over -= taken;
  }
}

function gridText(
  columns: readonly Column[],
  cells: readonly string[][],
  widths: readonly number[],
): string {
  const height = Math.max(...cells.map((lines) => lines.length));
  let text = "";
  for (let line = 0; line < height; line++) {
    text += columns.map(({ right, truncate }, i) => {
      const whole = cells[i]![line] ?? "";
      const cell = truncate ? cut(whole, widths[i]!) : whole;
      const last = i === columns.length - 1;
      const gap = " ".repeat(Math.max(0, widths[i]! - textWidth(cell)));
      if (right) return last && cell === "" ? "" : gap + cell;
      return last ? cell : cell + gap;
    }).join(" ") + "\n";
  }
  return text;
}

/** One blank between cells; blanks, control characters and all that is not ASCII as `\xHH`. */
export function rawText(
  columns: readonly Column[],
  rows: readonly Row[],
  { headings, ascii }: Style,
): string {
  if (rows.length === 0) return "";
  const raw = (text: string): string => text.replace(/[^!-[\]-~]/gu, escapeBytes);
  const lines = linesOf(rows, ascii).map(({ row, branch }) =>
    columns.map((column, i) => raw((column.tree ? branch : "") + textOf(row.cells[i]))).join(" ")
  );
  if (headings) lines.unshift(columns.map(({ name }) => name).join(" "));
  return lines.join("\n") + "\n";
}

const INDENT = "   ";

/** `{ name: [ {…}, … ] }`, where rows have their `children`. Numbers are numbers, and what is not there is null. */
export function jsonText(name: string, columns: readonly Column[], rows: readonly Row[]): string {
  return `{\n${INDENT}${JSON.stringify(name)}: ${jsonRows(columns, rows, 1)}\n}\n`;
}

function jsonRows(columns: readonly Column[], rows: readonly Row[], depth: number): string {
  const [outer, middle, inner] = [0, 1, 2].map((more) => INDENT.repeat(depth + more)) as [
    string,
    string,
    string,
  ];
  const objects = rows.map(({ cells, children }) => {
    const members = columns.map(({ name, number }, i) =>
      `${JSON.stringify(name.toLowerCase())}: ${jsonValue(cells[i], number === true)}`
    );
    if (children.length > 0) {
      members.push(`"children": ${jsonRows(columns, children, depth + 2)}`);
    }
    return `{\n${inner}${members.join(`,\n${inner}`)}\n${middle}}`;
  });
  return `[\n${objects.length > 0 ? middle : ""}${objects.join(",")}\n${outer}]`;
}

function jsonValue(cell: Cell, number: boolean): string {
  const text = textOf(cell);
  if (text === "") return "null";
  return number ? text : safeJson(JSON.stringify(text.toWellFormed()));
}
