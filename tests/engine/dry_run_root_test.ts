// Dry runs of programs that make a root: what is in it is what there would be.

import { assertEquals } from "@std/assert";
import { dryRun } from "../../engine/dry_run/dry_run.ts";
import { failureSteps } from "../../engine/failure/steps.ts";
import { layOutWithSymbols } from "../../engine/layout.ts";
import { data, type Operand } from "../../engine/operand.ts";
import type { Variable } from "../../engine/value.ts";
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  O_CLOEXEC,
  O_CREAT,
  O_PATH,
  O_WRONLY,
  SEEK_CUR,
} from "../../ffi/abi/fcntl.ts";
import {
  AT_RECURSIVE,
  MOUNT_ATTR_RDONLY,
  MOVE_MOUNT_F_EMPTY_PATH,
  MOVE_MOUNT_T_EMPTY_PATH,
  OPEN_TREE_CLONE,
} from "../../ffi/abi/mount.ts";
import { PR_CAPBSET_DROP, PR_SET_SECCOMP, SECCOMP_MODE_FILTER } from "../../ffi/abi/prctl.ts";
import { encode } from "../../ffi/bytes.ts";
import { machineOf } from "../../ffi/machine/machine.ts";
import { TCGETS } from "../../ffi/abi/ioctl.ts";
import { CLONE_NEWUSER } from "../../ffi/abi/sched.ts";
import { check, cString, syscall } from "../../ffi/syscall.ts";
import { broken, Trial } from "./trial.ts";

const WAY = O_PATH | O_CLOEXEC;
const IGNORED = { fails: "ignored" } as const;
const EMPTY = { kind: "vector", items: [] } as const;

function textsOf(s: Trial): string[] {
  s.exit(0, "the end");
  failureSteps(s);
  const machine = machineOf("x86_64");
  const program = { ...layOutWithSymbols(s.plan("test"), machine), machine };
  const [main] = dryRun(program, { argv: [encode("test")], envp: [] }, syscall);
  return main!.calls.map(({ text, errno }) => errno === undefined ? text : `${text} = -${errno}`);
}

/** struct mount_attr */
const attr = (set: number): Operand => data(Uint8Array.of(set, ...new Uint8Array(31)), "attr");

/** A descriptor of a file system in memory, which hides the root. */
function inMemory(s: Trial): Variable {
  s.call("mount", ["tmpfs", "/", "tmpfs", 0, 0], "memory", { fails: broken("mount") });
  return s.call("openat", [AT_FDCWD, "/..", WAY, 0], "it", {
    result: "base",
    fails: broken("open"),
  });
}

/** Mounts a real folder on a new one. */
function bind(s: Trial, base: Variable, source: string, name: string, attributes = 0): void {
  const fails = broken("bind");
  s.call("mkdirat", [base, name, 0o755], "a folder", { fails });
  const at = s.call("openat", [base, name, WAY, 0], "it", { result: "at", fails });
  const flags = OPEN_TREE_CLONE | AT_RECURSIVE;
  const tree = s.call("open_tree", [AT_FDCWD, source, flags], "what", { result: "tree", fails });
  s.call("mount_setattr", [tree, "", AT_EMPTY_PATH, attr(attributes), 32], "how", { fails });
  const both = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
  s.call("move_mount", [tree, "", at, "", both], "there", { fails });
  s.call("close", [tree], "done", IGNORED);
  s.call("close", [at], "done", IGNORED);
}

Deno.test("in a new root is only what was made there", () => {
  const s = new Trial();
  const base = inMemory(s);
  bind(s, base, "/usr", "usr");
  s.call("symlinkat", ["usr/bin", base, "bin"], "a link", { fails: broken("link") });
  s.call("fchdir", [base], "there", { fails: broken("fchdir") });
  s.call("pivot_root", [".", "."], "it is the root", { fails: broken("pivot_root") });
  for (const path of ["/tmp", "/usr/bin", "/usr/bin/env", "/"]) {
    s.call("chdir", [path], "is there", IGNORED);
  }
  s.call("faccessat", [AT_FDCWD, "usr/bin/env", 0], "is there", IGNORED);
  s.call("execve", ["/etc/passwd", EMPTY, EMPTY], "not there", IGNORED);
  s.call("execve", ["/bin/env", EMPTY, EMPTY], "there", IGNORED);
  assertEquals(textsOf(s).slice(-7), [
    'chdir("/tmp") = -2',
    'chdir("/usr/bin")',
    'chdir("/usr/bin/env") = -20',
    'chdir("/")',
    'faccessat(AT_FDCWD, "usr/bin/env", F_OK)',
    'execve("/etc/passwd", [], []) = -2',
    'execve("/bin/env", [], [])',
  ]);
});

Deno.test("nothing is made in a mount that is read-only, but in memory", () => {
  const folder = Deno.makeTempDirSync({ prefix: "nido-dry-" });
  try {
    for (const [attributes, refused] of [[MOUNT_ATTR_RDONLY, " = -30"], [0, ""]] as const) {
      const s = new Trial();
      const base = inMemory(s);
      bind(s, base, folder, "shown", attributes);
      const shown = s.call("openat", [base, "shown", WAY, 0], "it", {
        result: "shown",
        fails: broken("open"),
      });
      s.call("mkdirat", [base, "other", 0o755], "in memory", IGNORED);
      s.call("mkdirat", [shown, "folder", 0o755], "a folder", IGNORED);
      s.call("openat", [shown, "file", O_CREAT | O_WRONLY, 0o644], "a file", IGNORED);
      s.call("symlinkat", ["to", shown, "link"], "a link", IGNORED);
      assertEquals(textsOf(s).slice(-5, -1), [
        'mkdirat(<base>, "other", 0755)',
        `mkdirat(<shown>, "folder", 0755)${refused}`,
        `openat(<shown>, "file", O_WRONLY|O_CREAT, 0644)${refused}`,
        `symlinkat("to", <shown>, "link")${refused}`,
      ]);
    }
    assertEquals([...Deno.readDirSync(folder)], []);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("only a mount has attributes, and a folder is mounted on a folder", () => {
  const s = new Trial();
  const base = inMemory(s);
  const fails = broken("make");
  s.call("mkdirat", [base, "folder", 0o755], "a folder", { fails });
  const file = s.call("openat", [base, "file", O_CREAT | O_WRONLY, 0o644], "a file", {
    result: "file",
    fails,
  });
  const folder = s.call("openat", [base, "folder", WAY, 0], "it", { result: "folder", fails });
  s.call("mount_setattr", [folder, "", AT_EMPTY_PATH, attr(0), 32], "no mount", IGNORED);
  const tree = s.call("open_tree", [base, "folder", OPEN_TREE_CLONE], "the folder", {
    result: "tree",
    fails,
  });
  const both = MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH;
  s.call("move_mount", [tree, "", file, "", both], "on a file", IGNORED);
  s.call("move_mount", [tree, "", folder, "", both], "on a folder", IGNORED);
  assertEquals(textsOf(s).map((text) => / = (-\d+)$/.exec(text)?.[1]).slice(-5), [
    "-22",
    undefined,
    "-22",
    undefined,
    undefined,
  ]);
});

Deno.test("nobody goes to a file, mounted or not", () => {
  const s = new Trial();
  const base = inMemory(s);
  const flags = O_CREAT | O_WRONLY;
  const file = s.call("openat", [base, "file", flags, 0o644], "a file", {
    result: "file",
    fails: broken("open"),
  });
  s.call("fchdir", [file], "no", IGNORED);
  assertEquals(textsOf(s).slice(-2), ["fchdir(<file>) = -20", "exit_group(0)"]);
});

Deno.test("descriptors in use have names of their own, and their neighbours show it", () => {
  const s = new Trial();
  const open = () =>
    s.call("openat", [AT_FDCWD, "/usr", WAY, 0], "open", { result: "it", fails: broken("open") });
  const first = open();
  const second = open();
  s.call("close", [first], "the first", IGNORED);
  s.call("close_range", [second.plus(1), 99, 0], "behind the second", IGNORED);
  s.call("close", [open()], "another", IGNORED);
  assertEquals(textsOf(s).slice(2, -1), [
    "close(<it>)",
    "close_range(<it 2>+1, 99, 0)",
    'openat(AT_FDCWD, "/usr", O_RDONLY|O_CLOEXEC|O_PATH)',
    "close(<it>)",
  ]);
});

Deno.test("an inherited file is read, and stays where it is", () => {
  const path = Deno.makeTempFileSync({ prefix: "nido-dry-" });
  try {
    Deno.writeTextFileSync(path, "xyz");
    const fd = check(syscall("openat", AT_FDCWD, cString(path), O_CLOEXEC, 0), "openat", path);
    const s = new Trial();
    const got = s.memory("got", 8);
    for (const most of [2, 8, 8]) {
      const count = s.call("read", [fd, got, most], "read", { result: "n", fails: "ignored" });
      s.call("kill", [count, 0], "how much", IGNORED);
    }
    s.call("kill", [s.variable("last", s.variable("at", got).byte()), 0], "what", IGNORED);
    assertEquals(textsOf(s).filter((text) => text.startsWith("kill")), [
      "kill(2, 0)",
      "kill(1, 0)",
      "kill(0, 0)",
      `kill(${"z".charCodeAt(0)}, 0)`,
    ]);
    assertEquals(syscall("lseek", fd, 0, SEEK_CUR), 0);
    syscall("close", fd);
  } finally {
    Deno.removeSync(path);
  }
});

Deno.test("what is inherited may be closed", () => {
  const s = new Trial();
  s.call("close", [1], "one", IGNORED);
  s.call("write", [1, "x", 1], "closed", IGNORED);
  s.call("close_range", [0, 1, 0], "two", IGNORED);
  s.call("ioctl", [0, TCGETS, s.memory("settings", 64)], "closed", IGNORED);
  s.call("close", [2], "still open", IGNORED);
  assertEquals(textsOf(s).slice(0, -1), [
    "close(1)",
    'write(1, "x", 1) = -9',
    "close_range(0, 1, 0)",
    "ioctl(0, TCGETS, &settings) = -9",
    "close(2)",
  ]);
});

Deno.test("the kernel's refusals are foreseen", () => {
  const s = new Trial();
  const none = s.variable("no filter", data(new Uint8Array(16), "filter"));
  s.call("prctl", [PR_CAPBSET_DROP, 0, 0, 0, 0], "a capability", IGNORED);
  s.call("prctl", [PR_CAPBSET_DROP, 63, 0, 0, 0], "none", IGNORED);
  s.call("prctl", [PR_SET_SECCOMP, SECCOMP_MODE_FILTER, none, 0, 0], "no filter", IGNORED);
  const endless = Uint8Array.of(1, ...new Uint8Array(7));
  const program = s.memory("program", 16);
  s.store(program, 1);
  s.store(program.at(8), s.variable("endless", data(endless, "one that does not return")));
  s.call("prctl", [PR_SET_SECCOMP, SECCOMP_MODE_FILTER, program, 0, 0], "no end", IGNORED);
  s.call("setns", [0, CLONE_NEWUSER], "standard input is no namespace", IGNORED);
  s.call("close", [99_999], "never opened", IGNORED);
  s.call("statx", [AT_FDCWD, "", 0, 0, s.memory("status", 256)], "an empty path", IGNORED);
  const errors = textsOf(s).slice(0, -1).map((text) => / = (-\d+)$/.exec(text)?.[1]);
  assertEquals(errors, [undefined, "-22", "-22", "-22", "-22", "-9", "-2"]);
});
