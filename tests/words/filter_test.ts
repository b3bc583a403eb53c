import { assertEquals, assertThrows } from "@std/assert";
import { parseFilter } from "../../cli/lsns/filter.ts";
import { FilterError, type Value } from "../../cli/lsns/filter/values.ts";

const ROW: Readonly<Record<string, Value>> = {
  NS: 4026531840n,
  TYPE: "uts",
  NPROCS: 3n,
  PNS: 0n,
  PID: undefined,
  EMPTY: "",
  PATH: "/tmp/a b",
};

const passes = (text: string): boolean => parseFilter(text).test((column) => ROW[column]);

Deno.test("parseFilter() gives what scols-filter(5) says", () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ["", true],
    ["  ", true],
    ['TYPE == "uts"', true],
    ["TYPE == 'UTS'", false],
    ['TYPE=="uts"&&NPROCS==3', true],
    ['TYPE=="uts"and NPROCS==3', true],
    ['TYPE eq "uts" AND NPROCS ge 3', true],
    ['TYPE == "net" or TYPE == "uts" and NPROCS == 4', false],
    ['TYPE == "uts" or TYPE == "net" and NPROCS == 4', true],
    ['(TYPE == "uts" or TYPE == "net") and NPROCS == 4', false],
    ["!(NPROCS > 3)", true],
    ["not not TYPE", true],
    ["! NPROCS > 1", false],
    ["NPROCS == 3 == true", true],
    ["NS > 3G and NS < 4GiB", true],
    ["NPROCS < 1K", true],
    ["NPROCS >= 2.5", true],
    ["NPROCS == 3.0", true],
    ['NPROCS == "3"', true],
    ["NPROCS == 18446744073709551619", false],
    ["PNS", false],
    ["PID", false],
    ["EMPTY", false],
    ["PID == 0", false],
    ["PID != 0", false],
    ["!PID", true],
    ['TYPE > "u" and TYPE < "v"', true],
    ['TYPE =~ "^u.s$"', true],
    ['TYPE !~ "net|pid"', true],
    ['TYPE =~ "[[:alpha:]]ts"', true],
    ['TYPE =~ "[[:digit:]]"', false],
    ['NPROCS =~ "^3$"', true],
    ["TRUE", true],
    ["false or 1", true],
  ];
  for (const [text, expected] of cases) assertEquals(passes(text), expected, text);
});

Deno.test("parseFilter() names the columns it asks for", () => {
  assertEquals(parseFilter('a.b == 1 and C-d/e:f%g_ or not x3 =~ "y"').columns, [
    "a.b",
    "C-d/e:f%g_",
    "x3",
  ]);
});

Deno.test("parseFilter() refuses what makes no sense, and says where", () => {
  const cases: readonly (readonly [string, string])[] = [
    ["NS ==", "unexpected end"],
    ["NS == 1 NS", "unexpected 'NS'"],
    ["(NS == 1", "unexpected end"],
    ["NS == 1)", "unexpected ')'"],
    ["()", "unexpected ')'"],
    ["and", "unexpected '&&'"],
    ["NS ~ 1", "unexpected '~'"],
    ["NS = 1", "unexpected '='"],
    ["-1 < 2", "unexpected '-'"],
    ["NS == 1k", "'1k' is no number"],
    ["NS == 0x1", "'0x1' is no number"],
    ['TYPE == "uts', "unexpected end: a text is not closed"],
    ["TYPE =~ TYPE", "a regular expression must be a text in quotes"],
    ['TYPE =~ "["', "Invalid regular expression"],
  ];
  for (const [text, message] of cases) {
    assertEquals(assertThrows(() => parseFilter(text), FilterError).message, message, text);
  }
});

Deno.test("a filter that compares a text with a number says so when it meets one", () => {
  assertThrows(() => passes("TYPE == 1"), FilterError, "Invalid argument");
  assertThrows(() => passes("NPROCS == TYPE"), FilterError, "Invalid argument");
});

Deno.test("a filter is not fooled by a deep one", () => {
  assertEquals(passes(`${"(".repeat(500)}TYPE${")".repeat(500)}`), true);
});
