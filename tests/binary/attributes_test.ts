/** Limits, ids, places and all else that a process inherits stay. */
import { assert, assertEquals, assertMatch } from "@std/assert";
import { requires } from "../requires.ts";
import { withFrozen } from "../support/frozen.ts";
import { nido, quote, shell } from "../support/nido.ts";
import { assertUnseen, WAYS } from "../support/observe.ts";

Deno.test("all resource limits stay, soft and hard, with a lowered soft limit of descriptors", async () => {
  const setup =
    "ulimit -Sn 256; ulimit -Ss 4096; ulimit -Sc 1000; ulimit -Hc 2000; ulimit -Su 5000; ulimit -Sf 100000";
  const plain = await assertUnseen(setup, "cat /proc/self/limits");
  assertMatch(plain, /^Max open files\s+256\s+(?!256\s)\d+/m);
});

Deno.test("a lowered hard limit of descriptors stays", async () => {
  const plain = await assertUnseen("ulimit -n 512", "cat /proc/self/limits");
  assertMatch(plain, /^Max open files\s+512\s+512\s/m);
});

// From source, Deno has raised the limit before the first line of nido, and only the parent tells
// how it was: the shell here, which lowered it for itself before it became nido.
Deno.test(
  "a soft limit that a program lowers for itself before it becomes nido stays",
  requires({ binary: true }),
  async () => {
    const { stdout } = await shell(`(ulimit -Sn 300; exec ${nido} unshare sh -c 'ulimit -Sn')`);
    assertEquals(stdout, "300\n");
  },
);

/**
 * /proc/PID/status without what tells one process from another, or one moment of a shell from
 * another: it blocks signals while it forks. signals_test.ts looks at those.
 */
const attributes = (text: string): string =>
  text.split("\n").filter((line) =>
    !/^(State|SigBlk|Tgid|Ngid|Pid|PPid|NStgid|NSpid|FDSize|Vm\w+|Rss\w+|HugetlbPages|SigQ|\w*voluntary_ctxt_switches|Uptime):/
      .test(line)
  ).join("\n");

const FILES = [
  "status",
  "oom_score_adj",
  "timerslack_ns",
  "coredump_filter",
  "personality",
  "cgroup",
  "comm",
  "loginuid",
  "sched",
  "attr/current",
  "mountinfo",
  "root",
];

Deno.test("umask, niceness, scheduling, OOM score and the rest of its attributes stay", async () => {
  const setup = [
    "umask 0137",
    "renice -n 7 $$ >/dev/null",
    "echo 321 >/proc/$$/oom_score_adj",
    "echo 0x11 >/proc/$$/coredump_filter",
    "taskset -p 1 $$ >/dev/null",
    "chrt --batch -p 0 $$",
    "ionice -c 3 -p $$",
  ].join("; ");
  const files = FILES.filter((name) =>
    !["sched", "root", "attr/current", "loginuid"].includes(name)
  );
  const observer = `setarch --addr-no-randomize sh -c ${
    quote([
      `cd /proc/$$; cat ${
        files.join(" ")
      }; ionice -p $$; chrt -p $$ | sed 's/pid [0-9]*//'; setpriv --dump; nice`,
    ])
  }`;
  const plain = await assertUnseen(setup, observer, {
    normalise: attributes,
  });
  assertMatch(plain, /^Umask:\t0137$/m);
  assertMatch(plain, /^321$/m);
  assertMatch(plain, /^00000011$/m);
  assertMatch(plain, /^Cpus_allowed_list:\t0$/m);
  assertMatch(plain, /SCHED_BATCH/);
  assertMatch(plain, /^idle$/m);
  assertMatch(plain, /^7$/m);
});

// Who is not root may set no timer slack through /proc.
Deno.test("timer slack stays", requires({ root: true }), async () => {
  const setup = "echo 123456 >/proc/$$/timerslack_ns";
  assertEquals(await assertUnseen(setup, "cat /proc/self/timerslack_ns"), "123456\nstatus 0\n");
});

Deno.test("capabilities and no_new_privs stay", requires({ root: true }), async () => {
  const prefix =
    "setpriv --reuid 1000 --regid 1000 --groups 1000,4 --inh-caps=-all,+net_raw --ambient-caps=+net_raw --bounding-set=-sys_boot --no-new-privs";
  const kept = `env "HOME=/no/such" DENO_DIR=${
    quote([`${Deno.makeTempDirSync({ prefix: "nido-deno-" })}`])
  }`;
  const folder = kept.slice(kept.indexOf("DENO_DIR=") + 9);
  try {
    Deno.chmodSync(folder, 0o777);
    const plain = await assertUnseen("", "setpriv --dump", { prefix: `${kept} ${prefix}` });
    assertMatch(plain, /^Ambient capabilities: net_raw$/m);
    assertMatch(plain, /^no_new_privs: 1$/m);
    assertMatch(plain, /^Supplementary groups: 4,1000$|^Supplementary groups: 1000,4$/m);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("the program is itself: its name, its file and its PID", async () => {
  const plain = await assertUnseen("", "cat /proc/self/comm");
  assertEquals(plain, "cat\nstatus 0\n");
  assertMatch(await assertUnseen("", "readlink /proc/self/exe"), /readlink|coreutils|busybox/);
  const { stdout } = await shell(
    `sh -c ${quote([`echo $$; exec ${nido} unshare sh -c 'echo $$'`])}`,
  );
  const [before, after] = stdout.split("\n");
  assertEquals(after, before, "without --fork the process stays the same");
});

Deno.test("with --fork the program is a child of the process that was started", async () => {
  const { stdout } = await shell(
    `sh -c ${quote([`echo $$; exec ${nido} unshare --fork sh -c 'echo $PPID'`])}`,
  );
  const [before, after] = stdout.split("\n");
  assertEquals(after, before);
});

Deno.test("the working directory stays", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "nido-cwd-" });
  const setup = `cd ${folder}; mkdir 'a b'; cd 'a b'`;
  try {
    assertMatch(await assertUnseen(setup, "readlink /proc/self/cwd"), /a b\n/);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

// By an image, because Deno itself cannot start in a directory that is gone.
Deno.test("a working directory that was deleted stays", () =>
  withFrozen(["readlink", "/proc/self/cwd"], async (image) => {
    const folder = Deno.makeTempDirSync({ prefix: "nido-cwd-" });
    const { stdout } = await shell(`cd ${folder}; rmdir ${folder}; ${image}`);
    assertEquals(stdout, `${folder} (deleted)\n`);
  }));

/** Of /proc/PID/stat: process group, session, terminal, its foreground group, priority, niceness. */
const place = (stat: string): string => {
  const pid = stat.match(/^\d+/)?.[0];
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return [2, 3, 4, 5, 15, 16, 37, 38].map((i) => fields[i] === pid ? "self" : fields[i]).join(" ");
};

Deno.test("process group and session stay", async () => {
  const plain = await assertUnseen("", "cat /proc/self/stat", { normalise: place });
  assertMatch(place(plain), /^\d+ \d+ 0 -1 /, "no terminal here");
});

Deno.test(
  "a job of an interactive shell keeps the terminal, its group and the foreground",
  requires({ programs: ["script"] }),
  async () => {
    const command = (way: string): string => `${way} cat /proc/self/stat; echo "<next>"`;
    const script = ["set -m", command(""), ...WAYS.map((way) => command(`${nido} ${way}`))].join(
      "\n",
    );
    const { stdout } = await shell(
      `script -qec ${quote([`sh -c ${quote([script])}`])} /dev/null </dev/null`,
    );
    const [plain, ...others] = stdout.replaceAll("\r", "").split("<next>\n").slice(0, -1);
    const groups = (stat: string): string[] =>
      place(stat.slice(stat.search(/\d+ \(cat\)/))).split(" ").slice(0, 4);
    const [group, session, terminal, foreground] = groups(plain!);
    assertEquals([group, foreground], ["self", "self"], "a job is a group, in the foreground");
    assert(Number(terminal) !== 0, "there is a terminal");
    assertEquals(groups(others[0]!), [group, session, terminal, foreground], WAYS[0]);
    for (const forked of others.slice(1)) {
      const [group, ownSession, ownTerminal, foreground] = groups(forked);
      assertEquals([ownSession, ownTerminal], [session, terminal]);
      assertEquals(foreground, group, "the waiter's group is the program's, and in the foreground");
    }
  },
);
