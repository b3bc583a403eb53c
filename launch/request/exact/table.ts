/** The table of exact options, as steps look words up in it. */
import type { Builder } from "../../../engine/builder.ts";
import { NUL } from "../../../engine/characters.ts";
import { data } from "../../../engine/operand.ts";
import { type Cell, firstsOf, Table, type TableRow } from "../../../engine/table.ts";
import { Expression, type Variable } from "../../../engine/value.ts";
import { FLAGS, KINDS, LAYERS, MODES, RECORDS } from "../../root/record.ts";
import { lackingWords, type OpenOption } from "../spec.ts";

/** What the table has of an option. */
const COLUMNS = [
  /** As it is typed, and its length with the NUL. */
  "text",
  "length",
  /** How many words follow it. */
  "count",
  "lacking",
  "again",
  /** What its words are: options of one case are read by the same steps. */
  "case",
  // Of an operation: its kind, flags and name in a record, and what its first word is.
  "kind",
  "flags",
  "name",
  "first",
  /** The mode of what it makes, where none is given. */
  "mode",
  /** Whether a mode that is given is for it. */
  "takesMode",
  /** How many layers it needs at least; none where it takes none. */
  "layers",
] as const;

type Column = typeof COLUMNS[number];

/** What happens where an option is given once more. */
export const AGAIN = { fine: 0, refused: 1, "last counts": 2 } as const;

/** What the first word of an operation is. */
export const FIRST = { destination: 0, source: 1, descriptor: 2, mode: 3 } as const;

/** What the first word is, by its name. */
const FIRSTS: Readonly<Record<string, number>> = {
  SRC: FIRST.source,
  RWSRC: FIRST.source,
  FD: FIRST.descriptor,
  OCTAL: FIRST.mode,
};

/** What of an option makes its case. */
const caseOf = ({ means = [], long }: OpenOption): string =>
  means.some(({ as }) => as === "operation")
    ? "operation"
    : means.length === 0
    ? `tell ${long}`
    : JSON.stringify([means, means.some(({ usual }) => usual === undefined) ? long : ""]);

function operationCells({ means = [], words = [] }: OpenOption): Partial<Record<Column, Cell>> {
  const meaning = means.find(({ as }) => as === "operation");
  if (!meaning) return {};
  const operation = meaning.operation!;
  const [kind, flags] = RECORDS[operation];
  return {
    kind: KINDS[kind],
    flags: flags | (meaning.try ? FLAGS.optional : 0),
    name: operation,
    first: FIRSTS[words[0] ?? ""] ?? FIRST.destination,
    mode: operation in MODES ? MODES[operation as keyof typeof MODES] : 0,
    takesMode: operation in MODES ? 1 : 0,
    layers: operation in LAYERS ? LAYERS[operation as keyof typeof LAYERS] : 0,
  };
}

/** The table. */
export class OptionTable {
  /** The cases, each with the options that it is of. */
  readonly cases: readonly (readonly [number, readonly OpenOption[]])[];
  readonly #s: Builder;
  readonly #table: Table<Column>;
  /** Where the table is, and in it the row that is found. */
  readonly #start: Variable;
  readonly #found: Variable;
  /** By length: the number of the first row whose text is as long, or longer. */
  readonly #firsts: Uint8Array;

  /** Must be called outside of all blocks. */
  constructor(s: Builder, options: readonly OpenOption[]) {
    const names = [...new Set(options.map(caseOf))].sort((a) => a === "operation" ? -1 : 0);
    this.#s = s;
    this.#found = s.variable("row of the option", 0);
    this.cases = names.map((name, i) => [i, options.filter((one) => caseOf(one) === name)]);
    const rows = options.map((option) => {
      const { long, words = [], again } = option;
      const row: Partial<Record<Column, Cell>> = {
        text: `--${long}`,
        length: long.length + 3,
        count: words.length,
        lacking: words.length === 0 ? "" : lackingWords(option),
        again: AGAIN[again ?? "fine"],
        case: names.indexOf(caseOf(option)),
        ...operationCells(option),
      };
      return Object.fromEntries(
        COLUMNS.map((column) => [column, row[column] ?? (column === "name" ? "" : 0)]),
      ) as Record<Column, number>;
    }).sort((a, b) => a.length - b.length);
    const longest = rows.at(-1)!.length;
    this.#firsts = firstsOf(rows.map(({ length }) => length), longest);
    // Ends the longest.
    this.#table = new Table(COLUMNS, [...rows, { ...rows[0]!, length: 0 }]);
    this.#start = s.variable("table of options", this.#table.operand);
  }

  /** Finds the option that a word is: among those of its length. */
  find(word: Variable, unknown: () => void): void {
    const s = this.#s;
    const length = s.variable("length", word.seek(NUL).minus(word).plus(1));
    s.block((known) => {
      s.block((none) => {
        s.if(length.isAtLeast(this.#firsts.length), none.leave);
        const first = new Expression("byte", [data(this.#firsts, "firsts"), length]);
        this.#found.set(first.times(this.#table.rowBytes).plus(this.#start));
        s.loop(() => {
          const row = this.#row(this.#found);
          s.if(row.get("length").isNot(length), none.leave);
          s.if(word.isSame(row.get("text"), length), known.leave);
          this.#found.advance(this.#table.rowBytes);
        });
      });
      unknown();
    });
  }

  /** How many bytes its rows have. */
  get bytes(): number {
    return this.#table.bytes;
  }

  /** Where the row of the option that is found is in the table. */
  get offset(): Expression {
    return this.#found.minus(this.#start);
  }

  /** What the table has of the option that is found. */
  get(column: Column): Variable {
    return this.#s.variable(column, this.#row(this.#found).get(column));
  }

  #row(at: Variable): TableRow<Column> {
    return this.#table.row(this.#s, this.#start, at);
  }
}
