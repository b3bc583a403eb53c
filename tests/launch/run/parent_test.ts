// What clone() leaves of this process as it is, and what a child has of it: neither handlers nor memory.

import { assert, assertEquals } from "@std/assert";
import { clone } from "../../../mod.ts";
import { requires } from "../../requires.ts";
import { until } from "../../support/patience.ts";
import { shown } from "../../support/script.ts";
import { executed, SANDBOX, sh, statusLine } from "./clones.ts";

const userns = requires({ userNamespaces: true });

const ROOT = new URL("../../../", import.meta.url).href;

Deno.test("clone() of a plan that joins leaves this process dumpable", userns, async () => {
  await using target = clone(
    sh("exec sleep 60", { namespaces: ["user"], mapUser: 0, mapGroup: 0 }),
  );
  await executed(target.pid, "sleep");
  const owner = Deno.statSync("/proc/self/environ").uid;
  const child = clone(
    sh('test "$(id -u)" = 0', { join: { target: target.pid, namespaces: ["user"] } }),
  );
  assertEquals((await child.status).code, 0);
  assertEquals(Deno.statSync("/proc/self/environ").uid, owner);
  assertEquals(owner, Deno.uid());
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
    const { asChild } = await import("${ROOT}launch/child.ts");
    const { RawSteps } = await import("${ROOT}tests/support/raw_steps.ts");
    const { slot } = await import("${ROOT}engine/operand.ts");
    const { start } = await import("${ROOT}launch/run/clone.ts");
    const { reap } = await import("${ROOT}launch/run/reaper.ts");
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
    const { syscall } = await import("${ROOT}ffi/syscall.ts");
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
    await until("the child waits for its own", () =>
      Deno.readTextFileSync(children) !== "" &&
      statusLine("State", child.pid)?.startsWith("S") === true);
    const kilobytes = parseInt(statusLine("VmRSS", child.pid) ?? "");
    assert(kilobytes < 64, `${kilobytes} kB`);
    const maps = Deno.readTextFileSync(`/proc/${child.pid}/maps`);
    assert(!maps.includes("deno"), maps);
  },
);
