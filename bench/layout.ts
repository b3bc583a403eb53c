/**
 * What making an image of a plan of 300 calls costs, beside another checkout: CPU time, in one process,
 * in turns.
 *
 *     deno run --allow-all bench/layout.ts FOLDER
 *
 * @module
 */
import process from "node:process";
import { Builder } from "../engine/builder.ts";
import { failureSteps } from "../engine/failure/steps.ts";
import { layOut } from "../engine/layout.ts";
import { contains } from "../engine/looks.ts";
import { EACCES, ENODEV, ENOENT, EPERM } from "../ffi/abi/errno.ts";
import { AT_FDCWD, O_CLOEXEC, O_PATH } from "../ffi/abi/fcntl.ts";
import { MS_BIND } from "../ffi/abi/mount.ts";
import { machineOf } from "../ffi/machine/machine.ts";

const MOUNTS = 100;
const ROUNDS = 9;
const TIMES = 100;

/** What is measured, by its name. */
type Measured = Readonly<Record<"make the plan" | "lay it out", () => unknown>>;

/** What the modules of version 0.1 have of it. */
interface OldSequence {
  readonly steps: unknown;
  readonly buffers: unknown;
  call(syscall: string, args: readonly unknown[], note: string, options?: object): void;
}

/** Errors, a file, what it contains, and what that means: as many as a mount has. */
const CAUSES = [
  [[EPERM, EACCES], "/proc/self/status", "Seccomp:\t2"],
  [[EPERM, EACCES], "/proc/self/attr/current", " (enforce)"],
  [[EPERM], "/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1"],
  [[EPERM], "/proc/self/mountinfo", " /proc/"],
  [[EPERM, EACCES], "/proc/self/uid_map", "4294967295"],
  [[ENOENT], "/proc/filesystems", "ext4"],
  [[ENODEV], "/proc/self/mountinfo", " - rootfs "],
] as const;

const hintOf = <T>(i: number, look: T) => ({
  errno: CAUSES[i]![0],
  look: [look],
  why: `the cause of this number is the likeliest one, and it is ${i}`,
  remedy: `try number ${i}, as root of the machine`,
});

/** They are a constant here, and are made for each call in version 0.1. */
const HINTS = CAUSES.map(([, path, text], i) => hintOf(i, contains(path, text)));
const oldHints = () =>
  CAUSES.map(([, path, text], i) => hintOf(i, { path, text, test: "contains" as const }));

function failed<Hints>(message: string, hints: Hints) {
  return { message, status: 1, hints };
}

const pathOf = (i: number): string => `/some/where/in/the/root/target${i}`;

/** This checkout's. */
function ours(): Measured {
  const make = () => {
    const s = new Builder("main");
    for (let i = 0; i < MOUNTS; i++) {
      const path = pathOf(i);
      const target = s.call("openat", [AT_FDCWD, path, O_PATH | O_CLOEXEC, 0], "find it", {
        result: "target",
        fails: failed(`cannot open ${path}`, HINTS),
      });
      s.call("mount", [`/source${i}`, path, 0, MS_BIND, 0], "put it there", {
        fails: failed(`cannot mount on ${path}`, HINTS),
      });
      s.call("close", [target], "it is done", { fails: "ignored" });
    }
    s.exit(0, "the end");
    failureSteps(s);
    return s.plan("bench");
  };
  const [plan, machine] = [make(), machineOf("x86_64")];
  return { "make the plan": make, "lay it out": () => layOut(plan, machine) };
}

/** The same of version 0.1. */
async function theirs(folder: string): Promise<Measured> {
  const load = (path: string) => import(new URL(path, `file://${folder}/`).href);
  const { Sequence, slot } = await load("launch/plan.ts");
  const { failureSteps: appendFailing } = await load("launch/failure.ts");
  const { layOut: lay } = await load("launch/layout.ts");
  const { machineOf: machineOfArch } = await load("ffi/machine/machine.ts");
  const make = () => {
    const s: OldSequence = new Sequence("main");
    for (let i = 0; i < MOUNTS; i++) {
      const path = pathOf(i);
      s.call("openat", [AT_FDCWD, path, O_PATH | O_CLOEXEC, 0], "find it", {
        result: `target ${i}`,
        failure: failed(`cannot open ${path}`, oldHints()),
      });
      s.call("mount", [`/source${i}`, path, 0, MS_BIND, 0], "put it there", {
        failure: failed(`cannot mount on ${path}`, oldHints()),
      });
      s.call("close", [slot(`target ${i}`)], "it is done");
    }
    s.call("exit_group", [0], "the end");
    appendFailing(s);
    return { name: "bench", steps: s.steps, buffers: s.buffers };
  };
  const [plan, machine] = [make(), machineOfArch("x86_64")];
  return { "make the plan": make, "lay it out": () => lay(plan, machine, 0x400000n) };
}

/** CPU of this process that it takes, in milliseconds. */
function cpuOf(run: () => unknown): number {
  const before = process.cpuUsage();
  for (let i = 0; i < TIMES; i++) run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000 / TIMES;
}

const median = (all: readonly number[]): number =>
  all.toSorted((a, b) => a - b)[Math.floor(all.length / 2)]!;

if (import.meta.main) {
  const [folder] = Deno.args;
  if (folder === undefined) throw new TypeError("Cannot compare: name a checkout of version 0.1");
  const both = { ours: ours(), theirs: await theirs(await Deno.realPath(folder)) };
  for (const name of ["make the plan", "lay it out"] as const) {
    const taken = { ours: [] as number[], theirs: [] as number[] };
    // The first round is for the compiler.
    for (let round = 0; round <= ROUNDS; round++) {
      for (const which of ["ours", "theirs"] as const) {
        const cpu = cpuOf(both[which][name]);
        if (round > 0) taken[which].push(cpu);
      }
    }
    const [a, b] = [median(taken.ours), median(taken.theirs)];
    console.log(
      `${name}: ${a.toFixed(2)} ms, there ${b.toFixed(2)} ms: ${(a / b).toFixed(2)} of it`,
    );
  }
}
