/** Plans to be cloned, and looks at what comes of them. */
import { compile, type LaunchSpec, type Plan } from "../../../mod.ts";
import { until } from "../../support/patience.ts";

/** A plan that runs a shell script. */
export function sh(script: string, spec: Partial<LaunchSpec> = {}): Plan {
  const whole = { name: "t", program: "sh", argv: ["sh", "-c", script], namespaces: [], ...spec };
  return compile(whole);
}

/** PID 1 in a PID namespace with a /proc of its own, for any user. */
export const SANDBOX: Partial<LaunchSpec> = {
  namespaces: ["user", "pid", "mnt"],
  mapUser: 0,
  mapGroup: 0,
  fork: true,
  mountProc: "/proc",
};

export const openFds = (): number => [...Deno.readDirSync("/proc/self/fd")].length;

/** A line of /proc/PID/status. */
export const statusLine = (name: string, pid: number | "self" = "self"): string | undefined =>
  Deno.readTextFileSync(`/proc/${pid}/status`).match(new RegExp(`^${name}:\\s*(.*)$`, "m"))?.[1];

/** Waits until a process has executed a program of this name. */
export const executed = (pid: number, name: string): Promise<void> =>
  until(`${name} is executed`, () => statusLine("Name", pid) === name);
