// Tables of constant rows, which steps go through.

import { assertEquals, assertThrows } from "@std/assert";
import { type Cell, eachRow, type Row, Table } from "../../engine/table.ts";
import { tells } from "./trial.ts";

const PURE = { permissions: "none" } as const;

const tableOf = (...cells: readonly Cell[]): Table<"cell"> =>
  new Table(["cell"], cells.map((cell): Row<"cell"> => ({ cell })));

tells("steps see each row of a table: numbers of all sizes, and texts", (s) => {
  const rows = [
    { small: 1, large: 2 ** 40, text: "abc" },
    { small: 255, large: 7, text: "" },
  ];
  eachRow(s, ["small", "large", "text"], rows, (row) => {
    const text = s.variable("text", row.get("text"));
    s.tell(row.get("small"), row.get("large"), text.byte(), text.seek(0).minus(text));
  });
}, [1, 2 ** 40, 97, 3, 255, 7, 0, 0]);

tells("a block may leave a table, or go on with its next row", (s) => {
  eachRow(s, ["n"], [1, 2, 3, 4].map((n) => ({ n })), (row, { leave, next }) => {
    const n = s.variable("n", row.get("n"));
    s.if(n.is(2), next);
    s.if(n.is(4), leave);
    s.tell(n);
  });
}, [1, 3]);

Deno.test(
  "a column takes as many bytes as its largest number, and a text stands there once",
  PURE,
  () => {
    assertEquals([255, 256, 2 ** 16, 2 ** 32].map((most) => tableOf(0, most).rowBytes), [
      1,
      2,
      4,
      8,
    ]);
    assertEquals(tableOf(-1).rowBytes, 8);
    const bytesOf = (...cells: readonly Cell[]): number => {
      const { operand } = tableOf(...cells);
      return operand.kind === "data" ? operand.bytes.length : 0;
    };
    const rows = tableOf("a", "a").bytes;
    assertEquals(bytesOf("text", "text"), rows + "text\0".length);
    assertEquals(bytesOf("text", "more"), rows + "text\0more\0".length);
  },
);

Deno.test(
  "a column is refused that has texts and numbers, or more text than places name",
  PURE,
  () => {
    assertThrows(() => tableOf("text", 1), TypeError, 'texts and numbers in column "cell"');
    const long = "x".repeat(2 ** 16);
    assertEquals(tableOf(long).rowBytes, 2);
    assertThrows(() => tableOf(long, "y"), RangeError, "so much text");
  },
);
