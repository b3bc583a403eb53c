// The maps that plans work out, on both architectures.

import { assertEquals } from "@std/assert";
import type { Arch } from "../../ffi/machine/machine.ts";
import { failureSteps } from "../../engine/failure/steps.ts";
import { findMap, type MapParts } from "../../launch/ids/id_map.ts";
import { mapArguments, mapText as textOf } from "../../launch/ids/map_text.ts";
import { Request } from "../../launch/request.ts";
import { idMapText, type IdRange, parseIdMap } from "../../ffi/abi/id_map.ts";
import type { IdRangeSource } from "../../launch/ids/spec.ts";
import { Program } from "../machine/program.ts";
import { ARCHS, runs } from "../machine/run_image.ts";
import { problemsIn, PURE } from "../launch/specs.ts";

/** A map of who has the subordinate ids from 100000 to 165535. */
interface Wanted {
  /** The inside id of the caller's own. */
  readonly inner?: number | "current";
  /** The caller's own id. */
  readonly own: number;
  readonly sources: readonly IdRangeSource[];
}

/** The parts of a map as the plan has found them. */
function partsOf(s: Program, { inner, own, sources }: Wanted): MapParts {
  const outer = s.variable("own", own);
  const subids = { start: s.variable("start", 100000), count: s.variable("count", 65536) };
  const parts = { kind: "uid", sources, subids } as const;
  if (inner === undefined) return parts;
  return { ...parts, own: { inner: inner === "current" ? outer : inner, outer, isGiven: true } };
}

/** The maps as the kernel would read them. */
async function mapsOf(arch: Arch, wanted: readonly Wanted[]): Promise<string[]> {
  const s = new Program();
  for (const one of wanted) {
    s.block(() => {
      const map = findMap({ s, request: new Request() }, partsOf(s, one), true);
      const { start, length } = textOf(s, map);
      s.call("write", [1, start, length], "write", { fails: "ignored" });
      s.call("write", [1, ".", 1], "write", { fails: "ignored" });
    });
  }
  s.exit(0, "exit");
  failureSteps(s);
  const { code, stdout, stderr } = await s.run(arch);
  assertEquals([code, stderr], [0, ""]);
  return new TextDecoder().decode(stdout).split(".").slice(0, -1)
    .map((text) => text.replaceAll("\n", ", "));
}

/** Tests on both architectures that these are the maps. */
function testMaps(name: string, maps: readonly (readonly [Wanted, string])[]): void {
  for (const arch of ARCHS) {
    Deno.test(`${arch}: ${name}`, runs(arch), async () => {
      assertEquals(await mapsOf(arch, maps.map(([wanted]) => wanted)), maps.map(([, map]) => map));
    });
  }
}

const range = (text: string): IdRange => parseIdMap(text)[0]!;

const FULL = range("0 100000 65536");

testMaps("maps are those of the worked examples", [
  // --map-auto, and with -r and -c
  [{ own: 1000, sources: ["auto"] }, "0 100000 65536"],
  [{ inner: 0, own: 1000, sources: ["auto"] }, "0 1000 1, 1 100000 65536"],
  [{ inner: 0, own: 0, sources: ["auto"] }, "0 0 1, 1 100000 65536"],
  [
    { inner: "current", own: 1000, sources: ["auto"] },
    "1000 1000 1, 0 100000 1000, 1001 101000 64536",
  ],
  [{ inner: 65536, own: 1000, sources: ["auto"] }, "65536 1000 1, 0 100000 65536"],
  // --map-users 0:100000:65536 -r, 0:1000:10 -c
  [{ inner: 0, own: 1000, sources: [FULL] }, "0 1000 1, 1 100000 65535"],
  [{ inner: 1000, own: 1000, sources: [range("0 1000 10")] }, "1000 1000 1, 0 1001 9"],
  // No id is lost.
  [{ inner: 20, own: 0, sources: [range("10 100 10")] }, "20 0 1, 10 100 10"],
  // --map-subids
  [{ own: 1000, sources: ["subids"] }, "100000 100000 65536"],
  [{ inner: 0, own: 1000, sources: ["subids"] }, "0 1000 1, 100000 100000 65536"],
  // Several ranges, and none.
  [
    { inner: 0, own: 1000, sources: [range("0 100000 10"), range("500 100500 5")] },
    "0 1000 1, 1 100000 9, 500 100500 5",
  ],
  [
    { inner: 7, own: 1002, sources: ["auto", range("70000 1 1")] },
    "7 1002 1, 0 100000 7, 8 100007 65529, 70000 1 1",
  ],
  [{ inner: 0, own: 0, sources: [] }, "0 0 1"],
]);

const ALL = parseIdMap(Deno.readTextFileSync("/proc/self/uid_map"));

testMaps("all ids are those of the user namespace that the caller is in", [
  [
    { own: 0, sources: ["all"] },
    ALL.map(({ inner, count }) => `${inner} ${inner} ${count}`).join(", "),
  ],
]);

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

testMaps(
  "the caller's own pair is taken out of a range",
  PUNCHED.map(([, whole, hole, left]) => {
    const { inner, outer: own } = range(hole);
    const sources = [range(whole)];
    return [{ inner, own, sources }, left === "" ? hole : `${hole}, ${left}`];
  }),
);

/** What the rule says, id by id. */
function pairsOf({ inner, outer, count }: IdRange, hole: IdRange, most = count): number[][] {
  const ids = (start: number, many: number, hole: number): number[] =>
    Array.from({ length: many }, (_, i) => start + i).filter((id) => id !== hole);
  const [inside, outside] = [ids(inner, most, hole.inner), ids(outer, count, hole.outer)];
  return inside.slice(0, outside.length).map((id, i) => [id, outside[i]!])
    .filter(([, id]) => id !== undefined) as number[][];
}

for (const arch of ARCHS) {
  Deno.test(
    `${arch}: all ids are kept that both sides have, in order, and no other`,
    runs(arch),
    async () => {
      const wanted: Wanted[] = [];
      const expected: number[][][] = [];
      for (let count = 1; count <= 5; count++) {
        const whole = { inner: 10, outer: 100, count };
        for (let inner = 9; inner <= 16; inner++) {
          for (let own = 99; own <= 106; own++) {
            wanted.push({ inner, own, sources: [whole] });
            expected.push([[inner, own], ...pairsOf(whole, { inner, outer: own, count: 1 })]);
          }
        }
      }
      const maps = await mapsOf(arch, wanted);
      maps.forEach((map, i) => {
        const lines = parseIdMap(map.replaceAll(", ", "\n"));
        const pairs = lines.flatMap(({ inner, outer, count }) =>
          Array.from({ length: count }, (_, j) => [inner + j, outer + j])
        );
        assertEquals(pairs, expected[i], JSON.stringify(wanted[i]));
        assertEquals(lines.length <= 4, true);
      });
    },
  );

  Deno.test(
    `${arch}: for newuidmap(1) a map is arguments, one number each`,
    runs(arch),
    async () => {
      const s = new Program();
      const wanted = { inner: "current", own: 1000, sources: [range("0 100000 2000")] } as const;
      const argv = mapArguments(
        s,
        findMap({ s, request: new Request() }, partsOf(s, wanted), true),
        "-c",
      );
      s.store(argv, "sh");
      // The first of them is what sh runs: a number that is no program.
      s.store(argv, 'echo "$0 $*"', { offset: 16 });
      s.call("execve", ["/bin/sh", argv, 0], "run", { fails: "ignored" });
      s.exit(1, "exit");
      failureSteps(s);
      const { stdout } = await s.run(arch);
      assertEquals(new TextDecoder().decode(stdout), "1000 1 0 100000 1000 1001 101000 999\n");
    },
  );

  Deno.test(
    `${arch}: a map that becomes larger than the kernel takes is refused`,
    runs(arch),
    async () => {
      const sources = Array.from({ length: 340 }, (_, i) => range(`${i + 1e9} ${i} 1`));
      for (
        const write of [
          (s: Program, map: ReturnType<typeof findMap>) => void textOf(s, map),
          (s: Program, map: ReturnType<typeof findMap>) => void mapArguments(s, map, "1"),
        ]
      ) {
        const s = new Program();
        write(s, findMap({ s, request: new Request() }, partsOf(s, { own: 0, sources }), true));
        s.exit(0, "exit");
        failureSteps(s);
        const { code, stderr } = await s.run(arch);
        assertEquals([code, stderr], [
          1,
          "test: /proc/PID/uid_map too large for kernel 4k limit\n",
        ]);
      }
    },
  );
}

const lines = (count: number, width = 1) =>
  Array.from({ length: count }, (_, i) => ({
    inner: 2 * i,
    outer: 2 * i + 10 ** (width - 1),
    count: 1,
  }));

Deno.test("the kernel takes maps of 340 lines", PURE, () => {
  assertEquals(problemsIn({ mapUsers: lines(340) }), []);
  assertEquals(problemsIn({ mapUsers: lines(341) }), [
    "mapUsers | mapUsers: the kernel takes 340 ranges, not 341",
  ]);
});

// Tried: write(2) of 4095 bytes succeeds, of 4096 is EINVAL.
Deno.test("the kernel takes maps of 4095 bytes", PURE, () => {
  // 195 lines of 21 bytes with their ends, and a last one without.
  const last = { inner: 1, outer: 1, count: 1 };
  const fits = [...lines(195, 10).map((line) => ({ ...line, inner: 1e5 + line.inner })), last];
  const text = (map: typeof fits) => idMapText(map).length;
  const grown = fits.map((line, i) =>
    i < 4095 - text(fits) ? { ...line, inner: line.inner + 1e6 } : line
  );
  assertEquals(text(grown), 4095);
  assertEquals(problemsIn({ mapGroups: grown }), []);
  const tooLarge = grown.with(-1, { ...last, inner: 10 });
  assertEquals(text(tooLarge), 4096);
  assertEquals(problemsIn({ mapGroups: tooLarge }), [
    "mapGroups | /proc/PID/gid_map too large for kernel 4k limit",
  ]);
});
