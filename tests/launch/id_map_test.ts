import { assert, assertEquals } from "@std/assert";
import { ALL_IDS, type IdRange, mapText, parseMap, punch } from "../../launch/id_map.ts";
import { PURE } from "./specs.ts";

const range = (text: string): IdRange => parseMap(text)[0]!;
const shown = (map: readonly IdRange[]): string => mapText(map).replaceAll("\n", ", ");

// The format is that of uid_map: inner outer count.
const PUNCHED: readonly (readonly [name: string, range: string, hole: string, left: string])[] = [
  ["no id is in the range", "10 100 10", "20 0 1", "10 100 10"],
  ["the inner id is the range's first", "0 100000 65536", "0 1000 1", "1 100000 65535"],
  ["the inner id is the range's last", "0 100 10", "9 7 1", "0 100 9"],
  ["the inner id is just below the range", "10 100 10", "9 7 1", "10 100 10"],
  ["the inner id is just above the range", "10 100 10", "20 7 1", "10 100 10"],
  ["the outer id is just below the range", "10 100 10", "5 99 1", "10 100 10"],
  ["the outer id is just above the range", "10 100 10", "5 110 1", "10 100 10"],
  ["the inner id is within", "0 100 10", "4 7 1", "0 100 4, 5 104 5"],
  ["the outer id is the range's first", "0 1000 10", "1000 1000 1", "0 1001 9"],
  ["the outer id is the range's last", "0 100 10", "50 109 1", "0 100 9"],
  ["the outer id is within", "0 100 10", "50 104 1", "0 100 4, 4 105 5"],
  ["both are the same place", "0 100 10", "4 104 1", "0 100 4, 5 105 5"],
  ["both are first", "0 0 4294967295", "0 0 1", "1 1 4294967294"],
  ["both are last", "0 100 10", "9 109 1", "0 100 9"],
  ["both are within, the inner first", "0 100 10", "3 106 1", "0 100 3, 4 103 3, 7 107 3"],
  ["both are within, the outer first", "0 100 10", "6 103 1", "0 100 3, 3 104 3, 7 107 3"],
  ["they are neighbours", "0 100 10", "4 105 1", "0 100 4, 5 104 1, 6 106 4"],
  ["the range is the hole", "5 50 1", "5 50 1", ""],
  ["the range is one id, whose inner is taken", "5 50 1", "5 60 1", ""],
  ["the range is one id, whose outer is taken", "5 50 1", "6 50 1", ""],
  ["the range is one id beside it", "5 50 1", "6 51 1", "5 50 1"],
];

for (const [name, whole, hole, left] of PUNCHED) {
  Deno.test(`punch() takes ${hole} out of ${whole}, where ${name}`, PURE, () => {
    assertEquals(shown(punch(range(whole), range(hole), false)), left);
  });
}

Deno.test("punch() lets an open range grow at its inner end instead of losing an id", PURE, () => {
  // --map-auto -r, as root and as uid 1000: the whole subordinate range is kept.
  assertEquals(shown(punch(range("0 100000 65536"), range("0 1000 1"), true)), "1 100000 65536");
  // --map-auto -c
  assertEquals(
    shown(punch(range("0 100000 65536"), range("1000 1000 1"), true)),
    "0 100000 1000, 1001 101000 64536",
  );
  assertEquals(
    shown(punch(range("0 100000 65536"), range("65536 1000 1"), true)),
    "0 100000 65536",
  );
});

/** Every id of small ranges, mapped or not, by the words of the rule. */
Deno.test(
  "punch() keeps all ids of both sides that can be kept, in order, and no other",
  PURE,
  () => {
    for (let count = 1; count <= 6; count++) {
      const whole = { inner: 10, outer: 100, count };
      for (let inner = 8; inner <= 18; inner++) {
        for (let outer = 98; outer <= 108; outer++) {
          const map = punch(whole, { inner, outer, count: 1 }, false);
          const pairs = map.flatMap(({ inner, outer, count }) =>
            Array.from({ length: count }, (_, i) => [inner + i, outer + i])
          );
          const ids = (start: number, hole: number): number[] =>
            Array.from({ length: count }, (_, i) => start + i).filter((id) => id !== hole);
          const [inside, outside] = [ids(10, inner), ids(100, outer)];
          const kept = Math.min(inside.length, outside.length);
          assertEquals(pairs, inside.slice(0, kept).map((id, i) => [id, outside[i]!]));
          assert(map.length <= 3);
        }
      }
    }
  },
);

Deno.test("punch() of an open range keeps every outer id but the one taken", PURE, () => {
  for (let inner = 0; inner <= 8; inner++) {
    for (const outer of [99, 100, 103, 105, 106]) {
      const map = punch({ inner: 0, outer: 100, count: 6 }, { inner, outer, count: 1 }, true);
      const total = map.reduce((sum, { count }) => sum + count, 0);
      assertEquals(total, outer >= 100 && outer <= 105 ? 5 : 6);
      assert(map.every((part) => inner < part.inner || inner >= part.inner + part.count));
    }
  }
});

Deno.test("mapText() and parseMap() are each other's inverse", PURE, () => {
  const map = [{ inner: 0, outer: 1000, count: 1 }, {
    inner: 1,
    outer: 100000,
    count: ALL_IDS - 1,
  }];
  assertEquals(mapText(map), "0 1000 1\n1 100000 4294967294");
  assertEquals(parseMap(mapText(map)), map);
  assertEquals([mapText([]), parseMap("")], ["", []]);
});

Deno.test("parseMap() reads the kernel's columns", PURE, () => {
  assertEquals(parseMap("         0       1000          1\n         1     100000      65536\n"), [
    { inner: 0, outer: 1000, count: 1 },
    { inner: 1, outer: 100000, count: 65536 },
  ]);
});
