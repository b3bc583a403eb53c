// Limits of the program's resources: from words to the program, by unshare, nsenter, a frozen file and the library.

import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { SpecError } from "../../../launch/errors.ts";
import { frozenBytes } from "../../../launch/freeze.ts";
import { limitProblems } from "../../../launch/limits/check.ts";
import { limitsOf, RESOURCES } from "../../../launch/limits/spec.ts";
import { Command } from "../../../mod.ts";
import { requires } from "../../requires.ts";
import { withFrozen } from "../../support/frozen.ts";
import { nido, quote, shell } from "../../support/nido.ts";
import { specOf } from "../specs.ts";

const PURE = { permissions: "none" } as const;

Deno.test("one value is the soft and the hard limit", PURE, () => {
  assertEquals(
    limitsOf({ rlimits: { nofile: 5, core: "unlimited", as: { soft: 1n, hard: 2n } } }),
    [
      ["nofile", { soft: 5n, hard: 5n }],
      ["core", { soft: 2n ** 64n - 1n, hard: 2n ** 64n - 1n }],
      ["as", { soft: 1n, hard: 2n }],
    ],
  );
});

Deno.test("limits that cannot be are refused, each with its path", PURE, () => {
  const rlimits = { nofil: 1, as: -1, cpu: 2n ** 64n, nproc: { soft: 3, hard: 2 } } as never;
  assertEquals(limitProblems({ rlimits }), [
    { path: "rlimits.nofil", message: "unknown resource limit: 'nofil'; did you mean 'nofile'?" },
    { path: "rlimits.as", message: "rlimits.as: not a number of 64 bits, 0 or more: -1" },
    { path: "rlimits.as", message: "rlimits.as: not a number of 64 bits, 0 or more: -1" },
    {
      path: "rlimits.cpu",
      message: `rlimits.cpu: not a number of 64 bits, 0 or more: ${2n ** 64n}`,
    },
    {
      path: "rlimits.cpu",
      message: `rlimits.cpu: not a number of 64 bits, 0 or more: ${2n ** 64n}`,
    },
    {
      path: "rlimits.nproc",
      message: "rlimits.nproc: the soft limit, 3, is above the hard one, 2",
    },
  ]);
  assertThrows(() => frozenBytes(specOf({ rlimits }), "x86_64"), SpecError, "nofil");
});

const SHOW = "ulimit -Sn; ulimit -Hn; ulimit -Sc";

/** Lower than any machine has them, and enough for cat. */
const LIMITS: readonly (readonly [option: string, shown: string])[] = [
  ["cpu=100:200", "Max cpu time 100 200"],
  ["fsize=4000000:5000000", "Max file size 4000000 5000000"],
  ["data=400000000", "Max data size 400000000 400000000"],
  ["stack=4000000", "Max stack size 4000000 4000000"],
  ["core=0", "Max core file size 0 0"],
  ["rss=400000000", "Max resident set 400000000 400000000"],
  ["nproc=1000", "Max processes 1000 1000"],
  ["nofile=50:60", "Max open files 50 60"],
  ["memlock=4096", "Max locked memory 4096 4096"],
  ["as=400000000:unlimited", "Max address space 400000000 unlimited"],
  ["locks=70", "Max file locks 70 70"],
  ["sigpending=80", "Max pending signals 80 80"],
  ["msgqueue=900", "Max msgqueue size 900 900"],
  ["nice=0", "Max nice priority 0 0"],
  ["rtprio=0", "Max realtime priority 0 0"],
  ["rttime=1000:unlimited", "Max realtime timeout 1000 unlimited"],
];

Deno.test("every resource can be limited, and the program has those limits", async () => {
  assertEquals(
    LIMITS.map(([option]) => option.split("=")[0]).sort(),
    Object.keys(RESOURCES).sort(),
  );
  const options = LIMITS.map(([option]) => `--rlimit=${option}`);
  const { stdout, stderr } = await shell(`${nido} unshare ${quote(options)} cat /proc/self/limits`);
  assertEquals(stderr, "");
  const seen = stdout.split("\n").map((line) => line.replace(/\s+/g, " "));
  for (const [, shown] of LIMITS) {
    assertEquals(
      seen.some((line) => `${line} `.startsWith(`${shown} `)),
      true,
      `${shown}\n${stdout}`,
    );
  }
});

Deno.test("a name may be in capitals and begin with RLIMIT_, and the last of a kind wins", async () => {
  const { stdout } = await shell(
    `${nido} unshare --rlimit RLIMIT_NOFILE=9 --rlimit=NOFILE=64:128 --rlimit core=0 sh -c '${SHOW}'`,
  );
  assertEquals(stdout, "64\n128\n0\n");
});

Deno.test("nsenter limits what it runs", requires({ root: true }), async () => {
  const { stdout } = await shell(`${nido} nsenter -t $$ -u --rlimit nofile=64:128 sh -c '${SHOW}'`);
  assertEquals(stdout.split("\n").slice(0, 2), ["64", "128"]);
});

Deno.test("a frozen launch limits what it runs", async () => {
  const words = ["--rlimit=nofile=64", "--rlimit=core=0", "sh", "-c", SHOW];
  await withFrozen(words, async (path) => {
    assertEquals((await shell(path)).stdout, "64\n64\n0\n");
  });
});

Deno.test("Command limits what it runs, and says which of its options is wrong", async () => {
  const { stdout } = await new Command("sh", {
    args: ["-c", SHOW],
    rlimits: { nofile: { soft: 64n, hard: 128 }, core: 0 },
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "64\n128\n0\n");
  const wrong = { rlimits: { nofile: "many", nofil: 3 } } as never;
  const { message } = assertThrows(() => new Command("sh", wrong).outputSync(), SpecError);
  assertStringIncludes(message, "rlimits.nofile");
  assertStringIncludes(message, "did you mean 'nofile'?");
});

Deno.test("words that are no limit are refused before anything is done", async () => {
  const said: readonly (readonly [string, string])[] = [
    ["nofil=3", "unshare: unknown resource limit: nofil; did you mean 'nofile'?\n"],
    ["nofile", "unshare: failed to parse limit: 'nofile'\n"],
    ["nofile=-3", "unshare: failed to parse limit: 'nofile=-3'\n"],
    ["nofile=3:", "unshare: failed to parse limit: 'nofile=3:'\n"],
    ["nofile=5:3", "unshare: --rlimit nofile: the soft limit, 5, is above the hard one, 3\n"],
  ];
  for (const [word, expected] of said) {
    const { code, stdout, stderr } = await shell(`${nido} unshare --rlimit ${word} echo ran`);
    assertEquals([code, stdout, stderr], [1, "", expected]);
  }
});

Deno.test("who may not raise a hard limit is told how high it is, and that works", async () => {
  const run = (limit: number) =>
    shell(`ulimit -n 500; exec ${nido} unshare --rlimit nofile=${limit} true`, [], { as: "user" });
  const { code, stderr } = await run(600);
  assertEquals(code, 1);
  assertEquals(
    stderr.replace(/^ {2}step.*\n/m, ""),
    [
      "unshare: cannot set the limit nofile: Operation not permitted",
      "  why:  only root of the machine may raise a hard limit, and that of nofile is 500",
      "  try:  ask for 500 at the most",
      "",
    ].join("\n"),
  );
  assertEquals((await run(500)).code, 0);
});
