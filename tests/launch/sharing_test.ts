/** A child that shares this process's memory: what keeps signals and strangers away meanwhile. */
import { assertEquals } from "@std/assert";
import { SIGNALS } from "../../ffi/abi/signal.ts";
import { compileFor } from "../../launch/compile.ts";
import type { LaunchSpec } from "../../launch/spec.ts";
import { blockedSignals, start } from "../../launch/run/clone.ts";
import { waitFor } from "../../launch/run/reaper.ts";
import { syscall } from "../../ffi/syscall.ts";
import { requires } from "../requires.ts";
import { run } from "../support/nido.ts";

Deno.test("a child has all signals blocked as long as it shares memory, and this process none", async () => {
  const out = Deno.makeTempFileSync({ prefix: "nido-mask-" });
  try {
    const spec: LaunchSpec = {
      name: "nido",
      program: "/bin/cp",
      argv: ["cp", "/proc/self/status", out],
      namespaces: [],
    };
    const before = blockedSignals();
    // As it is: what the child is started with, the program inherits.
    const { pidfd, error } = start(compileFor(spec, {}), 0);
    assertEquals([error, blockedSignals()], [0, before]);
    assertEquals((await waitFor(pidfd)).code, 0);
    syscall("close", pidfd);
    const [, hex] = Deno.readTextFileSync(out).match(/^SigBlk:\t(\w+)$/m)!;
    const mask = BigInt(`0x${hex}`);
    const never: number[] = [SIGNALS.SIGKILL, SIGNALS.SIGSTOP];
    for (let signal = 1; signal <= 64; signal++) {
      const blocked = (mask & 1n << BigInt(signal - 1)) !== 0n;
      assertEquals(blocked, !never.includes(signal), `${signal}`);
    }
  } finally {
    Deno.removeSync(out);
  }
});

Deno.test(
  "a process that shares its memory with a child in another network is not dumpable meanwhile",
  requires({ root: true, programs: ["strace"] }),
  async () => {
    const folder = Deno.makeTempDirSync({ prefix: "nido-strace-" });
    try {
      const top = new URL("../../", import.meta.url).href;
      const script = `import { netSocketIn } from "${top}launch/run/net_socket.ts";
        import { cString, syscall } from "${top}ffi/syscall.ts";
        const net = syscall("openat", -100, cString("/proc/self/ns/net"), 0, 0);
        console.log(netSocketIn(net) > net);`;
      Deno.writeTextFileSync(`${folder}/script.ts`, script);
      const strace = ["strace", "-qq", "-f", "-e", "trace=prctl,setns,clone,exit_group"];
      const { stdout, stderr } = await run([
        ...strace,
        ...["-o", `${folder}/trace`, Deno.execPath(), "run", "-A", "--no-check", "--no-config"],
        `${folder}/script.ts`,
      ]);
      assertEquals([stdout, stderr], ["true\n", ""]);
      const trace = Deno.readTextFileSync(`${folder}/trace`);
      const calls = trace.matchAll(/PR_SET_DUMPABLE, SUID_DUMP_\w+|CLONE_VFORK|setns\(/g);
      assertEquals(Array.from(calls, ([call]) => call), [
        "PR_SET_DUMPABLE, SUID_DUMP_DISABLE",
        "CLONE_VFORK",
        "setns(",
        "PR_SET_DUMPABLE, SUID_DUMP_USER",
      ]);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);
