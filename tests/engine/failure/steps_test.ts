// What an image says when a call fails: run for real, the whole message compared.

import { assertEquals } from "@std/assert";
import { EACCES, ENOENT, ENOTDIR, EPERM } from "../../../ffi/abi/errno.ts";
import { Builder } from "../../../engine/builder.ts";
import { failureSteps } from "../../../engine/failure/steps.ts";
import type { Failure, Hint, Look } from "../../../engine/failure.ts";
import { absent, contains, exists, lacks, starts } from "../../../engine/looks.ts";
import { ARCHS, type Outcome, run, runPlan, runs, withImage } from "../../machine/run_image.ts";
import { requires } from "../../requires.ts";
import { failing, LACKING, native, said } from "./failing.ts";

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
