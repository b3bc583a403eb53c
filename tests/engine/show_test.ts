// Each call as nido shows it. The texts are what strace 6.1 printed; where strace is installed it is
// asked again, with every call refused before the kernel sees it.

import { assertEquals } from "@std/assert";
import { slot, vector } from "../../engine/operand.ts";
import type { Step } from "../../engine/plan.ts";
import { stepText } from "../../engine/show/operand.ts";
import { textAround } from "../../engine/text.ts";
import { PURE } from "../launch/specs.ts";
import { run, withImage } from "../machine/run_image.ts";
import { requires } from "../requires.ts";
import { RawSteps } from "../support/raw_steps.ts";
import { CALLS, OPEN_FLAGS, sequence, words } from "./show_calls.ts";

/** Its calls, as they are shown. */
const textsOf = ({ steps }: { readonly steps: readonly Step[] }): string[] =>
  steps.flatMap((step) => step.do === "call" ? [stepText(step)] : []);

for (const [syscall, args] of CALLS) sequence.call(syscall, args, "test");
const plan = sequence.plan("test");
const shown = textsOf(plan);

for (const [i, [, , expected]] of CALLS.entries()) {
  Deno.test(`a step is shown as ${expected}`, PURE, () => assertEquals(shown[i], expected));
}

Deno.test("results of earlier steps are shown by their names", PURE, () => {
  const s = new RawSteps("test");
  s.call("kill", [slot("child"), slot("signal")], "");
  s.call("openat", [-100, slot("path"), 0, 0], "");
  s.call("execve", [slot("path"), vector(["a", slot("pid")]), slot("environ")], "");
  s.call("mkdirat", [slot("fd"), "x", 0o700], "");
  assertEquals(textsOf(s), [
    "kill(<child>, <signal>)",
    "openat(AT_FDCWD, <path>, O_RDONLY)",
    'execve(<path>, ["a", <pid>], <environ>)',
    'mkdirat(<fd>, "x", 0700)',
  ]);
});

Deno.test("what has no name in older versions of strace is shown as newer ones do", PURE, () => {
  const s = new RawSteps("test");
  s.call("ioctl", [3, 0x8004b707, 1], "");
  s.call("ioctl", [3, 0x894c, 0], "");
  s.call("pidfd_open", [77, 0x80], "");
  s.call("landlock_create_ruleset", [words(0, 0, 1), 24, 0], "");
  assertEquals(textsOf(s), [
    "ioctl(3, NS_GET_TGID_FROM_PIDNS, 0x1)",
    "ioctl(3, SIOCGSKNS, NULL)",
    "pidfd_open(77, PIDFD_THREAD)",
    "landlock_create_ruleset({handled_access_fs=0, handled_access_net=0, scoped=LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET}, 24, 0)",
  ]);
});

Deno.test("questions about terminals have their names", PURE, () => {
  const s = new RawSteps("test");
  for (const request of [0x5401, 0x5413, 0x5441]) s.call("ioctl", [1, request, 2], "");
  assertEquals(textsOf(s), [
    "ioctl(1, TCGETS, 0x2)",
    "ioctl(1, TIOCGWINSZ, 0x2)",
    "ioctl(1, TIOCGPTPEER, 0x2)",
  ]);
});

Deno.test("flags of open(2) have their names, whichever processor a plan is for", PURE, () => {
  const s = new RawSteps("test");
  for (const { DIRECTORY, NOFOLLOW } of Object.values(OPEN_FLAGS)) {
    s.call("openat", [-100, "x", 0o20000002 | DIRECTORY, 0o700], "");
    s.call("openat", [-100, "x", NOFOLLOW | DIRECTORY, 0], "");
  }
  const shown = [
    'openat(AT_FDCWD, "x", O_RDWR|O_TMPFILE, 0700)',
    'openat(AT_FDCWD, "x", O_RDONLY|O_NOFOLLOW|O_DIRECTORY)',
  ];
  assertEquals(textsOf(s), [...shown, ...shown]);
});

Deno.test("a text that is put together at run time is shown as it will be", PURE, () => {
  const s = new RawSteps("test");
  s.call("openat", [-100, textAround(s, "/proc/", s.variable("main pid"), "/ns/mnt"), 0, 0], "");
  s.call("execve", [slot("path", '"<folder>/id"'), vector([]), slot("environ")], "");
  assertEquals(textsOf(s), [
    'openat(AT_FDCWD, "/proc/<main pid>/ns/mnt", O_RDONLY)',
    'execve("<folder>/id", [], <environ>)',
  ]);
});

Deno.test("numbers that have no name are shown as numbers", PURE, () => {
  const s = new RawSteps("test");
  s.call("unshare", [0x20000008], "");
  s.call("prctl", [999, -1], "");
  s.call("kill", [-5, 99], "");
  s.call("mount", ["a", "b", "c", 2 ** 40 + 1, "d"], "");
  assertEquals(textsOf(s), [
    "unshare(CLONE_NEWPID|0x8)",
    "prctl(999, -1)",
    "kill(-5, 99)",
    'mount("a", "b", "c", MS_RDONLY|0x10000000000, "d")',
  ]);
});

Deno.test(
  "strace shows every one of these calls so",
  requires({ programs: ["strace"] }),
  async () => {
    const names = new Set(CALLS.map(([syscall]) => syscall));
    names.delete("exit_group");
    await withImage(plan, Deno.build.arch, async (image) => {
      const { stderr, code } = await run("strace", {
        args: ["-v", "-s4096", `--inject=${[...names].join(",")}:error=EPERM`, image],
        env: { PATH: Deno.env.get("PATH") ?? "" },
      });
      assertEquals(code, 7, stderr);
      const lines = stderr.split("\n").slice(1, CALLS.length + 1).map((line) =>
        line.replace(/ +=( -1 EPERM .*| \?)$/, "").replace(/0x[0-9a-f]{9,}/, "&buffer")
      );
      assertEquals(lines, shown);
    });
  },
);
