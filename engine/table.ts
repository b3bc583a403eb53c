/** Tables: constant rows that a plan loops over when it runs. */
import type { Builder } from "./builder.ts";
import type { Loop } from "./builder/blocks.ts";
import { type Short, vector } from "./operand.ts";
import { type Layout, layout, Struct } from "./struct.ts";

const CELL_BYTES = 8;

/** A row: numbers as they are, texts as their addresses. */
export type Row<Column extends string> = Readonly<Record<Column, Short>>;

/** Runs a block for each row: a loop, so the plan does not grow with the rows. */
export function eachRow<Column extends string>(
  s: Builder,
  columns: readonly Column[],
  rows: readonly Row<Column>[],
  body: (row: Struct<Column>, loop: Loop) => void,
): void {
  const cells = rows.flatMap((row) => columns.map((column) => row[column]));
  const fields = columns.map((column, i) => [column, [CELL_BYTES * i, CELL_BYTES]]);
  const shape: Layout<Column> = layout(
    CELL_BYTES * columns.length,
    Object.fromEntries(fields) as Layout<Column>["fields"],
  );
  s.block(() => {
    const start = s.variable("table", vector(cells));
    const end = start.plus(CELL_BYTES * cells.length);
    s.each([start, end, shape.bytes], (at, loop) => body(new Struct(s, shape, at), loop));
  });
}
