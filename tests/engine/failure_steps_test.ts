// What an image says when a call fails: run for real, the whole message compared.

import { assertEquals } from "@std/assert";
import { EACCES, ENOENT, ENOTDIR, EPERM } from "../../ffi/abi/errno.ts";
import { CLONE_NEWNET, CLONE_NEWUSER, CLONE_NEWUTS } from "../../ffi/abi/sched.ts";
import { display, encode, UNSAFE_RANGES } from "../../ffi/bytes.ts";
import { shellWord } from "../../ffi/shell_word.ts";
import type { Arch } from "../../ffi/machine/machine.ts";
import { Builder } from "../../engine/builder.ts";
import { failureSteps } from "../../engine/failure/steps.ts";
import {
  type Failure,
  FOUND,
  FOUND_NAME,
  type Hint,
  type Look,
  words,
} from "../../engine/failure.ts";
import {
  absent,
  contains,
  exists,
  lacks,
  refusedByFilter,
  sameLink,
  starts,
} from "../../engine/looks.ts";
import type { Plan } from "../../engine/plan.ts";
import { verify } from "../../engine/verify.ts";
import { ARCHS, type Outcome, run, runPlan, runs, withImage } from "../machine/run_image.ts";
import { requires } from "../requires.ts";
import { installFilter } from "../support/filter.ts";

const LACKING = "/proc/self/no such file";
const MESSAGE =
  `test: cannot go: No such file or directory\n  step: chdir("${LACKING}") = ENOENT\n`;

/** A plan whose only call, a chdir(2), fails with ENOENT. */
function failing(hints: readonly Hint[], before?: (s: Builder) => void): Plan {
  const s = new Builder("main");
  before?.(s);
  s.call("chdir", [LACKING], "fail", {
    fails: { message: "cannot go", status: 7, hints },
  });
  s.exit(0, "cannot happen");
  failureSteps(s);
  const plan = s.plan("test");
  verify(plan);
  return plan;
}

const native: Arch = Deno.build.arch;

/** Runs such a plan and gives what stands behind the message, without its last end of line. */
async function said(
  hints: readonly Hint[],
  arch: Arch,
  before?: (s: Builder) => void,
): Promise<string> {
  const { code, signal, stderr, stdout } = await runPlan(failing(hints, before), arch);
  assertEquals([code, signal, stdout.length], [7, null, 0], stderr);
  assertEquals(stderr.slice(0, MESSAGE.length - 1), MESSAGE.trimEnd());
  assertEquals(stderr.at(-1), "\n");
  return stderr.slice(MESSAGE.length - 1, -1);
}

/** Which of the looks are true, each by itself. */
async function seen(looks: readonly Look[], before?: (s: Builder) => void): Promise<boolean[]> {
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
const looksAt = (path: string, text: string): Look[] => [
  contains(path, text),
  lacks(path, text),
  starts(path, text),
  exists(path),
  absent(path),
];

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
      hint(exists(LACKING), "wrong: exists"),
      hint(
        contains("/proc/self/status", "no such line"),
        "wrong: contains",
      ),
      hint(starts("/proc/self/status", "ame:"), "wrong: starts"),
      hint(lacks("/proc/self/status", "\nPid:\t"), "wrong: lacks"),
      hint(contains("/proc/self/status", "\nNoNewPrivs:\t"), "right"),
      hint(absent(LACKING), "too late"),
    ];
    assertEquals(await said(hints, arch), "\n  why:  right");
  });
}

Deno.test("the first hint that fits is said, in the order of the list", async () => {
  const first: Hint = { why: "first" };
  const second: Hint = { why: "second" };
  const never: Hint = { look: [exists(LACKING)], why: "never" };
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
  const yes: Look = absent(LACKING);
  const no: Look = exists(LACKING);
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
  await withFolder(async (folder) => {
    for (const [name, to] of [["a", "x:[1]"], ["b", "x:[1]"], ["c", "x:[2]"], ["d", "x:[1]2"]]) {
      Deno.symlinkSync(to!, `${folder}/${name}`);
    }
    const ns = "/proc/self/ns";
    assertEquals(
      await seen([
        sameLink(`${folder}/a`, `${folder}/b`),
        sameLink(`${folder}/a`, `${folder}/c`),
        sameLink(`${folder}/a`, `${folder}/d`),
        sameLink(`${folder}/a`, `${folder}/none`),
        sameLink(`${folder}/none`, `${folder}/a`),
        sameLink(`${folder}/none`, `${folder}/none`),
        sameLink(`${ns}/uts`, `/proc/${Deno.pid}/ns/uts`),
        sameLink(`${ns}/uts`, `${ns}/net`),
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
      why: `${look.kind} is seen`,
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
    const before = (s: Builder): void => {
      if (Deno.uid() === 0) s.call("setuid", [65534], "be nobody", { fails: "ignored" });
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
  assertEquals(await seen([contains(path, text)]), [true]);
});

Deno.test("many looks at many files leave no descriptor open", async () => {
  const s = new Builder("main");
  const hints = Array.from({ length: 30 }, (): Hint => ({
    look: [lacks("/proc/self/status", "Name:")],
    why: "never",
  }));
  // Four descriptors in all: standard ones, and one for looking.
  const RLIMIT_NOFILE = 7;
  const limit = new BigUint64Array([4n, 4n]);
  s.call("prlimit64", [0, RLIMIT_NOFILE, new Uint8Array(limit.buffer), 0], "few descriptors", {
    fails: "ignored",
  });
  const last: Hint = {
    look: [contains("/proc/self/status", "Name:")],
    why: "still readable",
  };
  const plan = failing([...hints, last], (other) => void other.steps.push(...s.steps));
  const { stderr, code } = await runPlan(plan, native);
  assertEquals([code, stderr], [7, `${MESSAGE}  why:  still readable\n`]);
});

Deno.test("the text of an error does not follow a message that says what it is", async () => {
  const s = new Builder("main");
  s.call("chdir", [LACKING], "fail", {
    fails: {
      message: "there is none",
      isWhole: true,
      status: 7,
      hints: [{ why: "it is not there" }],
    },
  });
  s.exit(0, "cannot happen");
  failureSteps(s, { mayBeWhole: true });
  const { stderr, code } = await runPlan(s.plan("test"), native);
  const step = `step: chdir("${LACKING}") = ENOENT`;
  assertEquals([code, stderr], [7, `test: there is none\n  ${step}\n  why:  it is not there\n`]);
});

/** The message of a failing call whose error number is made up: see calls_test.ts. */
async function failedWith(errno: number): Promise<string> {
  const s = new Builder("main");
  const fd = s.call("openat", [-100, "/proc/self/mem", 0, 0], "open", {
    result: "fd",
    fails: "ignored",
  });
  s.call("lseek", [fd, -errno, 0], "seek", {
    fails: { message: "no", status: 9, hints: [{ errno: [errno], why: "made up" }] },
  });
  s.exit(0, "cannot happen");
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
  const s = new Builder("main");
  const failure: Failure = {
    message: "the child failed",
    status: 3,
    hints: [{ errno: [ENOENT], why: "wrong" }, { why: "it is ill", remedy: "cure it" }],
  };
  s.fail(failure);
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
      { errno: [EPERM], look: [{ kind: "count" }], why: "another error" },
      {
        errno: [ENOENT],
        look: [absent(LACKING), { kind: "count" }],
        why: words`there are ${FOUND}, ${FOUND_NAME}`,
        remedy: words`take ${FOUND}`,
      },
      { why: "nobody counted" },
    ],
    (s) =>
      s.look("count", (found) => {
        const pid = s.call("getpid", [], "steps may make calls", {
          result: "pid",
          fails: "ignored",
        });
        found.set(4711);
        s.foundName.set("a\tb");
        return isSeen ? pid.isNot(0) : pid.is(0);
      }),
  );
}

for (const arch of ARCHS) {
  Deno.test(`${arch}: a look may take steps, and find a number to say`, runs(arch), async () => {
    const { code, stderr } = await runPlan(withSteps(true), arch);
    assertEquals([code, stderr], [
      7,
      `${MESSAGE}  why:  there are 4711, a\\x09b\n  try:  take 4711\n`,
    ]);
    assertEquals(
      (await runPlan(withSteps(false), arch)).stderr,
      `${MESSAGE}  why:  nobody counted\n`,
    );
  });
}

Deno.test("what a message names that only the launch knows is said, and commands no terminal", async () => {
  const s = new Builder("main");
  const texts = ["plain", "a\x1b[31m\nb", "back\\slash \\x1b", "\u00fc", ""];
  const variables = texts.map((text) => s.variable("text", text));
  const number = s.variable("number", 4711);
  const message = [
    ...variables.flatMap((variable) => [{ string: variable }, "|"]),
    { number },
    "|",
    { path: "/a\x07b" },
  ];
  s.fail({ message, status: 3, hints: [{ why: words`it is ${{ number }}` }] }, ENOENT);
  failureSteps(s);
  const plan = s.plan("test");
  verify(plan);
  const { code, stderr } = await runPlan(plan, native);
  assertEquals([code, stderr], [
    3,
    "test: plain|a\\x1b[31m\\x0ab|back\\slash \\x5cx1b|\u00fc||4711|/a\\x07b: " +
    "No such file or directory\n  why:  it is 4711\n",
  ]);
});

Deno.test("what is no character, or may hide, is escaped as display() does, in any bytes", async () => {
  const edges = UNSAFE_RANGES.flatMap(([first, last]) => [first - 1, first, last, last + 1])
    .filter((point) => point > 0 && !(point >= 0xd800 && point < 0xe000));
  const texts = edges.map((point) => encode(`a${String.fromCodePoint(point)}b`));
  for (
    const lead of [0x80, 0xbf, 0xc0, 0xc1, 0xc3, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xf8, 0xff]
  ) {
    for (const second of [0x41, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf]) {
      texts.push(Uint8Array.of(lead, second), Uint8Array.of(lead, second, 0x80, 0xbf));
    }
  }
  const s = new Builder("main");
  const message = texts.flatMap((text) => [{ string: s.variable("text", text) }, "|"]);
  s.fail({ message, status: 3, hints: [] });
  failureSteps(s);
  const plan = s.plan("test");
  verify(plan);
  const want = texts.map((text) => `${display(text)}|`).join("");
  assertEquals((await runPlan(plan, native)).stderr, `test: ${want}\n`);
});

Deno.test("a string in a command is quoted as shellWord() does", async () => {
  const texts = [
    "/bin/sh",
    "a b;c",
    "it's",
    "",
    "a@%+=:,./-_Z9",
    "\u00fc",
    "\x1bff\x07g'\\h",
    "~",
    "$x",
  ];
  const s = new Builder("main");
  const remedy = texts.flatMap((text) => [
    { string: s.variable("text", text), isWord: true },
    " | ",
  ]);
  s.fail({ message: "refused", status: 3, hints: [{ remedy }] });
  failureSteps(s);
  const plan = s.plan("test");
  verify(plan);
  const want = texts.map((text) => `${shellWord(text)} | `).join("");
  assertEquals((await runPlan(plan, native)).stderr, `test: refused\n  try:  ${want}\n`);
});

Deno.test("of what is longer than a message may be the beginning is said", async () => {
  const s = new Builder("main");
  const long = s.variable("text", "x".repeat(70000));
  s.fail({ message: [{ string: long }], status: 3, hints: [] });
  failureSteps(s);
  const { code, stderr } = await runPlan(s.plan("test"), native);
  assertEquals([code, stderr], [3, "test: " + "x".repeat(65536 - 6)]);
});

Deno.test("a failure is said though nobody reads it", requires({ programs: ["sh"] }), async () => {
  const closed = await runSh('exec 2>&-; exec "$0"');
  assertEquals([closed.code, closed.signal], [7, null]);
});

/** Runs a failing image by a script, as `$0`. */
function runSh(script: string): Promise<Outcome> {
  return withImage(
    failing([{ look: [exists("/proc/self/status")], why: "a file was opened" }]),
    native,
    (image) => run("sh", { args: ["-c", script, image], env: { PATH: "/usr/bin:/bin" } }),
  );
}

Deno.test(
  "what a seccomp filter refuses is seen, and what it lets through",
  requires({ userNamespaces: true }),
  async () => {
    const looks: Look[] = [
      refusedByFilter("unshare", CLONE_NEWUSER),
      refusedByFilter("unshare", CLONE_NEWUSER | CLONE_NEWNET),
      refusedByFilter("unshare", CLONE_NEWUTS),
      refusedByFilter("mount"),
      refusedByFilter("pidfd_open"),
    ];
    assertEquals(await seen(looks), [false, false, false, false, false]);
    const users = (s: Builder) => installFilter(s, { syscall: "unshare", bits: CLONE_NEWUSER });
    assertEquals(await seen(looks, users), [true, true, false, false, false]);
    const mounts = (s: Builder) => installFilter(s, { syscall: "mount" });
    assertEquals(await seen(looks, mounts), [false, false, false, true, false]);
    const pidfds = (s: Builder) => installFilter(s, { syscall: "pidfd_open" });
    assertEquals(await seen(looks, pidfds), [false, false, false, false, true]);
  },
);
