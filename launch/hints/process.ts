/** Why a process cannot be started. */
import { E2BIG, EAGAIN, ENOENT, ENOMEM } from "../../ffi/abi/errno.ts";
import { wellFormed } from "../../ffi/bytes.ts";
import type { Hint } from "../plan.ts";
import type { LaunchSpec } from "../spec.ts";
import { lacks } from "./causes.ts";

/** fork(2): what the walkthrough calls the trap. */
export function forkHints(spec: Pick<LaunchSpec, "join">): Hint[] {
  return [
    {
      errno: [ENOMEM],
      look: [lacks("/proc/meminfo", "MemAvailable:          0 kB")],
      why: "the first process of the PID namespace has ended, and no other can be started in it",
      remedy: spec.join
        ? "enter another one: this one stays dead"
        : "create the PID namespace with --fork",
    },
    {
      errno: [EAGAIN],
      why: "a limit of processes is reached: RLIMIT_NPROC, or pids.max of the cgroup",
      remedy: "ulimit -u; cat /sys/fs/cgroup/pids.max",
    },
  ];
}

/** execve(2) of a path. */
export function execHints(spec: LaunchSpec, shown: string): Hint[] {
  return [
    {
      errno: [ENOENT],
      look: [{ path: wellFormed(spec.program ?? shown), test: "exists" }],
      why:
        `${shown} exists, but the interpreter that its first line or its ELF header names does not`,
      ...(spec.root === undefined
        ? {}
        : { remedy: "put that and its libraries into the new root too" }),
    },
    {
      errno: [E2BIG],
      why: "arguments and environment together are too large",
      remedy: "getconf ARG_MAX shows the limit of both, and one argument may have 128 KiB",
    },
  ];
}
