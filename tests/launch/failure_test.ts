// What an image says when a call fails: run for real, the whole message compared.

import { assertEquals } from "@std/assert";
import { EACCES, ENOENT, ENOTDIR, EPERM } from "../../ffi/abi/errno.ts";
import { CLONE_NEWNET, CLONE_NEWUSER, CLONE_NEWUTS } from "../../ffi/abi/sched.ts";
import type { Arch } from "../../ffi/machine/machine.ts";
import { failureSteps } from "../../launch/failure.ts";
import {
  type Failure,
  FOUND,
  FOUND_NUMBER,
  type Hint,
  type Look,
  type Plan,
  Sequence,
  slot,
} from "../../launch/plan.ts";
import { ARCHS, type Outcome, run, runPlan, runs, withImage } from "../machine/run_image.ts";
import { requires } from "../requires.ts";
import { installFilter } from "../support/filter.ts";

const LACKING = "/proc/self/no such file";
const MESSAGE =
  `test: cannot go: No such file or directory\n  step: chdir("${LACKING}") = ENOENT\n`;

/** A plan whose only call, a chdir(2), fails with ENOENT. */
function failing(hints: readonly Hint[], before?: (s: Sequence) => void): Plan {
  const s = new Sequence("main");
  before?.(s);
  s.call("chdir", [LACKING], "fail", { failure: { message: "cannot go", status: 7, hints } });
  s.call("exit_group", [0], "cannot happen");
  failureSteps(s);
  return s.plan("test");
}

const native: Arch = Deno.build.arch;

/** Runs such a plan and gives what stands behind the message, without its last end of line. */
async function said(
  hints: readonly Hint[],
  arch: Arch,
  before?: (s: Sequence) => void,
): Promise<string> {
  const { code, signal, stderr, stdout } = await runPlan(failing(hints, before), arch);
  assertEquals([code, signal, stdout.length], [7, null, 0], stderr);
  assertEquals(stderr.slice(0, MESSAGE.length - 1), MESSAGE.trimEnd());
  assertEquals(stderr.at(-1), "\n");
  return stderr.slice(MESSAGE.length - 1, -1);
}

/** Which of the looks are true, each by itself. */
async function seen(looks: readonly Look[], before?: (s: Sequence) => void): Promise<boolean[]> {
  const texts = await Promise.all(
    looks.map((look) => said([{ look: [look], why: "seen" }], native, before)),
  );
  return texts.map((text) => {
    if (text !== "") assertEquals(text, "\n  why:  seen");
    return text !== "";
  });
}

async function withFolder(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "nido-test-" });
  try {
    Deno.chmodSync(folder, 0o755);
    await use(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** All five looks at one path; `text` for those that have one. */
const looksAt = (path: string, text: string): Look[] =>
  (["contains", "lacks", "starts", "exists", "absent"] as const).map((test) => ({
    path,
    test,
    text,
  }));

for (const arch of ARCHS) {
  Deno.test(
    `${arch}: a failure names what failed, the error, the step, a cause and a remedy`,
    runs(arch),
    async () => {
      const hints = [{ errno: [ENOENT], why: "it is not there", remedy: "make it" }];
      assertEquals(await said(hints, arch), "\n  why:  it is not there\n  try:  make it");
      assertEquals(await said([{ why: "nobody knows" }], arch), "\n  why:  nobody knows");
      assertEquals(await said([], arch), "");
    },
  );

  Deno.test(`${arch}: a cause is looked for in files`, runs(arch), async () => {
    const hint = (look: Look, why: string): Hint => ({ look: [look], why });
    const hints = [
      hint({ path: LACKING, test: "exists" }, "wrong: exists"),
      hint(
        { path: "/proc/self/status", test: "contains", text: "no such line" },
        "wrong: contains",
      ),
      hint({ path: "/proc/self/status", test: "starts", text: "ame:" }, "wrong: starts"),
      hint({ path: "/proc/self/status", test: "lacks", text: "\nPid:\t" }, "wrong: lacks"),
      hint({ path: "/proc/self/status", test: "contains", text: "\nNoNewPrivs:\t" }, "right"),
      hint({ path: LACKING, test: "absent" }, "too late"),
    ];
    assertEquals(await said(hints, arch), "\n  why:  right");
  });
}

Deno.test("the first hint that fits is said, in the order of the list", async () => {
  const first: Hint = { why: "first" };
  const second: Hint = { why: "second" };
  const never: Hint = { look: [{ path: LACKING, test: "exists" }], why: "never" };
  assertEquals(await said([first, second], native), "\n  why:  first");
  assertEquals(await said([second, first], native), "\n  why:  second");
  assertEquals(await said([never, second, first], native), "\n  why:  second");
  assertEquals(await said([never, never], native), "");
});

Deno.test("a hint is for the errors it names only, or for all", async () => {
  const other: Hint = { errno: [EPERM, EACCES], why: "refused" };
  const several: Hint = { errno: [ENOTDIR, ENOENT], why: "not there" };
  assertEquals(await said([other], native), "");
  assertEquals(await said([other, several], native), "\n  why:  not there");
  assertEquals(await said([other, { why: "any" }, several], native), "\n  why:  any");
});

Deno.test("a hint of several looks needs all of them", async () => {
  const yes: Look = { path: LACKING, test: "absent" };
  const no: Look = { path: LACKING, test: "exists" };
  const hint = (...look: Look[]): Hint => ({ errno: [ENOENT], look, why: "all seen" });
  assertEquals(await said([hint(yes, yes, yes)], native), "\n  why:  all seen");
  for (const looks of [[no, yes, yes], [yes, no, yes], [yes, yes, no]]) {
    assertEquals(await said([hint(...looks)], native), "");
  }
});

// contains, lacks, starts, exists, absent
const TEXTS: readonly (readonly [string, string, string, readonly boolean[]])[] = [
  ["at the start", "needle and hay", "needle", [true, false, true, true, false]],
  ["in the middle", "hay needle hay", "needle", [true, false, false, true, false]],
  ["at the end", "hay needle", "needle", [true, false, false, true, false]],
  ["alone", "needle", "needle", [true, false, true, true, false]],
  ["behind its own beginning", "neeneedle", "needle", [true, false, false, true, false]],
  ["cut off", "hay needl", "needle", [false, true, false, true, false]],
  ["shorter than what is looked for", "need", "needle", [false, true, false, true, false]],
  ["in an empty file", "", "needle", [false, true, false, true, false]],
  ["in other case", "Needle", "needle", [false, true, false, true, false]],
  ["of one byte", "abc", "c", [true, false, false, true, false]],
  ["over lines and zeros", "a\0b\nc", "\0b\nc", [true, false, false, true, false]],
  ["in UTF-8", "grün", "ün", [true, false, false, true, false]],
];

for (const [name, content, text, expected] of TEXTS) {
  Deno.test(`looking for a text ${name}`, async () => {
    await withFolder(async (folder) => {
      const path = `${folder}/file with spaces`;
      Deno.writeTextFileSync(path, content);
      assertEquals(await seen(looksAt(path, text)), [...expected]);
    });
  });
}

Deno.test("a link is the same as another that shows the same", async () => {
  const same = (path: string, other: string): Look => ({ path, test: "same", text: `${other}\0` });
  await withFolder(async (folder) => {
    for (const [name, to] of [["a", "x:[1]"], ["b", "x:[1]"], ["c", "x:[2]"], ["d", "x:[1]2"]]) {
      Deno.symlinkSync(to!, `${folder}/${name}`);
    }
    const ns = "/proc/self/ns";
    assertEquals(
      await seen([
        same(`${folder}/a`, `${folder}/b`),
        same(`${folder}/a`, `${folder}/c`),
        same(`${folder}/a`, `${folder}/d`),
        same(`${folder}/a`, `${folder}/none`),
        same(`${folder}/none`, `${folder}/a`),
        same(`${folder}/none`, `${folder}/none`),
        same(`${ns}/uts`, `/proc/${Deno.pid}/ns/uts`),
        same(`${ns}/uts`, `${ns}/net`),
      ]),
      [true, false, false, false, false, false, true, false],
    );
  });
});

Deno.test("looking at a pipe that nobody writes to does not wait", async () => {
  await withFolder(async (folder) => {
    await run("mkfifo", { args: [`${folder}/pipe`], env: { PATH: Deno.env.get("PATH")! } });
    assertEquals(await seen(looksAt(`${folder}/pipe`, "x")), [false, true, false, true, false]);
  });
});

Deno.test(
  "what only pretends to be a file of /proc is no cause",
  requires({ root: true, programs: ["unshare"] }),
  async () => {
    const hints = looksAt("/proc/self/status", "x").map((look) => ({
      look: [look],
      why: `${look.test} is seen`,
    }));
    await withImage(failing(hints), native, async (image) => {
      const script = 'mount -t tmpfs none /proc; mkdir /proc/self; echo x >/proc/self/status; "$0"';
      const { stderr } = await run("unshare", {
        args: ["-m", "sh", "-c", script, image],
        env: { PATH: Deno.env.get("PATH")! },
      });
      assertEquals(stderr, MESSAGE);
    });
  },
);

Deno.test("a file that is not there is only absent", async () => {
  await withFolder(async (folder) => {
    Deno.symlinkSync(`${folder}/nowhere`, `${folder}/dangling`);
    Deno.symlinkSync(`${folder}/loop`, `${folder}/loop`);
    for (const path of ["nothing", "nothing/below", "dangling", "loop"]) {
      assertEquals(await seen(looksAt(`${folder}/${path}`, "x")), [
        false,
        false,
        false,
        false,
        true,
      ]);
    }
  });
});

Deno.test("a file that may not be read is only absent", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/secret`;
    Deno.writeTextFileSync(path, "needle");
    Deno.chmodSync(path, 0);
    // Root reads it anyway, so it becomes somebody else first.
    const before = (s: Sequence): void => {
      if (Deno.uid() === 0) s.call("setuid", [65534], "be nobody");
    };
    assertEquals(await seen(looksAt(path, "needle"), before), [false, false, false, false, true]);
  });
});

Deno.test("of a large file the first 64 KiB are looked at", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/large`;
    const at = (offset: number): string => "x".repeat(offset) + "needle" + "x".repeat(70000);
    const found: boolean[] = [];
    for (const offset of [65536 - 6, 65536 - 5, 65536]) {
      Deno.writeTextFileSync(path, at(offset));
      const [contains, lacks] = await seen(looksAt(path, "needle").slice(0, 2));
      assertEquals(lacks, !contains);
      found.push(contains!);
    }
    assertEquals(found, [true, false, false]);
  });
});

Deno.test("a file that comes in pieces is read to its end", async () => {
  // The kernel gives some 4 KiB of it at once.
  const path = "/proc/kallsyms";
  const text = Deno.readTextFileSync(path).slice(30000, 30100);
  assertEquals(text.length, 100);
  assertEquals(await seen([{ path, test: "contains", text }]), [true]);
});

Deno.test("many looks at many files leave no descriptor open", async () => {
  const s = new Sequence("main");
  const hints = Array.from({ length: 30 }, (): Hint => ({
    look: [{ path: "/proc/self/status", test: "lacks", text: "Name:" }],
    why: "never",
  }));
  // Four descriptors in all: standard ones, and one for looking.
  const RLIMIT_NOFILE = 7;
  const limit = new BigUint64Array([4n, 4n]);
  s.call("prlimit64", [0, RLIMIT_NOFILE, new Uint8Array(limit.buffer), 0], "few descriptors");
  const last: Hint = {
    look: [{ path: "/proc/self/status", test: "contains", text: "Name:" }],
    why: "still readable",
  };
  const plan = failing([...hints, last], (other) => other.steps.push(...s.steps));
  const { stderr, code } = await runPlan(plan, native);
  assertEquals([code, stderr], [7, `${MESSAGE}  why:  still readable\n`]);
});

/** The message of a failing call whose error number is made up: see calls_test.ts. */
async function failedWith(errno: number): Promise<string> {
  const s = new Sequence("main");
  s.call("openat", [-100, "/proc/self/mem", 0, 0], "open", { result: "fd" });
  s.call("lseek", [slot("fd"), -errno, 0], "seek", {
    failure: { message: "no", status: 9, hints: [{ errno: [errno], why: "made up" }] },
  });
  failureSteps(s);
  const { code, stderr } = await runPlan(s.plan("test"), native);
  assertEquals(code, 9);
  return stderr;
}

Deno.test("every error number has a text, also those that no system call gives", async () => {
  const texts: readonly (readonly [number, string, string])[] = [
    [1, "Operation not permitted", "EPERM"],
    [11, "Resource temporarily unavailable", "EAGAIN"],
    [13, "Permission denied", "EACCES"],
    [132, "Operation not possible due to RF-kill", "ERFKILL"],
    [133, "Memory page has hardware error", "EHWPOISON"],
    [41, "Unknown error", "41"],
    [134, "Unknown error", "134"],
    [524, "Unknown error", "524"],
    [4095, "Unknown error", "4095"],
  ];
  for (const [errno, text, name] of texts) {
    assertEquals(
      await failedWith(errno),
      `test: no: ${text}\n  step: lseek(<fd>, -${errno}, SEEK_SET) = ${name}\n  why:  made up\n`,
    );
  }
});

Deno.test("a failure that is no system call's has no step", async () => {
  const s = new Sequence("main");
  const failure: Failure = {
    message: "the child failed",
    status: 3,
    hints: [{ errno: [ENOENT], why: "wrong" }, { why: "it is ill", remedy: "cure it" }],
  };
  s.compute("failure", "set", { kind: "failure", failure });
  s.compute("error", "set", 0);
  s.jump("fail");
  failureSteps(s);
  const { code, stderr } = await runPlan(s.plan("test"), native);
  assertEquals([code, stderr], [
    3,
    "test: the child failed\n  why:  it is ill\n  try:  cure it\n",
  ]);
});

/** A failing plan whose second hint is found by steps that look for a number. */
function withSteps(isSeen: boolean): Plan {
  return failing(
    [
      { errno: [EPERM], look: [{ test: "steps", name: "count" }], why: "another error" },
      {
        errno: [ENOENT],
        look: [{ path: LACKING, test: "absent" }, { test: "steps", name: "count" }],
        why: `there are ${FOUND}, ${FOUND}`,
        remedy: `take ${FOUND}`,
      },
      { why: "nobody counted" },
    ],
    (s) =>
      s.look("count", (seen, notSeen) => {
        s.call("getpid", [], "steps may make calls");
        s.compute(FOUND_NUMBER, "set", 4711);
        s.jump(isSeen ? seen : notSeen);
      }),
  );
}

for (const arch of ARCHS) {
  Deno.test(`${arch}: a look may take steps, and find a number to say`, runs(arch), async () => {
    const { code, stderr } = await runPlan(withSteps(true), arch);
    assertEquals([code, stderr], [
      7,
      `${MESSAGE}  why:  there are 4711, 4711\n  try:  take 4711\n`,
    ]);
    assertEquals(
      (await runPlan(withSteps(false), arch)).stderr,
      `${MESSAGE}  why:  nobody counted\n`,
    );
  });
}

Deno.test("a failure is said though nobody reads it", requires({ programs: ["sh"] }), async () => {
  const closed = await runSh('exec 2>&-; exec "$0"');
  assertEquals([closed.code, closed.signal], [7, null]);
});

/** Runs a failing image by a script, as `$0`. */
function runSh(script: string): Promise<Outcome> {
  return withImage(
    failing([{ look: [{ path: "/proc/self/status", test: "exists" }], why: "a file was opened" }]),
    native,
    (image) => run("sh", { args: ["-c", script, image], env: { PATH: "/usr/bin:/bin" } }),
  );
}

Deno.test(
  "what a seccomp filter refuses is seen, and what it lets through",
  requires({ userNamespaces: true }),
  async () => {
    const looks: Look[] = [
      { test: "filtered", syscall: "unshare", flags: CLONE_NEWUSER },
      { test: "filtered", syscall: "unshare", flags: CLONE_NEWUSER | CLONE_NEWNET },
      { test: "filtered", syscall: "unshare", flags: CLONE_NEWUTS },
      { test: "filtered", syscall: "mount" },
      { test: "filtered", syscall: "pidfd_open" },
    ];
    assertEquals(await seen(looks), [false, false, false, false, false]);
    const users = (s: Sequence) => installFilter(s, { syscall: "unshare", bits: CLONE_NEWUSER });
    assertEquals(await seen(looks, users), [true, true, false, false, false]);
    const mounts = (s: Sequence) => installFilter(s, { syscall: "mount" });
    assertEquals(await seen(looks, mounts), [false, false, false, true, false]);
    const pidfds = (s: Sequence) => installFilter(s, { syscall: "pidfd_open" });
    assertEquals(await seen(looks, pidfds), [false, false, false, false, true]);
  },
);
