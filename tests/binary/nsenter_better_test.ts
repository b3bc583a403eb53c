/** Where nido does better than util-linux's nsenter. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { requires } from "../requires.ts";
import { AS_USER, NIDO, type Outcome, run, start, USER_ID } from "../support/nido.ts";
import { outlivesWaiter, STAYS } from "../support/outlives.ts";
import { until } from "../support/patience.ts";
import { startTarget, type Target } from "../support/target.ts";

const USER = requires({ userNamespaces: true, programs: ["unshare"] });
const ROOT = requires({ root: true, programs: ["unshare"] });

const enter = (
  target: Target | number,
  words: string,
  script: string,
  as: readonly string[] = [],
) =>
  run([
    ...as,
    ...NIDO,
    "nsenter",
    ...["-t", String(typeof target === "number" ? target : target.pid)],
    ...words.split(" ").filter((word) => word),
    ...["sh", "-c", script],
  ]);

const asUser = (target: Target | number, words: string, script: string): Promise<Outcome> =>
  enter(target, words, script, AS_USER);

function assertPrints(outcome: Outcome, stdout: string): void {
  assertEquals([outcome.stderr, outcome.stdout, outcome.code], ["", stdout, 0]);
}

const IDS = "grep -E '^(Uid|Gid|Groups)' /proc/self/status | tr -s '\\t ' ' '";

Deno.test(
  "an ordinary user enters where setgroups is denied, as whoever it is there",
  USER,
  async () => {
    const own = Deno.uid() || USER_ID;
    for (
      const [options, id] of [
        ["-Ur", 0],
        ["-Uc", own],
        ["-U --map-user=5 --map-group=6", 5],
      ] as const
    ) {
      await using target = await startTarget(options, { as: "user" });
      assertEquals(Deno.readTextFileSync(`/proc/${target.pid}/setgroups`), "deny\n");
      assertPrints(await asUser(target, "-U", "id -u"), `${id}\n`);
    }
  },
);

Deno.test("root's groups are dropped where setgroups is denied, too", ROOT, async () => {
  await using target = await startTarget("-Ur");
  const groups = ["setpriv", "--groups=7,8"];
  assertPrints(await enter(target, "-U", IDS, groups), "Uid: 0 0 0 0\nGid: 0 0 0 0\nGroups: \n");
  const kept = await enter(target, "-U --preserve-credentials", IDS, groups);
  assertMatch(kept.stdout, /Groups: 65534 65534/);
});

Deno.test("nobody enters as a user that the namespace does not have", ROOT, async () => {
  await using target = await startTarget("-Uc", { as: "user" });
  const { stdout, stderr, code } = await enter(target, "-U", "id -u");
  assertEquals([stdout, code], ["", 1]);
  assertMatch(stderr, /^nsenter: setgid\(\) failed: Invalid argument$/m);
  assertMatch(stderr, /why: {2}gid 0 has no mapping in the user namespace that was joined/);
});

Deno.test("--all leaves groups alone where the user namespace is shared", ROOT, async () => {
  await using target = await startTarget("-u");
  const groups = ["setpriv", "--groups=7,8"];
  assertPrints(
    await enter(target, "-a -S 1000", IDS, groups),
    [
      "Uid: 1000 1000 1000 1000",
      "Gid: 0 0 0 0",
      "Groups: 7 8 ",
      "",
    ].join("\n"),
  );
});

Deno.test(
  "--all enters what is not shared, and forks although the PID namespace is",
  USER,
  async () => {
    await using target = await startTarget("-Urun", { as: "user" });
    const links = "cd /proc/self/ns; readlink user uts net pid mnt";
    const theirs = ["user", "uts", "net", "pid", "mnt"]
      .map((type) => Deno.readLinkSync(`/proc/${target.pid}/ns/${type}`)).join("\n");
    assertPrints(await asUser(target, "--all", links), `${theirs}\n`);
  },
);

Deno.test("a PID namespace for children that differs is said, and entered", ROOT, async () => {
  await using target = await startTarget("-pf");
  const theirs = Deno.readLinkSync(`/proc/${target.pid}/ns/pid`);
  for (const words of ["-p", "-a"]) {
    const { stdout, stderr, code } = await enter(
      target.starter,
      words,
      "readlink /proc/self/ns/pid",
    );
    assertEquals([stdout, code], [`${theirs}\n`, 0], stderr);
    assertMatch(
      stderr,
      new RegExp(
        `^nsenter: note: process ${target.starter} starts its children in another PID namespace than its own: ` +
          `entering theirs \\(pid_for_children\\), not /proc/${target.starter}/ns/pid\\n$`,
      ),
    );
  }
  const own = await enter(
    target.starter,
    `--pid=/proc/${target.starter}/ns/pid`,
    "readlink /proc/self/ns/pid",
  );
  assertPrints(own, `${Deno.readLinkSync("/proc/self/ns/pid")}\n`);
});

Deno.test(
  "a PID namespace for children that has ended is said, and not entered",
  requires({ root: true, programs: ["unshare"], kernel: "6.11" }),
  async () => {
    // The shell's first command is PID 1 there, and ends.
    await using target = await startTarget("-p", { before: "sh -c :" });
    const { stdout, stderr, code } = await enter(target, "-p", "readlink /proc/self/ns/pid");
    assertEquals([stdout, code], [`${Deno.readLinkSync("/proc/self/ns/pid")}\n`, 0], stderr);
    assertEquals(stderr.split("\n").length, 2, stderr);
    assertMatch(stderr, /note: the PID namespace of .* has ended: entering its own/);
  },
);

Deno.test("a PID namespace for children that has not begun is not entered", ROOT, async () => {
  await using target = await startTarget("-p");
  assertPrints(await enter(target, "-p", "echo runs"), "runs\n");
});

function outlives(
  target: Target,
  words: string,
  as: readonly string[] = [],
): Promise<boolean> {
  const enter = ["nsenter", "-t", `${target.pid}`, ...words.split(" ")];
  return outlivesWaiter([...as, ...NIDO, ...enter, ...STAYS]);
}

Deno.test("--kill-child: the program dies with nsenter, whoever it becomes", ROOT, async () => {
  await using target = await startTarget("-pf");
  assert(await outlives(target, "-p"), "without it the program lives on");
  for (
    const words of ["-p --kill-child", "-p --kill-child=TERM -S 1000 -G 1000", "-a --kill-child"]
  ) {
    assert(!await outlives(target, words), words);
  }
});

Deno.test("--kill-child works in a user namespace, and without --pid", USER, async () => {
  await using target = await startTarget("-Uru", { as: "user" });
  assert(!await outlives(target, "-U -u --kill-child", AS_USER));
});

Deno.test("--forward-signals passes SIGTERM and SIGINT on", ROOT, async () => {
  await using target = await startTarget("-pf");
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    const script = `trap 'echo got it; exit 9' ${
      signal.slice(3)
    }; echo ready; while :; do sleep 0.01; done`;
    const job = start([
      ...NIDO,
      ...["nsenter", "-t", `${target.pid}`, "-p", "--forward-signals", "sh", "-c", script],
    ]);
    await job.until("ready");
    job.child.kill(signal);
    const { stdout, code } = await job.outcome();
    assertEquals([stdout, code], ["ready\ngot it\n", 9]);
  }
});

Deno.test(
  "with --forward-signals nsenter still stops and continues with its child",
  ROOT,
  async () => {
    await using target = await startTarget("-pf");
    const script = "echo ready; kill -STOP $$; echo continued; exit 7";
    const job = start([
      ...NIDO,
      ...["nsenter", "-t", `${target.pid}`, "-p", "--forward-signals", "sh", "-c", script],
    ]);
    await job.until("ready");
    const state = (): string =>
      Deno.readTextFileSync(`/proc/${job.child.pid}/status`).match(/^State:\t(.)/m)![1]!;
    await until("nsenter has stopped", () => state() === "T");
    job.child.kill("SIGCONT");
    const { stdout, code } = await job.outcome();
    assertEquals([stdout, code], ["ready\ncontinued\n", 7]);
  },
);

Deno.test("options that ask for a child exclude --no-fork", async () => {
  for (const option of ["--kill-child", "--forward-signals"]) {
    const outcome = await run([...NIDO, "nsenter", "-t", "1", "-p", "-F", option, "true"]);
    assertEquals([outcome.stderr, outcome.code], [
      `nsenter: options --no-fork and ${option} are mutually exclusive\n`,
      1,
    ]);
  }
});
