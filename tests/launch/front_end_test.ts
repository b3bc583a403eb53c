// Failures are said in the words, and with the status, of whoever has the launch made.

import { assert, assertEquals } from "@std/assert";
import { OPTIONS as NSENTER_OPTIONS } from "../../cli/nsenter/options.ts";
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { OPTIONS as UNSHARE_OPTIONS } from "../../cli/unshare/options.ts";
import { type FrontEnd, words } from "../../engine/failure.ts";
import { recordsIn } from "../../engine/protocol.ts";
import { failureOf, reporting } from "../../engine/report.ts";
import { compileFor } from "../../launch/compile.ts";
import { SPEC_WORDS } from "../../launch/spec_words.ts";
import { run, runPlan, withImage } from "../machine/run_image.ts";
import { requires } from "../requires.ts";
import { allSaid } from "./remedies.ts";
import { type Asked, problemsIn, PURE, specOf } from "./specs.ts";

/** What a third front end could be: it has options of its own, says less, and always exits with 1. */
const TRIAL: FrontEnd = {
  words: ({ term, value }) => value === undefined ? `--trial-${term}` : words`--trial-${term}`,
  message({ message, syscall }, call) {
    if (syscall === "execve") return words`execvp ${(message as readonly never[]).at(1)!}`;
    return call?.syscall === "mount" ? "Can't mount proc" : message;
  },
  status: () => 1,
};

/** Why, and what is to be done, of a launch that fails. */
async function said(asked: Asked, front?: FrontEnd): Promise<[string, string[], number]> {
  const spec = specOf(asked);
  const { code, stderr } = await runPlan(compileFor(spec, front ? { front } : {}), Deno.build.arch);
  const [message = "", ...rest] = stderr.trimEnd().split("\n");
  return [message, rest.filter((line) => !line.startsWith("  step:")), code!];
}

/** A proc that may not be mounted, as the process is in no PID namespace of its own. */
const TRAP: Asked = { namespaces: ["user", "pid"], mapUser: 0, mountProc: "/proc", name: "test" };

Deno.test(
  "the same failure is said in the words of each front end",
  requires({ userNamespaces: true }),
  async () => {
    const why = (option: string) =>
      `  why:  without ${option} this process is still in the old PID namespace, which it does not own`;
    const message = "test: mount /proc failed: Operation not permitted";
    assertEquals(await said(TRAP, OPTION_WORDS), [
      message,
      [why("--fork"), "  try:  add --fork"],
      1,
    ]);
    assertEquals(await said(TRAP), [message, [why("fork"), "  try:  add fork: true"], 1]);
    assertEquals(await said(TRAP, TRIAL), [
      "test: Can't mount proc: Operation not permitted",
      [why("--trial-fork"), "  try:  add --trial-fork"],
      1,
    ]);
  },
);

Deno.test("a front end has exit statuses of its own", async () => {
  const asked = { program: "/no/such", argv: ["x"], name: "test" };
  const error = "No such file or directory";
  assertEquals(await said(asked, OPTION_WORDS), [
    `test: failed to execute /no/such: ${error}`,
    [],
    127,
  ]);
  assertEquals(await said(asked, TRIAL), [`test: execvp /no/such: ${error}`, [], 1]);
});

Deno.test("what is reported is in the words of the front end, too", async () => {
  const spec = specOf({ program: "/no/such", argv: ["x"] });
  for (const front of [OPTION_WORDS, TRIAL]) {
    const plan = reporting(compileFor(spec, front ? { front } : {}), 9);
    const { stdout } = await withImage(
      plan,
      Deno.build.arch,
      (image) => run("/bin/sh", { args: ["-c", `exec ${image} 9>&1`], env: { PATH: "/usr/bin" } }),
    );
    const failure = failureOf(plan, recordsIn(stdout)[0]!);
    assertEquals(
      [failure?.message, failure?.status, failure?.path],
      front === TRIAL
        ? ["execvp /no/such", 1, "/no/such"]
        : ["failed to execute /no/such", 127, "/no/such"],
    );
  }
});

Deno.test("the library names no option of the command line", () => {
  const named = new Set([...UNSHARE_OPTIONS, ...NSENTER_OPTIONS].map(({ long }) => `--${long}`));
  const said = allSaid(
    SPEC_WORDS,
    ({ message, hints }) => [
      message,
      ...hints.flatMap(({ why = "", remedy = "" }) => [why, remedy]),
    ],
  );
  assert(said.size > 100);
  const wrong = [...said].filter((text) =>
    // These are other programs'.
    text.replaceAll(/systemd-run --user\b|mount -t \w+/g, "").match(/(?<![\w-])--?[\w-]+/g)
      ?.some((word) => named.has(word) || word === "-t" || word === "-Ur")
  );
  assertEquals(wrong, []);
});

Deno.test("what is wrong with a spec names no option of the command line", PURE, () => {
  const all: readonly Asked[] = [
    { monotonic: 1n },
    { boottime: 1n },
    { mapGroup: 0, setgroups: "allow" },
    { fork: false, killChild: 9, forwardSignals: true },
    { join: { all: true, root: true, wd: true, env: true, cgroup: true } },
    { join: {}, setuid: "follow" },
  ];
  for (const asked of all) {
    const problems = problemsIn(asked);
    assert(problems.length > 0);
    assertEquals(problems.filter((text) => / -/.test(text)), []);
  }
});
