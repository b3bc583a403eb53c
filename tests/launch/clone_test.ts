import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  clone,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  compile,
  type LaunchSpec,
  namespaceOf,
  type NamespaceType,
  type Plan,
  SyscallError,
} from "../../mod.ts";
import { CLONE_VM } from "../../ffi/abi/sched.ts";
import { requires } from "../requires.ts";
import { run, shown } from "../support/script.ts";

const userns = requires({ userNamespaces: true });

const FFI = new URL("../../ffi/", import.meta.url).href;
const LAUNCH = new URL("../../launch/", import.meta.url).href;
/** Each read(2) takes one. @see eventfd(2) */
const EFD_SEMAPHORE = 1;

/** A plan that runs a shell script. */
function sh(script: string, spec: Partial<LaunchSpec> = {}): Plan {
  const whole = { name: "t", program: "sh", argv: ["sh", "-c", script], namespaces: [], ...spec };
  return compile(whole);
}

/** PID 1 in a PID namespace with a /proc of its own, for any user. */
const SANDBOX: Partial<LaunchSpec> = {
  namespaces: ["user", "pid", "mnt"],
  mapUser: 0,
  mapGroup: 0,
  fork: true,
  mountProc: "/proc",
};

const link = (pid: number, type: NamespaceType): string =>
  `${type}:[${namespaceOf(pid, type).inode}]`;
const openFds = () => [...Deno.readDirSync("/proc/self/fd")].length;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const statusLine = (name: string, pid: number | "self" = "self") =>
  Deno.readTextFileSync(`/proc/${pid}/status`).match(new RegExp(`^${name}:\\s*(.*)$`, "m"))?.[1];

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
    while (statusLine("Name", target.pid) !== "sleep") await sleep(1);
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

Deno.test("clone() of a plan that joins leaves this process dumpable", userns, async () => {
  await using target = clone(
    sh("exec sleep 60", { namespaces: ["user"], mapUser: 0, mapGroup: 0 }),
  );
  while (statusLine("Name", target.pid) !== "sleep") await sleep(1);
  const owner = Deno.statSync("/proc/self/environ").uid;
  const child = clone(
    sh('test "$(id -u)" = 0', { join: { target: target.pid, namespaces: ["user"] } }),
  );
  assertEquals((await child.status).code, 0);
  assertEquals(Deno.statSync("/proc/self/environ").uid, owner);
  assertEquals(owner, Deno.uid());
});

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

Deno.test(
  "other work goes on while a child is waited for, whatever it is doing",
  userns,
  async () => {
    const path = await Deno.makeTempFile({ prefix: "nido-clone-" });
    // It gives up in the end: then nothing else has gone on.
    const script =
      `i=0; until [ -s "$0" ]; do [ $((i += 1)) -lt 2000 ] || exit 9; sleep 0.01; done`;
    try {
      for (const spec of [{}, SANDBOX]) {
        await Deno.truncate(path);
        const child = clone(sh(script, { ...spec, argv: ["sh", "-c", script, path] }));
        let ticks = 0;
        const timer = setInterval(() => {
          if (++ticks === 10) Deno.writeTextFileSync(path, "go");
        }, 10);
        const { code } = await child.status;
        clearInterval(timer);
        assertEquals(code, 0);
      }
    } finally {
      await Deno.remove(path);
    }
  },
);

Deno.test(
  "200 clones at once give each its own status and leave nothing open",
  userns,
  async () => {
    const before = openFds();
    for (const spec of [{}, SANDBOX]) {
      const plans = Array.from({ length: 8 }, (_, i) => sh(`exit ${i}`, spec));
      const children = Array.from({ length: 200 }, (_, i) => clone(plans[i % 8]!));
      assertEquals(new Set(children.map(({ pidfd }) => pidfd)).size, 200);
      const codes = await Promise.all(children.map(async ({ status }) => (await status).code));
      assertEquals(codes, codes.map((_, i) => i % 8));
    }
    assertEquals(openFds(), before);
  },
);

Deno.test("waiting for many children takes one thread, not one for each", async () => {
  await using first = clone(sh("exec sleep 60"));
  await sleep(50);
  const threads = Number(statusLine("Threads"));
  const children = Array.from({ length: 100 }, () => clone(sh("exec sleep 60")));
  await sleep(50);
  const more = Number(statusLine("Threads")) - threads;
  for (const child of [first, ...children]) child.kill("SIGKILL");
  for (const { status } of children) assertEquals((await status).signal, "SIGKILL");
  assert(more < 10, `${more} more threads`);
});

Deno.test("clone() and Deno.Command do not take each other's statuses", async () => {
  const plans = Array.from({ length: 60 }, (_, i) => sh(`sleep 0.0${i % 7}; exit ${i}`));
  const codes = await Promise.all(plans.map(async (plan, i) => {
    const cloned = clone(plan).status;
    const args = ["-c", `sleep 0.0${i % 5}; exit ${i + 100}`];
    const spawned = new Deno.Command("sh", { args }).spawn().status;
    return [(await cloned).code, (await spawned).code];
  }));
  assertEquals(codes, codes.map((_, i) => [i, i + 100]));
});

Deno.test("the pidfd is the process's, and is closed with its end", async () => {
  const child = clone(sh("exec sleep 60"));
  const { pidfd } = child;
  const info = () => Deno.readTextFileSync(`/proc/self/fdinfo/${pidfd}`);
  assertEquals(info().match(/^Pid:\s*(\d+)$/m)?.[1], String(child.pid));
  child.kill();
  assertEquals((await child.status).signal, "SIGTERM");
  assertThrows(() => child.pidfd, TypeError, "has ended");
  assertThrows(() => child.kill(), TypeError, "has ended");
  assertThrows(info, Deno.errors.NotFound);
  // Disposing of what has ended does nothing.
  await child[Symbol.asyncDispose]();
});

Deno.test("kill() takes names and numbers of signals, and no others", async () => {
  await using child = clone(sh("exec sleep 60"));
  child.kill(0);
  assertThrows(() => child.kill("SIGNIL" as "SIGHUP"), TypeError, "no such signal");
  assertEquals(assertThrows(() => child.kill(65), SyscallError).code, "EINVAL");
  child.kill(1);
  assertEquals(await child.status, { success: false, code: 129, signal: "SIGHUP" });
});

Deno.test("a real-time signal has a number, but no name", async () => {
  assertEquals(await clone(sh("kill -40 $$")).status, {
    success: false,
    code: 168,
    signal: null,
  });
});

Deno.test("disposing of a child kills it", async () => {
  const status = await (async () => {
    await using child = clone(sh("exec sleep 60"));
    return { status: child.status };
  })();
  assertEquals((await status.status).signal, "SIGKILL");
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

Deno.test("the program has none of Deno's signal handlers and masks, and Deno keeps its own", async () => {
  const values = await shown(
    `
    const signals = () => Deno.readTextFileSync("/proc/self/status").match(/^Sig(Blk|Ign|Cgt).*$/gm);
    let taken = 0;
    Deno.addSignalListener("SIGUSR1", () => taken++);
    const before = signals();
    // Deno ignores SIGPIPE; what else is ignored came from whoever started it.
    const ignored = BigInt("0x" + before[1].slice(-16)) & ~(1n << 12n);
    const script = "grep -qx SigBlk:.0000000000000000 /proc/self/status && " +
      "grep -qx SigIgn:." + ignored.toString(16).padStart(16, "0") + " /proc/self/status || exit 9; kill -USR1 $$";
    for (const fork of [false, true]) {
      const spec = { name: "t", program: "sh", argv: ["sh", "-c", script], namespaces: [], fork };
      show(await nido.clone(nido.compile(spec)).status);
    }
    show([taken, String(signals()) === String(before)]);
    Deno.exit();
  `,
    { permissions: ["--allow-all"] },
  );
  const killed = { success: false, code: 138, signal: "SIGUSR1" };
  assertEquals(values, [killed, killed, [0, true]]);
});

Deno.test("Deno's handlers do not run in a child, before its program does either", async () => {
  const values = await shown(
    `
    const { asChild } = await import("${LAUNCH}child.ts");
    const { RawSteps } = await import("${LAUNCH}../tests/support/raw_steps.ts");
    const { slot } = await import("${LAUNCH}../engine/operand.ts");
    const { start } = await import("${LAUNCH}run/clone.ts");
    const { reap } = await import("${LAUNCH}run/reaper.ts");
    let taken = 0;
    Deno.addSignalListener("SIGUSR1", () => taken++);
    const s = new RawSteps("child");
    s.call("getpid", [], "", { result: "self" });
    s.call("kill", [slot("self"), 10], "");
    s.call("exit_group", [7], "");
    show(reap(start(asChild(s.plan("t"), []), 0).pidfd));
    // Blocked as it was in the parent, it does not come.
    show(reap(start(asChild(s.plan("t"), [10]), 0).pidfd));
    await new Promise((resolve) => setTimeout(resolve, 50));
    show(taken);
    Deno.exit();
  `,
    { permissions: ["--allow-all"] },
  );
  assertEquals(values, [
    { success: false, code: 138, signal: "SIGUSR1" },
    { success: false, code: 7, signal: null },
    0,
  ]);
});

Deno.test("this process stays dumpable, whoever its children become", userns, async () => {
  const specs = [
    {},
    { namespaces: ["user"], mapUser: 0, mapGroup: 0 },
    { namespaces: ["user"], mapUser: 0, mapGroup: 0, keepCaps: true },
    ...(Deno.uid() === 0 ? [{ setuid: 1000, setgid: 1000 }] : []),
  ];
  // A process that is not dumpable has a /proc directory that is root's, and no core.
  const values = await shown(
    `
    const { syscall } = await import("${new URL("../../ffi/syscall.ts", import.meta.url)}");
    for (const extra of ${JSON.stringify(specs)}) {
      const spec = { name: "t", program: "sh", argv: ["sh", "-c", "sleep 0.1"], namespaces: [], ...extra };
      const child = nido.clone(nido.compile(spec));
      const meanwhile = syscall("prctl", 3, 0, 0, 0, 0);
      show([(await child.status).code, meanwhile, syscall("prctl", 3, 0, 0, 0, 0)]);
    }
  `,
  );
  assertEquals(values, specs.map(() => [0, 1, 1]));
});

Deno.test(
  "a child that waits has memory of its own: a few pages, and nothing of Deno",
  userns,
  async () => {
    await using child = clone(sh("sleep 60", { ...SANDBOX, killChild: 9 }));
    // It waits as soon as it has a child.
    const children = `/proc/${child.pid}/task/${child.pid}/children`;
    while (!Deno.readTextFileSync(children) || !statusLine("State", child.pid)?.startsWith("S")) {
      await sleep(1);
    }
    const kilobytes = parseInt(statusLine("VmRSS", child.pid) ?? "");
    assert(kilobytes < 64, `${kilobytes} kB`);
    const maps = Deno.readTextFileSync(`/proc/${child.pid}/maps`);
    assert(!maps.includes("deno"), maps);
  },
);

Deno.test("a parent that ignores SIGCHLD gets no status, and is told", async () => {
  const values = await shown(
    `
    const spec = { name: "t", program: "true", argv: ["true"], namespaces: [] };
    const child = nido.clone(nido.compile(spec));
    show(await attempt(() => child.status));
    show(await attempt(() => child.pidfd));
  `,
    { under: ["env", "--ignore-signal=CHLD"] },
  );
  assertEquals(values, ["ECHILD", "TypeError"]);
});

Deno.test("status of a child that nobody asks for is no unhandled rejection", async () => {
  const { code, stderr } = await run(
    `
    const spec = { name: "t", program: "true", argv: ["true"], namespaces: [] };
    nido.clone(nido.compile(spec));
  `,
    { under: ["env", "--ignore-signal=CHLD"] },
  );
  assertEquals([code, stderr], [0, ""]);
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

Deno.test(
  "clone() starts no thread, so that setns() can go back from unshare(CLONE_NEWPID)",
  requires({ root: true }),
  async () => {
    const values = await shown(`
      const { memory, syscall, syscallElsewhere } = await import("${FFI}syscall.ts");
      const spec = { name: "t", program: "sh", argv: ["sh", "-c", "exit $$"], namespaces: [] };
      const plan = nido.compile(spec);
      // The threads that Deno has are not free to wait for a child.
      const semaphore = syscall("eventfd2", 0, ${EFD_SEMAPHORE});
      const busy = Array.from({ length: 16 }, () => syscallElsewhere("read", semaphore, memory(8), 8));
      nido.unshare(nido.CLONE_NEWPID);
      const child = nido.clone(plan);
      nido.setns("/proc/self/ns/pid");
      show((await child.status).code);
      const count = memory(8);
      count[0] = busy.length;
      syscall("write", semaphore, count, count.length);
      await Promise.all(busy);
    `);
    assertEquals(values, [1]);
  },
);
