/** Plans for a child of a running Deno: what must come first where launches start in its midst. */
import { ENOSYS, EPERM } from "../ffi/abi/errno.ts";
import { AT_EMPTY_PATH, F_SETFD } from "../ffi/abi/fcntl.ts";
import { SIG_SETMASK, SIGNAL_LIMIT, SIGSET_BYTES } from "../ffi/abi/signal.ts";
import type { Syscall } from "../ffi/abi/syscall.ts";
import { address, ERROR, number, type Plan, Sequence, slot, vector } from "./plan.ts";
import { SIG_DFL, sigset } from "./steps/structs.ts";

/** Calls that neither wait nor change who the process is. */
const PROMPT: ReadonlySet<Syscall> = new Set<Syscall>([
  "capget",
  "chdir",
  "chroot",
  "close",
  "execve",
  "execveat",
  "exit_group",
  "fcntl",
  "getpid",
  "mkdirat",
  "mount",
  "openat",
  "pivot_root",
  "prctl",
  "prlimit64",
  "rt_sigaction",
  "rt_sigprocmask",
  "setdomainname",
  "sethostname",
  "umount2",
  "unshare",
  "write",
]);

/**
 * Whether a plan goes straight from its first step to its program. Only then it may run in the
 * memory of the process that starts it: which stands still meanwhile, and which another process
 * could get at through a child that joins its namespaces, becomes its user or stays.
 */
export function isStraight(plan: Plan): boolean {
  return plan.steps.every((step) =>
    step.do !== "call" || step.process === "after a failure" || PROMPT.has(step.syscall)
  );
}

/** Ends where no label of a plan does: those have a number. */
const NEXT = "child: next signal";
const SKIP = "child: no handler";
const DONE = "child: no handlers";

/**
 * The plan as a child starts it in which all signals are blocked: handlers, which are functions
 * in the memory of its parent, must be gone before the first signal comes.
 *
 * @param blocked The signals that the program is to find blocked.
 */
export function asChild(plan: Plan, blocked: readonly number[]): Plan {
  const s = new Sequence("child");
  const when = "for each signal";
  s.buffer("action", 32);
  s.compute("signal number", "set", 1);
  s.label(NEXT);
  s.call(
    "rt_sigaction",
    [slot("signal number"), 0, address("action"), SIGSET_BYTES],
    "has the parent a handler for this signal?",
    { orElse: SKIP, when },
  );
  // SIG_DFL is 0, SIG_IGN is 1.
  s.test("ifBelow", [slot("action"), 2], SKIP);
  s.call(
    "rt_sigaction",
    [slot("signal number"), SIG_DFL, 0, SIGSET_BYTES],
    "the handler is the parent's",
    { when: "if it has" },
  );
  s.label(SKIP);
  s.compute("signal number", "add", slot("signal number"), 1);
  s.test("ifEqual", [slot("signal number"), SIGNAL_LIMIT + 1], DONE);
  s.jump(NEXT);
  s.label(DONE);
  s.call(
    "rt_sigprocmask",
    [SIG_SETMASK, sigset(...blocked), 0, SIGSET_BYTES],
    "signals come again as they did to the parent",
  );
  return {
    ...plan,
    steps: [...s.steps, ...plan.steps],
    buffers: { ...plan.buffers, ...s.buffers },
  };
}

/**
 * The plan that becomes an image: for plans that are not straight, which then run in memory of
 * their own. If it cannot, the header has the error.
 *
 * @param fd The image's descriptor.
 * @param environ The address of the environment.
 * @param descriptors What the image gets: descriptors of the parent by the number that they have in
 * the child. All others that close on exec are closed.
 */
export function becomeImage(
  name: string,
  fd: number,
  environ: bigint,
  descriptors: ReadonlyMap<number, number> = new Map(),
): Plan {
  const s = new Sequence("child");
  for (const [there, here] of descriptors) {
    if (there === here) s.call("fcntl", [here, F_SETFD, 0], "the image gets it");
    else s.call("dup3", [here, there, 0], "the image gets it");
  }
  const argv = vector([name]);
  const [refused, path] = [s.unique("refused"), s.unique("by a path")];
  s.call("execveat", [fd, "", argv, number(environ), AT_EMPTY_PATH], "go on in memory of its own", {
    orElse: refused,
  });
  s.label(refused);
  s.test("ifEqual", [slot(ERROR), -EPERM], path);
  s.test("ifNot", [slot(ERROR), -ENOSYS], "end");
  s.label(path);
  // The parent takes what is here for the error of the whole.
  s.compute(ERROR, "set", 0);
  s.call("execve", [`/proc/self/fd/${fd}`, argv, number(environ)], "the same by a path", {
    when: "if a filter refuses execveat(2)",
  });
  s.label("end");
  s.call("exit_group", [1], "exit: the parent says why", { when: "if it cannot" });
  return s.plan(name);
}
