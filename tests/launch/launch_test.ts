// Whole plans that are run as images on both architectures: the waiter, the helpers, and how they end.

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { Arch } from "../../ffi/machine/machine.ts";
import { failureSteps } from "../../engine/failure/steps.ts";
import { textAround } from "../../engine/text.ts";
import type { Variable } from "../../engine/value.ts";
import { RawSteps } from "../support/raw_steps.ts";
import {
  awaitGate,
  awaitSuccess,
  exitStatus,
  type Gate,
  makeGate,
  openGate,
  STATUS_BYTES,
} from "../../launch/wait/process.ts";
import { ARCHS, type Outcome, runPlan, runs, withImage } from "../machine/run_image.ts";
import { requires } from "../requires.ts";
import { type Asked, planOf } from "./specs.ts";

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

function launch(asked: Asked, arch: Arch): Promise<Outcome> {
  return runPlan(planOf(asked), arch, { env: { A: "b" } });
}

const sh = (script: string): Asked => ({ program: "/bin/sh", argv: ["sh", "-c", script] });

/** Starts a helper; its end sends a signal, as qemu-user knows no process whose end does not. */
const startHelper = (s: RawSteps, body: () => void): Variable =>
  s.startProcess(
    {
      name: "helper",
      note: "a helper",
      fails: { message: "fork failed", status: 1, hints: [] },
    },
    body,
  );

for (const arch of ARCHS) {
  const testHere = (name: string, check: () => Promise<void>): void =>
    Deno.test(`${arch}: ${name}`, runs(arch), check);

  testHere("a program ends as it would by itself, waited for or not", async () => {
    for (const fork of [false, true]) {
      for (const status of [0, 1, 42, 255]) {
        const { code, signal } = await launch({ ...sh(`exit ${status}`), fork }, arch);
        assertEquals([code, signal], [status, null]);
      }
      const { signal } = await launch({ ...sh("kill -TERM $$"), fork }, arch);
      assertEquals(signal, "SIGTERM");
    }
  });

  testHere("forwarded signals do not change how a program ends", async () => {
    const { code } = await launch({ ...sh("exit 42"), forwardSignals: true }, arch);
    const { signal } = await launch({ ...sh("kill -9 $$"), forwardSignals: true }, arch);
    assertEquals([code, signal], [42, "SIGKILL"]);
  });

  testHere("a program has its arguments and its environment", async () => {
    const { stdout } = await launch(
      { program: "sh", argv: ["other", "-c", 'echo "$0|$1|$2|$A"', "name", "", "a b"] },
      arch,
    );
    assertEquals(text(stdout), "name||a b|b\n");
  });

  testHere("what is not there is 127, what cannot be run is 126", async () => {
    const missing = await launch({ program: "no-such-program", argv: ["x"] }, arch);
    assertEquals(missing.code, 127);
    assertEquals(
      missing.stderr,
      "unshare: failed to execute no-such-program: No such file or directory\n",
    );
    const folder = await launch({ program: "/proc", argv: ["x"] }, arch);
    assertEquals(folder.code, 126);
    assertStringIncludes(folder.stderr, "unshare: failed to execute /proc: Permission denied\n");
  });

  testHere("text is put around a number", async () => {
    const s = new RawSteps("main");
    for (const value of [0, 7, 4194304, 2n ** 64n - 1n]) {
      const number = s.variable("number", value);
      for (const [before, after] of [["/proc/", "/ns/mnt"], ["", ""], ["a", ""], ["", "z"]]) {
        const around = textAround(s, before!, number, after!);
        const length = before!.length + String(value).length + after!.length + 1;
        s.call("write", [1, around, length], "write", { fails: "ignored" });
      }
    }
    s.exit(0, "exit");
    const { stdout } = await runPlan(s.plan("test"), arch);
    assertEquals(
      text(stdout),
      ["0", "7", "4194304", "18446744073709551615"]
        .map((n) => `/proc/${n}/ns/mnt\0${n}\0a${n}\0${n}z\0`).join(""),
    );
  });

  testHere("a helper's end is told by its status: 0 is success, a signal is not", async () => {
    const after = async (end: (s: RawSteps) => void): Promise<number> => {
      const s = new RawSteps("main");
      const helper = startHelper(s, () => end(s));
      awaitSuccess(s, helper, "wait for it");
      s.exit(99, "go on");
      failureSteps(s);
      return (await runPlan(s.plan("test"), arch)).code;
    };
    const exits = (status: number) => (s: RawSteps): void => s.exit(status, "exit");
    const dies = (signal: number) => (s: RawSteps): void => {
      const self = s.call("getpid", [], "self", { result: "self", fails: "ignored" });
      s.call("kill", [self, signal], "die", { fails: "ignored" });
      s.exit(0, "never");
    };
    assertEquals(await after(exits(0)), 99);
    assertEquals(await after(exits(5)), 5);
    assertEquals(await after(dies(9)), 1);
    assertEquals(await after(dies(15)), 1);
  });

  testHere("what a helper has not said itself is said for it", async () => {
    const after = async (status: number): Promise<[number, string]> => {
      const s = new RawSteps("main");
      const helper = startHelper(s, () => s.exit(status, "exit"));
      awaitSuccess(s, helper, "wait for it", { message: "map failed", status: 9, hints: [] });
      s.exit(99, "go on");
      failureSteps(s);
      const { code, stderr } = await runPlan(s.plan("test"), arch);
      return [code, stderr];
    };
    assertEquals(await after(0), [99, ""]);
    assertEquals(await after(127), [127, ""]);
    assertEquals(await after(126), [126, ""]);
    assertEquals(await after(3), [9, "test: map failed: it said so itself\n"]);
  });

  testHere("a gate opens by its word, and by nothing else that comes through it", async () => {
    const through = async (open: (s: RawSteps, gate: Gate) => void) => {
      const s = new RawSteps("main");
      const gate = makeGate(s, "test");
      const helper = startHelper(s, () => {
        awaitGate(s, gate, "wait");
        s.exit(42, "exit");
      });
      open(s, gate);
      const status = s.memory("status", STATUS_BYTES);
      s.call("wait4", [helper, status, 0, 0], "wait for it", { fails: "ignored" });
      s.exit(exitStatus(status), "exit");
      failureSteps(s);
      return (await runPlan(s.plan("test"), arch)).code;
    };
    const close = (s: RawSteps, { writer }: Gate) =>
      s.call("close", [writer], "end", { fails: "ignored" });
    assertEquals(await through((s, gate) => openGate(s, gate, "open")), 42);
    assertEquals(await through(close), 1);
    const says = await through((s, gate) => {
      s.call("write", [gate.writer, "unshare: failed", 15], "a message", { fails: "ignored" });
      close(s, gate);
    });
    assertEquals(says, 1);
  });
}

Deno.test("a script without #! is run by the shell", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "nido-test-" });
  try {
    const script = `${folder}/script`;
    Deno.writeTextFileSync(script, 'echo "$0 $1"; exit 5\n', { mode: 0o755 });
    const { code, stdout } = await launch({ program: script, argv: ["x", "y"] }, Deno.build.arch);
    assertEquals([code, text(stdout)], [5, `${script} y\n`]);
    const strict = await launch(
      { program: script, argv: ["x"], search: false },
      Deno.build.arch,
    );
    assertEquals(strict.code, 126);
    assertStringIncludes(strict.stderr, "Exec format error");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("a search goes on behind a file that may not be run, and tells of it at its end", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "nido-test-" });
  try {
    const run = (path: string) =>
      runPlan(planOf({ program: "found", argv: ["found"] }), Deno.build.arch, {
        env: { PATH: path },
      });
    Deno.mkdirSync(`${folder}/a`);
    Deno.mkdirSync(`${folder}/b`);
    Deno.writeTextFileSync(`${folder}/a/found`, "", { mode: 0o644 });
    const denied = await run(`${folder}/a:${folder}/b`);
    assertEquals(denied.code, 126);
    assertStringIncludes(denied.stderr, "failed to execute found: Permission denied\n");
    Deno.writeTextFileSync(`${folder}/b/found`, "#!/bin/sh\nexit 9\n", { mode: 0o755 });
    assertEquals((await run(`${folder}/a:${folder}/b`)).code, 9);
    assertEquals((await run(`${folder}/a/found:${folder}/b`)).code, 9, "ENOTDIR is passed over");
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

const userns = requires({ userNamespaces: true, namespaces: ["user", "pid"] });
Deno.test("an image of a file makes namespaces as one in memory does", userns, async () => {
  const asked: Asked = {
    ...sh('echo "$$ $(id -u) $(id -g)"; set -- /proc/[0-9]*; echo $#'),
    namespaces: ["user", "pid"],
    mapUser: 0,
    mapGroup: 0,
    fork: true,
    mountProc: "/proc",
  };
  const { stdout, stderr } = await launch(asked, Deno.build.arch);
  assertEquals([text(stdout), stderr], ["1 0 0\n1\n", ""]);
});

Deno.test("an image shows the name of its plan to ps", async () => {
  const asked: Asked = { name: "a name", program: "cat", argv: ["cat", "/proc/self/comm"] };
  const waiter: Asked = { ...sh("cat /proc/$PPID/comm"), name: "a name", fork: true };
  assertEquals(text((await launch(asked, Deno.build.arch)).stdout), "cat\n");
  assertEquals(text((await launch(waiter, Deno.build.arch)).stdout), "a name\n");
});

Deno.test("a waiting image holds less than 64 KiB", async () => {
  const script = "sed -n 's/^Pss: *//p' /proc/$PPID/smaps_rollup";
  const plan = planOf({ ...sh(script), fork: true, forwardSignals: true, namespaces: [] });
  await withImage(plan, Deno.build.arch, async (image) => {
    const { stdout } = await new Deno.Command(image, { stderr: "inherit" }).output();
    const [, kib] = text(stdout).match(/^(\d+) kB$/m) ?? [];
    assertEquals(Number(kib) > 0 && Number(kib) < 64, true, `${kib} KiB`);
  });
});

Deno.test(
  "text around a number has room for 20 digits and the end",
  { permissions: "none" },
  () => {
    const s = new RawSteps("main");
    const number = s.variable("number", 1);
    textAround(s, "/proc/", number, "/ns/mnt");
    textAround(s, "", number, "");
    assertEquals(Object.values(s.buffers), [6 + 20 + 7 + 1, 20 + 1]);
  },
);
