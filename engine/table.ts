/** Tables: constant rows that a plan loops over when it runs. */
import { encode } from "../ffi/bytes.ts";
import type { Builder } from "./builder.ts";
import type { Loop } from "./builder/blocks.ts";
import { Growing } from "./growing.ts";
import { data, type Operand } from "./operand.ts";
import { type Field, layout, Struct } from "./struct.ts";
import { Expression, type Value, type Variable } from "./value.ts";

/** What stands in a row: a number, or a text, of which the row has where in the table it is. */
export type Cell = number | bigint | string | Uint8Array;

/** A row. */
export type Row<Column extends string> = Readonly<Record<Column, Cell>>;

const TEXT_BYTES = 2;
const SIZES = [1, 2, 4, 8] as const;

const isText = (cell: Cell): cell is string | Uint8Array =>
  typeof cell === "string" || cell instanceof Uint8Array;

/** The bytes that numbers need. */
function sizeOf(numbers: readonly (number | bigint)[]): Field[1] {
  const most = numbers.map((number) => BigInt.asUintN(64, BigInt(number)))
    .reduce((most, number) => number > most ? number : most, 0n);
  return SIZES.find((bytes) => most < 1n << BigInt(8 * bytes))!;
}

/** Rows, and behind them the texts in them, with a NUL behind each. */
export class Table<Column extends string> {
  /** The bytes of all rows, and of one. */
  readonly bytes: number;
  readonly rowBytes: number;
  readonly #content = new Growing();
  readonly #fields: Readonly<Record<Column, Field>>;
  readonly #texts: ReadonlySet<Column>;
  /** Where texts are, by their bytes. */
  readonly #places = new Map<string, number>();

  constructor(columns: readonly Column[], rows: readonly Row<Column>[]) {
    const cells = (column: Column): Cell[] => rows.map((row) => row[column]);
    this.#texts = new Set(columns.filter((column) => cells(column).some(isText)));
    let rowBytes = 0;
    this.#fields = Object.fromEntries(columns.map((column): [Column, Field] => {
      const isTexts = this.#texts.has(column);
      if (isTexts && !cells(column).every(isText)) {
        throw new TypeError(`Cannot have texts and numbers in column "${column}" of a table`);
      }
      const bytes = isTexts ? TEXT_BYTES : sizeOf(cells(column) as (number | bigint)[]);
      rowBytes += bytes;
      return [column, [rowBytes - bytes, bytes]];
    })) as Record<Column, Field>;
    this.rowBytes = rowBytes;
    this.bytes = rowBytes * rows.length;
    this.#content.take(this.bytes, 1);
    rows.forEach((row, i) => columns.forEach((column) => this.#set(rowBytes * i, column, row)));
  }

  #set(at: number, column: Column, row: Row<Column>): void {
    const cell = row[column];
    const [offset, bytes] = this.#fields[column];
    const number = BigInt.asUintN(64, BigInt(isText(cell) ? this.#place(cell) : cell));
    const content = this.#content;
    for (let i = 0; i < bytes; i++) {
      content.bytes[at + offset + i] = Number(number >> BigInt(8 * i) & 0xffn);
    }
  }

  #place(text: string | Uint8Array): number {
    const bytes = encode(text);
    const key = String(bytes);
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const at = this.#content.append(bytes, bytes.length + 1, 1);
    if (at >= 1 << 8 * TEXT_BYTES) throw new RangeError("Cannot have so much text in a table");
    this.#places.set(key, at);
    return at;
  }

  /** The address of the table. */
  get operand(): Operand {
    return data(this.#content.content, "table");
  }

  /** The row at an address. */
  row(s: Builder, start: Value, at: Variable): TableRow<Column> {
    const row = new Struct(s, layout(this.rowBytes, this.#fields), at);
    return {
      get: (column) =>
        this.#texts.has(column) ? new Expression("add", [row.get(column), start]) : row.get(column),
    };
  }
}

/** Of numbers that ascend, for each from 0 to a limit: which is the first that is as large, or larger. */
export const firstsOf = (numbers: readonly number[], limit: number): Uint8Array =>
  Uint8Array.from(
    { length: limit + 1 },
    (_, least) => numbers.filter((number) => number < least).length,
  );

/** A row of a table, as steps read it. */
export interface TableRow<Column extends string> {
  /** A number, unsigned, or the address of a text. */
  get(column: Column): Expression;
}

/** Runs a block for each row: a loop, so the plan does not grow with the rows. */
export function eachRow<Column extends string>(
  s: Builder,
  columns: readonly Column[],
  rows: readonly Row<Column>[],
  body: (row: TableRow<Column>, loop: Loop) => void,
): void {
  const table = new Table(columns, rows);
  s.block(() => {
    const start = s.variable("table", table.operand);
    const end = s.variable("end of table", start.plus(table.bytes));
    s.each([start, end, table.rowBytes], (at, loop) => {
      body(table.row(s, start, at), loop);
    });
  });
}
