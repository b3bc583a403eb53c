// Dry runs of small programs: what they look at is made up, but where a test says otherwise.

import { assertEquals, assertThrows } from "@std/assert";
import { machineOf } from "../../ffi/machine/machine.ts";
import { encode } from "../../ffi/bytes.ts";
import { DryRunError } from "../../engine/dry_run/memory.ts";
import { dryRun, type ProcessRun } from "../../engine/dry_run/dry_run.ts";
import type { Look } from "../../engine/dry_run/places.ts";
import { failureSteps } from "../../engine/failure/steps.ts";
import { layOutWithSymbols } from "../../engine/layout.ts";
import { AT_FDCWD, O_CLOEXEC, O_PATH, O_RDONLY, O_WRONLY } from "../../ffi/abi/fcntl.ts";
import { syscall } from "../../ffi/syscall.ts";
import { PURE } from "../launch/specs.ts";
import { broken, Trial } from "./trial.ts";

const READ = O_RDONLY | O_CLOEXEC;
/** What sees nothing: no test that uses it may look. */
const BLIND: Look = (name) => {
  throw new Error(`looked: ${name}`);
};

function runOf(s: Trial, look: Look = BLIND, argv: string[] = ["test"]): ProcessRun[] {
  s.exit(0, "the end");
  failureSteps(s);
  const program = layOutWithSymbols(s.plan("test"), machineOf("x86_64"));
  const given = { argv: argv.map(encode), envp: [encode("A=b")] };
  return dryRun({ ...program, machine: machineOf("x86_64") }, given, look);
}

const textsOf = ({ calls }: ProcessRun): string[] =>
  calls.map(({ text, errno }) => errno === undefined ? text : `${text} = -${errno}`);

const ended = { name: "child", note: "a child", fails: broken("fork failed") };

Deno.test("loops are shown as they will be, with their values", PURE, () => {
  const s = new Trial();
  const number = s.variable("number", 1);
  s.while(number.isBelow(4), () => {
    s.call("kill", [number, 0], "count", { fails: "ignored" });
    number.advance();
  });
  assertEquals(textsOf(runOf(s)[0]!), ["kill(1, 0)", "kill(2, 0)", "kill(3, 0)", "exit_group(0)"]);
});

Deno.test("what one process writes into a pipe the other reads, and waits for it", PURE, () => {
  const s = new Trial();
  const [ends, got] = [s.memory("ends", 8), s.memory("got", 8)];
  s.call("pipe2", [ends, 0], "a pipe", { fails: "ignored" });
  const reader = s.variable("reader", s.variable("at", ends).half());
  const writer = s.variable("writer", s.variable("at", ends).half(4));
  const child = s.startProcess(ended, () => {
    s.call("close", [writer], "not its end", { fails: "ignored" });
    s.call("read", [reader, got, 8], "wait for a word", { fails: "ignored" });
    const word = s.variable("word", s.variable("at", got).word());
    s.call("kill", [word, 0], "what it is", { fails: "ignored" });
    s.exit(3, "the child's end");
  });
  const status = s.memory("status", 8);
  const words = s.memory("words", 8);
  s.store(words, 77);
  s.call("write", [writer, words, 8], "a word", { fails: "ignored" });
  s.call("wait4", [child, status, 0, 0], "wait", { fails: "ignored" });
  const ends2 = s.variable("status", s.variable("at", status).word().shiftedRight(8));
  s.call("kill", [ends2, 0], "how it ended", { fails: "ignored" });
  const [main, other] = runOf(s);
  assertEquals(textsOf(main!), [
    "pipe2(&ends, 0)",
    "clone(child_stack=NULL, flags=SIGCHLD)",
    String.raw`write(<writer>, "M\0\0\0\0\0\0\0", 8)`,
    "wait4(<child>, &status, 0, NULL)",
    "kill(3, 0)",
    "exit_group(0)",
  ]);
  assertEquals(textsOf(other!), [
    "close(<writer>)",
    "read(<reader>, &got, 8)",
    "kill(77, 0)",
    "exit_group(3)",
  ]);
  assertEquals([main!.status, other!.status], [0, 3 << 8]);
});

Deno.test("a pipe whose writers have all ended is at its end", PURE, () => {
  const s = new Trial();
  const [ends, got] = [s.memory("ends", 8), s.memory("got", 8)];
  s.call("pipe2", [ends, 0], "a pipe", { fails: "ignored" });
  const writer = s.variable("writer", s.variable("at", ends).half(4));
  const reader = s.variable("reader", s.variable("at", ends).half());
  s.startProcess(ended, () => s.exit(0, "the child's end"));
  s.call("close", [writer], "not its end", { fails: "ignored" });
  const count = s.call("read", [reader, got, 8], "wait", { result: "count", fails: "ignored" });
  s.call("kill", [count, 0], "nothing", { fails: "ignored" });
  assertEquals(textsOf(runOf(s)[0]!).slice(-2), ["kill(0, 0)", "exit_group(0)"]);
});

Deno.test("a failed look leads where the plan says, with its error", () => {
  const s = new Trial();
  const none = "/no/such/file";
  s.call("openat", [AT_FDCWD, none, READ, 0], "a file", { fails: broken("cannot open it") });
  const [main] = runOf(s, syscall);
  const texts = textsOf(main!);
  assertEquals(texts[0], `openat(AT_FDCWD, "${none}", O_RDONLY|O_CLOEXEC) = -2`);
  assertEquals(texts.at(-1), "exit_group(9)");
  assertEquals(texts.at(-2)!.startsWith("write(2, "), true);
  assertEquals(main!.calls.at(-1)!.symbols?.process, "after a failure");
});

Deno.test("files are read, but none is written to or made", () => {
  const folder = Deno.makeTempDirSync({ prefix: "nido-dry-" });
  try {
    Deno.writeTextFileSync(`${folder}/there`, "x");
    const s = new Trial();
    const got = s.memory("got", 8);
    const open = (name: string, flags: number) =>
      s.call("openat", [AT_FDCWD, `${folder}/${name}`, flags, 0o600], "open", {
        result: name,
        fails: broken("cannot open it"),
      });
    const there = open("there", READ);
    s.call("read", [there, got, 8], "read", { fails: "ignored" });
    const byte = s.variable("byte", s.variable("at", got).byte());
    s.call("kill", [byte, 0], "what it is", { fails: "ignored" });
    s.call("write", [open("there", O_WRONLY), "lost", 4], "write", { fails: broken("write") });
    s.call("close", [open("made", O_WRONLY | 0o100)], "made", { fails: "ignored" });
    s.call("close", [open("made", O_PATH)], "is there", { fails: "ignored" });
    s.call("mkdirat", [AT_FDCWD, `${folder}/new`, 0o700], "a folder", { fails: broken("mkdir") });
    s.call("chdir", [`${folder}/new`], "there", { fails: broken("chdir") });
    const [main] = runOf(s, syscall);
    assertEquals([main!.status, textsOf(main!)[2]], [0, "kill(120, 0)"]);
    assertEquals(Deno.readTextFileSync(`${folder}/there`), "x");
    assertEquals(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["there"]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("descriptors that were opened are closed again", () => {
  const count = (): number => [...Deno.readDirSync("/proc/self/fd")].length;
  const s = new Trial();
  for (let i = 0; i < 5; i++) {
    s.call("openat", [AT_FDCWD, "/etc/passwd", READ, 0], "open", { fails: broken("open") });
  }
  const before = count();
  runOf(s, syscall);
  assertEquals(count(), before);
});

Deno.test("a closed descriptor is none, and a result is shown by its name", () => {
  const s = new Trial();
  const file = s.call("openat", [AT_FDCWD, "/etc/passwd", READ, 0], "open", {
    result: "accounts",
    fails: broken("open"),
  });
  const got = s.memory("got", 8);
  s.call("close", [file], "close", { fails: "ignored" });
  s.call("read", [file, got, 8], "read", { fails: "ignored" });
  assertEquals(textsOf(runOf(s, syscall)[0]!).slice(1, 3), [
    "close(<accounts>)",
    "read(<accounts>, &got, 8) = -9",
  ]);
});

for (
  const [about, path, errno] of [
    ["a program", "/bin/sh", undefined],
    ["nothing", "/no/such", 2],
    ["a folder", "/usr", 13],
    ["a file without a mode", "/etc/passwd", 13],
    ["what is below a file", "/bin/sh/x", 20],
  ] as const
) {
  Deno.test(`${about} is executed as the kernel would`, () => {
    const s = new Trial();
    const argv = { kind: "vector", items: [] } as const;
    s.call("execve", [path, argv, argv], "run it", { fails: "ignored" });
    const texts = textsOf(runOf(s, syscall)[0]!);
    const shown = `execve("${path}", [], [])`;
    assertEquals(texts, errno ? [`${shown} = -${errno}`, "exit_group(0)"] : [shown]);
  });
}

Deno.test("a program is looked for below the root that there would be", () => {
  const s = new Trial();
  const argv = { kind: "vector", items: [] } as const;
  s.call("chroot", ["/usr"], "another root", { fails: broken("chroot") });
  s.call("execve", ["/usr/bin/env", argv, argv], "not there", { fails: "ignored" });
  s.call("execve", ["/bin/env", argv, argv], "there", { fails: "ignored" });
  assertEquals(textsOf(runOf(s, syscall)[0]!).slice(1), [
    'execve("/usr/bin/env", [], []) = -2',
    'execve("/bin/env", [], [])',
  ]);
});

Deno.test(
  "a program that reads what is not there dies, and one without an end is found",
  PURE,
  () => {
    const dies = new Trial();
    dies.variable("x", dies.variable("nothing", 0).word());
    assertEquals(runOf(dies)[0]!.status, 11);
    const endless = new Trial();
    endless.loop(({ leave }) => {
      endless.if(endless.variable("never", 1).is(2), leave);
      endless.call("setsid", [], "again", { fails: "ignored" });
    });
    assertThrows(() => runOf(endless), DryRunError, "too many system calls");
  },
);
