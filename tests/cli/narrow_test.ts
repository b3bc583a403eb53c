// Narrow terminals: what is said ends its lines between words.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { plain } from "../../cli/colour.ts";
import { doctorText } from "../../cli/doctor/show.ts";
import { textWidth, wrapped } from "../../cli/text.ts";
import type { Probed } from "../../launch/run/probe.ts";
import { start, WAIT } from "../inspect/start.ts";
import { requires } from "../requires.ts";
import { AS_USER, NIDO, quote, run } from "../support/nido.ts";
import { onTerminal } from "./run_nido.ts";

const onTerminals = { programs: ["script", "stty"] };

Deno.test("wrapped() ends lines between words, and keeps blanks and longer words", () => {
  assertEquals(wrapped("a bc def", 80), "a bc def");
  assertEquals(wrapped("a bc def", 4), "a bc\ndef");
  assertEquals(wrapped("  try:  one two", 12, 8), "  try:  one\n        two");
  assertEquals(wrapped("a /much/too/long b", 6, 2), "a\n  /much/too/long\n  b");
  assertEquals(wrapped("", 6), "");
  assertEquals(wrapped("as it is:  ", Infinity), "as it is:  ");
});

/** Asserts that no line is wider than the terminal, and that all words are there as they are. */
function assertFits(text: string, width: number, words: string): void {
  for (const line of text.split(/\r?\n/)) assert(textWidth(line) <= width, line);
  assertStringIncludes(text.replaceAll(/\s+/g, " "), words);
}

Deno.test("the doctor's causes and remedies are broken at words", () => {
  const why = "the sysctl user.max_user_namespaces is 0, and so nobody can create one";
  const text = doctorText(
    {
      verdict: "refused",
      machine: {
        kernel: "6.1.0",
        arch: "x86_64",
        uid: 0,
        gid: 0,
        user: "root",
        privileged: true,
        uidMap: [],
        noNewPrivs: false,
        seccomp: false,
        label: null,
        masked: [],
        othersProc: true,
        cgroup: null,
        signs: ["/proc is of another PID namespace", "the root directory is a chroot"],
      },
      results: [{
        name: "user",
        group: "namespaces",
        does: "a user namespace",
        verdict: "refused",
        step: "unshare(CLONE_NEWUSER)",
        code: "ENOSPC",
        why,
        remedy: "run sysctl -w user.max_user_namespaces=1000 as root",
      }],
    } as Probed,
    { paint: plain, ascii: false },
    40,
  );
  assertFits(text, 40, `why: ${why}`);
  assertFits(text, 40, "another PID namespace, the root directory is a chroot: what is");
});

Deno.test(
  "commands on a narrow terminal break what they say at words",
  requires(onTerminals),
  async () => {
    const { stdout } = await onTerminal(["tree", "2147483647"], 40);
    assertEquals(stdout, "nido tree: no process 2147483647\r\n");
    const wrong = await onTerminal(["tree", "one"], 30);
    assertFits(
      wrong.stdout,
      30,
      "nido tree: 'one' is no PID: that is a number from 1 to 2147483647",
    );
  },
);

Deno.test(
  "what nido who adds to a command has lines of its own on a narrow terminal",
  requires({ ...onTerminals, userNamespaces: true, programs: ["unshare", "script"] }),
  async () => {
    await using started = await start(["unshare", "-Urpf", "--mount-proc", ...WAIT]);
    const init = started.childOf();
    const { stdout } = await onTerminal(["who", "--color=never", "-t", "pid", String(init)], 40);
    assertFits(stdout, 40, `kill -KILL ${init} # ends all others of its PID namespace`);
  },
);

Deno.test(
  "the hint to a shell in a PID namespace that it is not in is broken at words",
  requires({ ...onTerminals, userNamespaces: true }),
  async () => {
    const line = quote([...NIDO, "unshare", "-Urp", "sh"]);
    const { stdout } = await run([
      ...AS_USER,
      "script",
      "-qec",
      `stty cols 40 -echo; ${line} </dev/tty`,
      "/dev/null",
    ], { stdin: "exit\n" });
    assertFits(stdout, 40, 'every further one fails with "Cannot allocate memory"');
  },
);
