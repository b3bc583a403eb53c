import { assertEquals } from "@std/assert";
import { type Column, jsonText, listText, rawText, type Row, type Style } from "../../cli/table.ts";
import { cut, textWidth } from "../../cli/text.ts";
import { safe } from "../../ffi/bytes.ts";

const STYLE: Style = { headings: true, ascii: false, wrap: true };
const row = (cells: Row["cells"], ...children: Row[]): Row => ({ cells, children });
const COLUMNS: readonly Column[] = [
  { name: "N", right: true, number: true },
  { name: "NAME", truncate: true, tree: true },
  { name: "AT" },
];
const ROWS = [
  row([1, "a", ["/x", "/y"]], row([20, "b", undefined], row([3, "c", []])), row([4, "d", ["/z"]])),
];

Deno.test("listText() aligns, draws trees, and puts many values below each other", () => {
  assertEquals(
    listText(COLUMNS, ROWS, STYLE),
    " N NAME  AT\n" +
      " 1 a     /x\n" +
      "   │     /y\n" +
      "20 ├─b   \n" +
      " 3 │ └─c \n" +
      " 4 └─d   /z\n",
  );
  const ascii = listText(COLUMNS, ROWS, { ...STYLE, ascii: true, wrap: false, headings: false });
  assertEquals(ascii, " 1 a     /x,/y\n20 |-b   \n 3 | `-c \n 4 `-d   /z\n");
});

Deno.test("listText() cuts to the width of the terminal what may be cut", () => {
  const columns = [{ name: "N" }, { name: "TEXT", truncate: true }, { name: "Z" }];
  const rows = [row([1, "long enough", "end"]), row([2, "日本語日本語", "x"])];
  const lines = (width: number) => listText(columns, rows, { ...STYLE, width }).split("\n");
  assertEquals(lines(40), ["N TEXT         Z", "1 long enough  end", "2 日本語日本語 x", ""]);
  assertEquals(lines(13), ["N TEXT    Z", "1 long en end", "2 日本語  x", ""]);
  assertEquals(lines(1), ["N TEXT Z", "1 long end", "2 日本 x", ""], "headings are not cut");
});

Deno.test("listText() and rawText() print nothing where there is nothing, and JSON an empty list", () => {
  assertEquals(listText(COLUMNS, [], STYLE), "");
  assertEquals(rawText(COLUMNS, [], STYLE), "");
  assertEquals(JSON.parse(jsonText("rows", COLUMNS, [])), { rows: [] });
});

Deno.test("rawText() has a blank between cells and none in them", () => {
  const rows = [row([1, "a b\\\n", undefined], row([2, "é", ["/x", "/y"]]))];
  assertEquals(
    rawText(COLUMNS, rows, STYLE),
    "N NAME AT\n1 a\\x20b\\x5c\\x0a \n2 \\xe2\\x94\\x94\\xe2\\x94\\x80\\xc3\\xa9 /x,/y\n",
  );
});

Deno.test("jsonText() nests children, and has numbers, texts and nulls", () => {
  assertEquals(JSON.parse(jsonText("rows", COLUMNS, ROWS)), {
    rows: [{
      n: 1,
      name: "a",
      at: "/x,/y",
      children: [
        { n: 20, name: "b", at: null, children: [{ n: 3, name: "c", at: null }] },
        { n: 4, name: "d", at: "/z" },
      ],
    }],
  });
  const hostile = 'q"\\\n\x1b[31m\udcff é';
  const parsed = JSON.parse(jsonText("rows", [{ name: "X" }], [row([hostile])]));
  assertEquals(parsed.rows[0].x, 'q"\\\n\x1b[31m\ufffd é');
});

Deno.test("no table lets a terminal see control characters", () => {
  let hostile = "\udc9b\udcff\u202e\u2028\u200b\ufeff\u{e0001}";
  for (let code = 0; code < 0x20; code++) hostile += String.fromCharCode(code);
  for (let code = 0x7f; code < 0xa0; code++) hostile += String.fromCharCode(code);
  const rows = [row([hostile, "x"])];
  const columns = [{ name: "A", truncate: true }, { name: "B" }];
  for (const text of [listText(columns, rows, STYLE), rawText(columns, rows, STYLE)]) {
    assertEquals(text.match(/[\p{C}\p{Zl}\p{Zp}]/gu), ["\n", "\n"]);
  }
  const json = jsonText("rows", columns, rows);
  assertEquals(json.match(/[^\n\P{C}]|[\p{Zl}\p{Zp}]/gu), null);
  assertEquals(JSON.parse(json).rows[0].a, hostile.toWellFormed());
});

Deno.test("safe() can be told from what it escapes", () => {
  assertEquals(safe("plain \\ text é 日本"), "plain \\ text é 日本");
  assertEquals(safe("\x1b[31m\n"), "\\x1b[31m\\x0a");
  assertEquals(safe("\\x1b"), "\\x5cx1b");
  assertEquals(safe("é\udcff", true), "\\xc3\\xa9\\xff");
});

Deno.test("textWidth() and cut() count columns of a terminal", () => {
  assertEquals(["abc", "é", "e\u0301", "日本", "🚀", ""].map(textWidth), [3, 1, 1, 4, 2, 0]);
  assertEquals(cut("日本語", 5), "日本");
  assertEquals(cut("ab\\x1bcd", 5), "ab", "an escape is not cut in two");
  assertEquals(cut("ab", 2), "ab");
});
