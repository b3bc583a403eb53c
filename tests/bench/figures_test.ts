import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { aimSection } from "../../bench/aim.ts";
import { able, type Absent, file, installed } from "../../bench/contender.ts";
import { table, textOf } from "../../bench/markdown.ts";
import { race, type Times } from "../../bench/race.ts";
import { overhead, overheadRatio, ratio, timesTable } from "../../bench/times_table.ts";

const TIMES: readonly Times[] = [
  { label: "plain", median: 1, least: 0.5 },
  { label: "own", median: 2, least: 1.5 },
  { label: "other", median: 5, least: 4.25 },
];

Deno.test("ratios are of times, and of what they are over the base", () => {
  assertEquals(ratio(TIMES, "own", "other"), 0.4);
  assertEquals(overhead(TIMES, "own", "plain"), 1);
  assertEquals(overheadRatio(TIMES, "own", { base: "plain", peer: "other" }), 0.25);
  assertEquals(ratio(TIMES, "own", "absent"), undefined);
  assertEquals(overheadRatio(TIMES, "absent", { base: "plain", peer: "other" }), undefined);
});

Deno.test("a table of times has columns for those peers that have run", () => {
  assertEquals(
    timesTable(TIMES, "plain", ["absent", "other"]).split("\n"),
    [
      "|       | median ms | least ms | ÷ other | overhead ms | ÷ other's |",
      "| ----- | --------: | -------: | ------: | ----------: | --------: |",
      "| plain |      1.00 |     0.50 |    0.20 |             |           |",
      "| own   |      2.00 |     1.50 |    0.40 |        1.00 |      0.25 |",
      "| other |      5.00 |     4.25 |    1.00 |        4.00 |      1.00 |",
    ],
  );
});

Deno.test("an aim is met by what it allows, and missed by more", () => {
  const text = textOf(aimSection([
    { what: "a ratio", figure: 0.6, atMost: 0.6 },
    { what: "a time", figure: 4.04, atMost: 4, unit: "ms" },
  ]));
  assertStringIncludes(text, "1 of 2 are met.");
  assertStringIncludes(text, "| a ratio |     0.60 |         0.60 |    met |");
  assertStringIncludes(text, "| a time  |  4.04 ms |      4.00 ms | missed |");
});

Deno.test("tables are as wide as their cells", () => {
  assertEquals(table([["", "n"], ["a", "1"]]), "|   |  n |\n| - | -: |\n| a |  1 |");
});

Deno.test("a race takes the time of each, and rare ones run rarely", async () => {
  const ran: string[] = [];
  const contender = (label: string, every: number) => ({
    label,
    every,
    command: () => ({
      output: () => {
        ran.push(label);
        return new Deno.Command("/bin/true").output();
      },
      spawn: () => new Deno.Command("/bin/true").spawn(),
    }),
  });
  const contenders = [contender("often", 1), contender("seldom", 5)];
  const times = await race(contenders, { warmUp: 1, counted: 6 }, 2);
  const count = (label: string) => ran.filter((one) => one === label).length;
  assertEquals([count("often"), count("seldom")], [14, 4]);
  assertEquals(times.map(({ label, median, least }) => [label, least > 0 && median >= least]), [
    ["often", true],
    ["seldom", true],
  ]);
});

Deno.test("who fails is left out before a race, and ends one", async () => {
  const absent: Absent[] = [];
  const sorry = file("sorry", "/bin/sh", ["-c", "echo I cannot >&2; exit 3"]);
  const silent = file("silent", "/bin/false");
  const found = await able(
    [file("fine", "/bin/true"), sorry, silent, installed("no-such")],
    absent,
  );
  assertEquals(found.map(({ label }) => label), ["fine"]);
  assertEquals(absent, [
    { label: "sorry", problem: "I cannot" },
    { label: "silent", problem: "exit status 1" },
    { label: "no-such", problem: "not installed" },
  ]);
  await assertRejects(
    () => race([sorry], { warmUp: 0, counted: 1 }),
    Error,
    "sorry failed while it was measured, exit status 3",
  );
});
