import { assertEquals } from "@std/assert";
import type { Caller } from "../../launch/caller.ts";
import { mapText } from "../../launch/id_map.ts";
import { requestedMaps } from "../../launch/maps.ts";
import { type Asked, problemsIn, PURE, ROOT, specOf, USER } from "./specs.ts";

const ANN0: Caller = { ...USER, egid: 1000, groups: USER.users };

/** `u single`, `u= range, range`, and so for groups. */
function mapsOf(asked: Asked, caller: Caller): string[] {
  const { users, groups } = requestedMaps(specOf(asked), caller);
  return Object.entries({ u: users, g: groups }).flatMap(([name, { single, ranges }]) => [
    ...single ? [`${name} ${mapText([single])}`] : [],
    ...ranges ? [`${name}= ${mapText(ranges).replaceAll("\n", ", ")}`] : [],
  ]);
}

const FULL = { inner: 0, outer: 100000, count: 65536 };

// The worked examples of unshare(1) and more: options, caller, maps.
const MAPS: readonly (readonly [name: string, Asked, Caller, readonly string[]])[] = [
  ["nothing", {}, USER, []],
  ["-r", { mapUser: 0, mapGroup: 0 }, USER, ["u 0 1000 1", "g 0 1001 1"]],
  ["-c", { mapUser: 1000, mapGroup: 1001 }, USER, ["u 1000 1000 1", "g 1001 1001 1"]],
  ["--map-user alone", { mapUser: 5 }, ROOT, ["u 5 0 1"]],
  ["--map-group alone", { mapGroup: 5 }, ROOT, ["g 5 0 1"]],
  ["--map-auto", { mapUsers: ["auto"], mapGroups: ["auto"] }, USER, [
    "u= 0 100000 65536",
    "g= 0 200000 65536",
  ]],
  ["--map-auto -r", { mapUser: 0, mapGroup: 0, mapUsers: ["auto"], mapGroups: ["auto"] }, ANN0, [
    "u= 0 1000 1, 1 100000 65536",
    "g= 0 1000 1, 1 100000 65536",
  ]],
  ["--map-auto -c", { mapUser: 1000, mapUsers: ["auto"] }, USER, [
    "u= 1000 1000 1, 0 100000 1000, 1001 101000 64536",
  ]],
  ["--map-users 0:100000:65536 -r", { mapUser: 0, mapUsers: [FULL] }, USER, [
    "u= 0 1000 1, 1 100000 65535",
  ]],
  [
    "--map-users 0:1000:10 -c",
    {
      mapUser: 1000,
      mapUsers: [{ inner: 0, outer: 1000, count: 10 }],
    },
    USER,
    ["u= 1000 1000 1, 0 1001 9"],
  ],
  ["--map-users all -r, as root", { mapUser: 0, mapUsers: ["all"] }, ROOT, [
    "u= 0 0 1, 1 1 4294967294",
  ]],
  [
    "--map-users 10:100:10 --map-user 20, as root: no id is lost",
    {
      mapUser: 20,
      mapUsers: [{ inner: 10, outer: 100, count: 10 }],
    },
    ROOT,
    ["u= 20 0 1, 10 100 10"],
  ],
  ["--map-subids", { mapUsers: ["subids"], mapGroups: ["subids"] }, USER, [
    "u= 100000 100000 65536",
    "g= 200000 200000 65536",
  ]],
  ["--map-subids -r", { mapUser: 0, mapUsers: ["subids"] }, USER, [
    "u= 0 1000 1, 100000 100000 65536",
  ]],
  [
    "several ranges",
    {
      mapUser: 0,
      mapUsers: [{ inner: 0, outer: 100000, count: 10 }, { inner: 500, outer: 100500, count: 5 }],
    },
    USER,
    ["u= 0 1000 1, 1 100000 9, 500 100500 5"],
  ],
  ["ranges for users, one id for groups", { mapGroup: 0, mapUsers: ["auto"] }, USER, [
    "u= 0 100000 65536",
    "g 0 1001 1",
  ]],
  [
    "--owner with -r: whoever gives the namespace away cannot map itself from inside",
    {
      owner: { uid: 7, gid: 8 },
      mapUser: 0,
      mapGroup: 0,
    },
    ROOT,
    ["u= 0 0 1", "g= 0 0 1"],
  ],
  ["--owner alone", { owner: { uid: 7, gid: 8 } }, ROOT, []],
];

for (const [name, asked, caller, expected] of MAPS) {
  Deno.test(`requestedMaps(): ${name}`, PURE, () => {
    assertEquals(mapsOf(asked, caller), expected);
  });
}

Deno.test(
  "requestedMaps() maps all ids of a caller that is in a user namespace itself",
  PURE,
  () => {
    const map = [{ inner: 0, outer: 1000, count: 1 }, { inner: 1, outer: 100000, count: 65536 }];
    assertEquals(mapsOf({ mapUsers: ["all"] }, { ...USER, users: { map } }), [
      "u= 0 0 1, 1 1 65536",
    ]);
  },
);

Deno.test("a caller without subordinate ids is told which line is missing", PURE, () => {
  const poor: Caller = { ...USER, users: { subids: null }, groups: { subids: null } };
  assertEquals(problemsIn({ mapUsers: ["auto"], mapGroups: ["subids"] }, poor), [
    'mapUsers | no line matching user "ann" in /etc/subuid',
    'mapGroups | no line matching user "ann" in /etc/subgid',
  ]);
});

const lines = (count: number, width = 1) =>
  Array.from({ length: count }, (_, i) => ({
    inner: 2 * i,
    outer: 2 * i + 10 ** (width - 1),
    count: 1,
  }));

Deno.test("the kernel takes maps of 340 lines", PURE, () => {
  assertEquals(problemsIn({ mapUsers: lines(340) }, ROOT), []);
  assertEquals(problemsIn({ mapUsers: lines(341) }, ROOT), [
    "mapUsers | mapUsers: the kernel takes 340 ranges, not 341",
  ]);
});

// Tried: write(2) of 4095 bytes succeeds, of 4096 is EINVAL.
Deno.test("the kernel takes maps of 4095 bytes", PURE, () => {
  // 195 lines of 21 bytes with their ends, and a last one without.
  const last = { inner: 1, outer: 1, count: 1 };
  const fits = [...lines(195, 10).map((line) => ({ ...line, inner: 1e5 + line.inner })), last];
  const text = (map: typeof fits) => mapText(map).length;
  const grown = fits.map((line, i) =>
    i < 4095 - text(fits) ? { ...line, inner: line.inner + 1e6 } : line
  );
  assertEquals(text(grown), 4095);
  assertEquals(problemsIn({ mapGroups: grown }, ROOT), []);
  const tooLarge = grown.with(-1, { ...last, inner: 10 });
  assertEquals(text(tooLarge), 4096);
  assertEquals(problemsIn({ mapGroups: tooLarge }, ROOT), [
    "mapGroups | /proc/PID/gid_map too large for kernel 4k limit",
  ]);
});
