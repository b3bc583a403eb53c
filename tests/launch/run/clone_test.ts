// clone() and what it starts: flags, arguments, environment, statuses.

import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  clone,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  type LaunchSpec,
  namespaceOf,
  type NamespaceType,
  SyscallError,
} from "../../../mod.ts";
import { CLONE_VM } from "../../../ffi/abi/sched.ts";
import { requires } from "../../requires.ts";
import { run, shown } from "../../support/script.ts";
import { executed, openFds, SANDBOX, sh, statusLine } from "./clones.ts";

const userns = requires({ userNamespaces: true });

const link = (pid: number, type: NamespaceType): string =>
  `${type}:[${namespaceOf(pid, type).inode}]`;

Deno.test("clone() gives the exit status, as Deno.Command does", async () => {
  for (const script of ["exit 0", "exit 1", "exit 255", "kill -9 $$", "kill -TERM $$"]) {
    for (const fork of [false, true]) {
      const { status } = new Deno.Command("sh", { args: ["-c", script] }).spawn();
      const { success, code, signal } = await status;
      const cloned = await clone(sh(script, { fork })).status;
      assertEquals(cloned, { success, code, signal }, script);
    }
  }
});

Deno.test(
  "clone() of a plan from compile() makes PID 1 with a /proc of its own",
  userns,
  async () => {
    const script = 'test $$ = 1 && set -- /proc/[0-9]* && test $# = 1 && test "$(id -u)" = 0';
    assertEquals((await clone(sh(script, SANDBOX)).status).code, 0);
  },
);

Deno.test(
  "clone() of a plan that joins runs in the target's namespaces, and gives its status",
  requires({ root: true }),
  async () => {
    const before = openFds();
    const target = clone(sh("exec sleep 60", { namespaces: ["uts", "ipc", "mnt"] }));
    await executed(target.pid, "sleep");
    const links = (["uts", "ipc", "mnt", "net"] as const)
      .map((type) => `test $(readlink /proc/self/ns/${type}) = "${link(target.pid, type)}"`);
    const script = `${links.join(" && ")} && exit 42`;
    const join = { target: target.pid };
    const ways: Partial<LaunchSpec>[] = [
      { join: { ...join, namespaces: ["uts", "ipc", "mnt"] } },
      { join: { ...join, all: true, wd: "/", env: true } },
      { join: { ...join, namespaces: ["uts", "ipc", "mnt", "pid"] }, killChild: 9 },
    ];
    for (const spec of ways) assertEquals((await clone(sh(script, spec)).status).code, 42);
    target.kill("SIGKILL");
    await target.status;
    assertEquals(openFds(), before);
  },
);

Deno.test("clone() with flags starts the child in new namespaces", userns, async () => {
  await using child = clone(sh("sleep 60"), { flags: CLONE_NEWUSER | CLONE_NEWPID });
  assert(namespaceOf(child.pid, "user").inode !== namespaceOf("self", "user").inode);
  assertEquals(statusLine("NSpid", child.pid)?.split(/\s+/).pop(), "1");
  assertEquals(namespaceOf(child.pid, "uts"), namespaceOf("self", "uts"));
});

Deno.test("clone() refuses flags that are not namespaces that it can create", () => {
  for (const flags of [CLONE_NEWTIME, CLONE_VM, 0x80000000, 17]) {
    assertThrows(() => clone(sh("true"), { flags }), TypeError, "Cannot clone");
  }
});

Deno.test("clone() tells flags and errno of a refusal", requires({ root: false }), () => {
  const before = openFds();
  const error = assertThrows(() => clone(sh("true"), { flags: CLONE_NEWUTS }), SyscallError);
  assertEquals([error.syscall, error.code], ["clone", "EPERM"]);
  assert(error.args.includes("CLONE_NEWUTS") && error.args.endsWith("|SIGCHLD"), error.args);
  assertEquals(openFds(), before);
});

Deno.test("a step that fails says so on standard error, and its status is the child's", async () => {
  const { stdout, stderr, code } = await run(`
    for (const fork of [false, true]) {
      const spec = { name: "nest", program: "/does/not/exist", argv: ["x"], namespaces: [], fork };
      console.log((await nido.clone(nido.compile(spec)).status).code);
    }
  `);
  assertEquals([code, stdout], [0, "127\n127\n"]);
  assertEquals(stderr.match(/^nest: failed to execute \/does\/not\/exist/gm)?.length, 2, stderr);
});

Deno.test("the program has the environment, as JavaScript has changed it", async () => {
  Deno.env.set("NIDO_TEST", "set later");
  try {
    for (const fork of [false, true]) {
      const plan = sh('test "$NIDO_TEST" = "set later"', { fork });
      assertEquals((await clone(plan).status).code, 0);
    }
  } finally {
    Deno.env.delete("NIDO_TEST");
  }
  assertEquals((await clone(sh('test -z "${NIDO_TEST+set}"')).status).code, 0);
});

Deno.test("arguments of more than a MiB arrive", async () => {
  const part = "x".repeat(100_000);
  for (const fork of [false, true]) {
    const argv = ["sh", "-c", "exit $(( $# == 16 && ${#16} == 100000 ? 7 : 1 ))", "sh"];
    const plan = sh("", { argv: [...argv, ...Array(16).fill(part)], fork });
    assertEquals((await clone(plan).status).code, 7);
  }
});

Deno.test("clone() where PID 1 has ended is an ENOMEM", requires({ root: true }), async () => {
  const values = await shown(
    `
    const spec = { name: "t", program: "true", argv: ["true"], namespaces: [] };
    const plan = nido.compile(spec);
    nido.unshare(nido.CLONE_NEWPID);
    const { pid } = nido.clone(plan);
    // A zombie, once it has ended. An await of its status would need a thread, and none can be started.
    const state = () => Deno.readTextFileSync("/proc/" + pid + "/stat").split(" ")[2];
    const clock = new Int32Array(new SharedArrayBuffer(4));
    while (state() !== "Z") Atomics.wait(clock, 0, 0, 5);
    const second = attempt(() => nido.clone(plan));
    nido.setns("/proc/self/ns/pid");
    show(await second);
  `,
    { permissions: ["--allow-all"] },
  );
  assertEquals(values, ["ENOMEM"]);
});
