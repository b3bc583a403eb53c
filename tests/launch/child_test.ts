import { assert, assertEquals } from "@std/assert";
import { asChild, becomeImage, isStraight } from "../../launch/child.ts";
import { compileFor } from "../../launch/compile.ts";
import { text } from "../../engine/operand.ts";
import { planSteps } from "../../engine/print.ts";
import type { LaunchSpec } from "../../launch/spec.ts";

const planOf = (spec: Partial<LaunchSpec>) =>
  compileFor({ name: "t", program: "true", argv: ["true"], namespaces: [], ...spec }, {});

Deno.test("a plan is straight if it neither forks nor waits nor changes who it is", () => {
  const straight: Partial<LaunchSpec>[] = [
    {},
    { namespaces: ["user", "mnt", "uts"], mapUser: 0, mapGroup: 0 },
    { namespaces: ["mnt"], mountProc: "/proc", wd: "/", root: "/" },
    { namespaces: ["time"], monotonic: 5n },
  ];
  for (const spec of straight) assert(isStraight(planOf(spec)), JSON.stringify(spec, String));
  const others: Partial<LaunchSpec>[] = [
    { fork: true },
    { killChild: 9 },
    { setuid: 1000 },
    { setgid: 1000 },
    { namespaces: ["user"], keepCaps: true },
    { namespaces: ["uts", "mnt"], persist: { uts: "/run/uts" } },
  ];
  for (const spec of others) assert(!isStraight(planOf(spec)), JSON.stringify(spec));
});

Deno.test("asChild() takes the parent's handlers away before it lets signals come", () => {
  const plan = planOf({});
  const calls = planSteps(asChild(plan, [1, 15])).map(({ call }) => call);
  assertEquals(calls.slice(0, 3), [
    "rt_sigaction(<signal number>, NULL, &action, 8)",
    "rt_sigaction(<signal number>, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}, NULL, 8)",
    "rt_sigprocmask(SIG_SETMASK, [HUP TERM], NULL, 8)",
  ]);
  assertEquals(calls.slice(3), planSteps(plan).map(({ call }) => call));
});

Deno.test("becomeImage() executes the image with the parent's environment", () => {
  const calls = becomeImage("t", 7, 0x1000n).steps.flatMap((step) =>
    step.do === "call" ? [step] : []
  );
  const [execveat, execve] = calls;
  assertEquals(calls.map(({ syscall }) => syscall), ["execveat", "execve", "exit_group"]);
  assertEquals(execveat!.args[0], { kind: "number", value: 7n });
  assertEquals(execveat!.args[3], { kind: "number", value: 0x1000n });
  // Where a filter refuses that.
  assertEquals(execve!.args[0], text("/proc/self/fd/7"));
  assertEquals(execve!.args[2], { kind: "number", value: 0x1000n });
});
