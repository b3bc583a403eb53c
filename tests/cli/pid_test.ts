import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CAPABILITY_NAMES } from "../../ffi/abi/capability_names.ts";
import { parseStatus, type Status } from "../../inspect/status.ts";
import {
  alike,
  capabilityNames,
  capabilityWords,
  clockWords,
  mapWords,
  seccompWords,
} from "../../cli/pid/words.ts";
import { inode, start, WAIT } from "../inspect/start.ts";
import { requires } from "../requires.ts";
import { AS_USER, requiresRanges } from "../support/nido.ts";
import { HOSTILE, NEST, nido, UNSAFE } from "./run_nido.ts";

const nestable = { userNamespaces: true, programs: ["unshare"] };
const LAST = 40;
const ALL = (1n << 41n) - 1n;

const range = (inner: number, outer: number, count: number) => ({ inner, outer, count });

Deno.test("mapWords() says which ids are which", () => {
  assertEquals(mapWords([range(0, 1000, 1), range(1, 100000, 65536)], "uid"), [
    "uid 0 inside is uid 1000 outside",
    "uids 1–65536 inside are 100000–165535 outside",
  ]);
  assertEquals(mapWords([range(0, 0, 2 ** 32 - 1)], "gid"), [
    "every gid is the same inside and outside",
  ]);
  assertEquals(mapWords([range(5, 5, 10), range(7, 7, 1)], "gid"), [
    "gids 5–14 inside are the same outside",
    "gid 7 inside is gid 7 outside",
  ]);
  assertEquals(mapWords([], "uid"), ["no uid is mapped: all look like 65534 inside"]);
  // What the kernel writes where the reader's user namespace has no number for it.
  assertEquals(mapWords([range(0, 2 ** 32 - 1, 1)], "uid"), [
    "uid 0 inside is not mapped in your user namespace",
  ]);
});

Deno.test("capabilityWords() names capabilities, or what is missing if that is less", () => {
  assertEquals(capabilityWords(0n, LAST), ["none"]);
  assertEquals(capabilityWords(ALL, LAST), ["all"]);
  // An older kernel has fewer; a newer program may have set bits that it does not know.
  assertEquals(capabilityWords(2n ** 64n - 1n, LAST), ["all"]);
  assertEquals(capabilityWords(ALL >> 3n, 37), ["all"]);
  assertEquals(capabilityWords(ALL & ~(1n << 21n), LAST), ["all but CAP_SYS_ADMIN"]);
  assertEquals(capabilityWords(1n << 10n | 1n << 13n, LAST), [
    "CAP_NET_BIND_SERVICE,",
    "CAP_NET_RAW",
  ]);
  assertEquals(capabilityNames(1n << 50n), ["capability 50"]);
});

Deno.test(
  "CAPABILITY_NAMES has the kernel's numbers",
  requires({ programs: ["/usr/include/linux/capability.h"] }),
  () => {
    const header = Deno.readTextFileSync("/usr/include/linux/capability.h");
    const numbers = [...header.matchAll(/^#define (CAP_\w+)\s+(\d+)$/gm)];
    assert(numbers.length > 30);
    for (const [, name, number] of numbers) assertEquals(CAPABILITY_NAMES[Number(number)], name);
  },
);

Deno.test("alike() puts the same sets together", () => {
  assertEquals(alike({ effective: 1n, permitted: 1n, ambient: 0n, bounding: 1n }), [
    [["effective", "permitted", "bounding"], 1n],
    [["ambient"], 0n],
  ]);
});

Deno.test("seccompWords() tells modes apart", () => {
  const status = (seccomp: number, seccompFilters: number): Status => ({
    ...parseStatus("Name:\tx\nPid:\t1\n")!,
    seccomp,
    seccompFilters,
  });
  assertEquals(seccompWords(status(0, 0)), "none");
  assertEquals(seccompWords(status(2, 1)), "system calls go through 1 filter");
  assertEquals(seccompWords(status(2, 3)), "system calls go through 3 filters");
  assertEquals(seccompWords(status(2, 0)), "system calls are filtered");
});

Deno.test("nido pid explains a process two PID namespaces deep", requires(nestable), async () => {
  await using started = await start([...NEST, "unshare", "-pf", ...WAIT]);
  const middle = started.childOf();
  const pid = started.childOf(middle);
  const { code, stdout, stderr } = await nido(["pid", String(pid)]);
  assertEquals([code, stderr], [0, ""]);
  const own = inode("self", "pid");
  assertStringIncludes(stdout, `PIDs          ${pid} → 2 → 1\n`);
  assertStringIncludes(stdout, `${pid} in pid:[${own}], yours\n`);
  assertStringIncludes(stdout, ` 2 in pid:[${inode(middle, "pid")}]\n`);
  assertStringIncludes(stdout, ` 1 in pid:[${inode(pid, "pid")}], its own\n`);
  const user = inode(pid, "user");
  for (const [type, whose] of [["uts", "not yours"], ["net", "yours    "], ["user", "not yours"]]) {
    assertStringIncludes(stdout, `${type!.padEnd(6)} ${inode(pid, type!)}  ${whose}`);
  }
  assertStringIncludes(stdout, `owned by user:[${user}]`);
  assertMatch(
    stdout,
    new RegExp(`user ns +user:\\[${user}\\] +made by .*${Deno.uid()}.* in user:`),
  );
  assertStringIncludes(stdout, `uid 0 inside is uid ${Deno.uid()} outside\n`);
  assertStringIncludes(stdout, "setgroups(2) is denied\n");
  assertMatch(stdout, /effective, permitted.*: all\n/);
  assertMatch(stdout, /no_new_privs +no\n/);
});

Deno.test("nido pid says ranges of ids", requiresRanges({ programs: ["unshare"] }), async () => {
  await using started = await start([
    ...AS_USER,
    "unshare",
    "-U",
    "--map-auto",
    "--map-root-user",
    ...WAIT,
  ]);
  const { stdout } = await nido(["pid", String(started.pid)]);
  assertMatch(stdout, /\n +uids 1–\d+ inside are \d+–\d+ outside\n/);
});

Deno.test(
  "nido pid says that the next children will be elsewhere",
  requires(nestable),
  async () => {
    await using started = await start([...NEST, ...WAIT]);
    const { stdout } = await nido(["pid", String(started.pid)]);
    const next = inode(started.childOf(), "pid");
    assertMatch(stdout, new RegExp(`\\n +${next} {2}its next children will be there\\n`));
  },
);

Deno.test(
  "nido pid tells no_new_privs and seccomp",
  requires({ programs: ["setpriv"] }),
  async () => {
    await using started = await start(["setpriv", "--no-new-privs", ...WAIT]);
    const { stdout } = await nido(["pid", String(started.pid)]);
    assertMatch(stdout, /no_new_privs +yes/);
  },
);

Deno.test(
  "nido pid --json has everything with the kernel's names",
  requires(nestable),
  async () => {
    await using started = await start([...NEST, ...WAIT]);
    const pid = started.childOf();
    const { code, stdout } = await nido(["pid", "-J", String(pid), String(Deno.pid)]);
    assertEquals(code, 0);
    const { processes: [inside, self] } = JSON.parse(stdout);
    assertEquals(inside.pids, [
      { pid, ns: inode("self", "pid") },
      { pid: 1, ns: inode(pid, "pid") },
    ]);
    assertEquals(inside.namespaces.uts, {
      ns: inode(pid, "uts"),
      yours: false,
      owner: inode(pid, "user"),
    });
    assertEquals(inside.uid_map, [{ inner: 0, outer: Deno.uid(), count: 1 }]);
    assertEquals(inside.user_namespaces[0].made_by, Deno.uid());
    assert(inside.capabilities.effective.includes("CAP_SYS_ADMIN"));
    assertEquals(self.namespaces.uts.yours, true);
  },
);

Deno.test("nido pid --in translates there and back", requires(nestable), async () => {
  await using started = await start([...NEST, "sh", "-c", "sleep 60 & echo ready; read x"]);
  const shell = started.childOf();
  const inner = started.childOf(shell);
  const space = `pid:[${inode(shell, "pid")}]`;
  const { code, stdout } = await nido(["pid", "--in", String(shell), "2"]);
  assertEquals(code, 0);
  assert(stdout.startsWith(`PID 2 in ${space} is PID ${inner} here\n`), stdout);
  const back = await nido(["pid", "--in", String(shell), String(inner)]);
  assertEquals(back.stdout, `PID ${inner} here is PID 2 in ${space}\n`);
  assertEquals([back.code, back.stderr], [1, `nido pid: no process ${inner} in ${space}\n`]);
  const json = await nido(["pid", "--json", "--in", String(shell), "1"]);
  assertEquals(JSON.parse(json.stdout).translations, [{ number: 1, here: shell, there: null }]);
});

Deno.test("nido pid explains what there is, and fails for what there is not", async () => {
  const { code, stdout, stderr } = await nido(["pid", "2147483647", String(Deno.pid)]);
  assertEquals([code, stderr], [1, "nido pid: no process 2147483647\n"]);
  assert(stdout.startsWith(`process       ${Deno.pid} `));
});

Deno.test(
  "nido pid shows another user what everybody may see",
  requires({ root: true }),
  async () => {
    const { code, stdout, stderr } = await nido(["pid", String(Deno.pid)], { under: AS_USER });
    assertEquals(code, 0);
    assertStringIncludes(stdout, "namespaces    cannot be read by you\n");
    assertMatch(
      stderr,
      /^nido pid: 1 process of other users could not be looked into; run as root/,
    );
  },
);

Deno.test("nido pid lets no command line command a terminal", async () => {
  await using started = await start(["sh", "-c", "echo ready; read x", HOSTILE]);
  for (const words of [["pid"], ["pid", "--json"]]) {
    const { stdout } = await nido([...words, String(started.pid)]);
    assertEquals(stdout.match(UNSAFE), null);
  }
});

Deno.test("nido pid says what is wrong with its command line", async () => {
  for (
    const [words, said] of [
      [["pid"], "nido pid: which process? Give its PID\n"],
      [["pid", "0"], "nido pid: '0' is no PID"],
      [["pid", "x\x1b[31m"], "nido pid: 'x\\x1b[31m' is no PID"],
      [["pid", "--in", "2147483647", "1"], "nido pid: no process 2147483647\n"],
    ] as const
  ) {
    const { code, stderr } = await nido(words);
    assertEquals(code, 1);
    assert(stderr.startsWith(said), stderr);
  }
  assertStringIncludes((await nido(["pid", "--help"])).stdout, "--in <pid2>");
});

Deno.test("clockWords() says how far clocks are from the machine's", () => {
  const offset = (secs: bigint, nanosecs = 0) => ({ clock: "boottime" as const, secs, nanosecs });
  assertEquals(clockWords([offset(0n)]), []);
  assertEquals(clockWords([offset(3600n), offset(0n, 50_000_000)]), [
    "boottime is 3600 s ahead",
    "boottime is 0.05 s ahead",
  ]);
  assertEquals(clockWords([offset(-60n), offset(-1n, 750_000_000)]), [
    "boottime is 60 s behind",
    "boottime is 0.25 s behind",
  ]);
});

Deno.test(
  "nido pid says how far the clocks of a time namespace are off",
  requires({
    userNamespaces: true,
    namespaces: ["time"],
    programs: ["unshare"],
  }),
  async () => {
    const unshare = ["unshare", "-UrT", "--boottime", "86400", "--fork"];
    await using inside = await start([...unshare, ...WAIT]);
    const { stdout } = await nido(["pid", String(inside.childOf())]);
    assertMatch(stdout, /^clocks {8}boottime is 86400 s ahead$/m);
    const { stdout: text } = await nido(["pid", "--json", String(inside.childOf())]);
    const offsets = JSON.parse(text).processes[0].time_offsets;
    assertEquals(offsets.at(-1), { clock: "boottime", secs: 86400, nanosecs: 0 });
  },
);
