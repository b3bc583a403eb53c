/** Plans for a child that starts inside a running Deno. */
import { AT_EMPTY_PATH, F_SETFD } from "../ffi/abi/fcntl.ts";
import { SIG_SETMASK, SIGNAL_LIMIT, SIGSET_BYTES } from "../ffi/abi/signal.ts";
import type { Syscall } from "../ffi/abi/syscall.ts";
import { Builder } from "../engine/builder.ts";
import { number, vector } from "../engine/operand.ts";
import type { Plan } from "../engine/plan.ts";
import type { Restore } from "./starter.ts";
import { restoreProcess } from "./start/restore.ts";
import { SIG_DFL, SIGACTION_BYTES, sigset } from "./structs.ts";

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
  "getegid",
  "geteuid",
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
 * Whether a plan goes straight from its first step to its program. Only then may it run in the memory
 * of its parent: the parent is blocked meanwhile, and a child that joins namespaces, changes its user or
 * waits would expose that memory to other processes.
 */
export function isStraight(plan: Plan): boolean {
  return plan.steps.every((step) =>
    step.do !== "call" || step.process === "after a failure" || PROMPT.has(step.syscall)
  );
}

/**
 * The plan for a child that starts with all signals blocked: handlers, which are functions in the
 * parent's memory, are reset before signals are unblocked.
 *
 * @param blocked The signals that stay blocked for the program.
 * @param restore The changes of the runtime to undo.
 */
export function asChild(plan: Plan, blocked: readonly number[], restore?: Restore): Plan {
  return Builder.before(plan, "child", (s) => {
    const action = s.memory("action", SIGACTION_BYTES);
    const signal = s.variable("signal number", 1);
    s.while(signal.isNot(SIGNAL_LIMIT + 1), () => {
      s.block((handled) => {
        const note = "has the parent a handler for this signal?";
        s.call("rt_sigaction", [signal, 0, action, SIGSET_BYTES], note, { fails: handled.leave });
        // SIG_DFL is 0, SIG_IGN is 1.
        s.if(action.word().isAtLeast(2), () => {
          const args = [signal, SIG_DFL, 0, SIGSET_BYTES];
          s.call("rt_sigaction", args, "the handler is the parent's", { fails: "ignored" });
        }, { when: "if it has" });
      });
      signal.advance();
    }, { when: "for each signal" });
    if (restore) restoreProcess(s, restore);
    const args = [SIG_SETMASK, sigset(...blocked), 0, SIGSET_BYTES];
    s.call("rt_sigprocmask", args, "signals come again as they did to the parent", {
      fails: "ignored",
    });
  });
}

/**
 * The plan that executes an image, for plans that are not straight: they run in their own memory. If
 * that fails, the header has the error.
 *
 * @param fd The image's descriptor.
 * @param environ The address of the environment.
 * @param descriptors Descriptors of the parent to pass to the image, by their numbers in the child. All
 * others that close on exec are closed.
 */
export function becomeImage(
  name: string,
  fd: number,
  environ: bigint,
  descriptors: ReadonlyMap<number, number> = new Map(),
): Plan {
  const s = new Builder("child");
  for (const [there, here] of descriptors) {
    const [call, args] = there === here
      ? ["fcntl", [here, F_SETFD, 0]] as const
      : ["dup3", [here, there, 0]] as const;
    s.call(call, args, "the image gets it", { fails: "ignored" });
  }
  const [argv, env] = [vector([name]), number(environ)];
  s.call("execveat", [fd, "", argv, env, AT_EMPTY_PATH], "go on in memory of its own", {
    fails(error) {
      s.if(error.is("EPERM", "ENOSYS"), () => {
        // The parent reads the error from here.
        error.forget();
        s.call("execve", [`/proc/self/fd/${fd}`, argv, env], "the same by a path", {
          fails: "ignored",
        });
      }, { when: "if a filter refuses execveat(2)" });
    },
  });
  s.exit(1, "exit: the parent says why", { when: "if it cannot" });
  return s.plan(name);
}
