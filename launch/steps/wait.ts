/** The waiter: it starts the program as a child, waits for it, and ends as it ended. @see wait(2) */
import { PR_SET_PDEATHSIG } from "../../ffi/abi/prctl.ts";
import {
  SIG_BLOCK,
  SIG_SETMASK,
  SIG_UNBLOCK,
  SIGNALS,
  SIGSET_BYTES,
} from "../../ffi/abi/signal.ts";
import { POLLIN, RLIMIT_CORE, WNOHANG, WUNTRACED } from "../../ffi/abi/wait.ts";
import { address, data, slot } from "../plan.ts";
import { filtered } from "../hints/causes.ts";
import { forkHints } from "../hints/process.ts";
import { type Context, EXIT_FAILURE, failed } from "./context.ts";
import { changesIds } from "./credentials.ts";
import { awaitGate, fork, type Gate, makeGate, openGate } from "./process.ts";
import { ALL_SIGNALS, NO_TIME, rlimit, SIG_DFL, sigset } from "./structs.ts";
import { reportChild, reportSelf, superviseUntilDead } from "./supervision.ts";

/** What the child has of the waiter when it starts. */
export interface Waiter {
  /** In the child, before the program runs: it dies with the waiter from here on. */
  bindLife(): void;
}

/**
 * Forks. The waiter's steps come first: `inParent` are those it makes before it waits. The steps
 * that follow are the child's.
 */
export function startWaiter(context: Context, inParent: (() => void) | undefined): Waiter {
  const { s, spec, caller } = context;
  const child = s.unique("child");
  const forwards = spec.forwardSignals ?? false;
  const waited = [SIGNALS.SIGINT, SIGNALS.SIGTERM, ...(forwards ? [SIGNALS.SIGCHLD] : [])];
  // As nsenter(1): what ends the waiter may leave the program alone.
  const blocks = forwards || caller.listens || spec.join === undefined;

  // Inherited as ignored, SIGCHLD would make the kernel forget the exit status.
  s.call(
    "rt_sigaction",
    [SIGNALS.SIGCHLD, SIG_DFL, address("old action"), SIGSET_BYTES],
    "so that there is a child's status to wait for",
  );
  s.buffer("old action", 32);
  if (blocks) {
    s.call(
      "rt_sigprocmask",
      [
        SIG_BLOCK,
        caller.listens ? ALL_SIGNALS : sigset(...waited),
        address("old mask"),
        SIGSET_BYTES,
      ],
      forwards || caller.listens
        ? "signals wait here to be passed on"
        : "Ctrl-C is for the program: its waiter must outlive it",
    );
  }
  if (spec.killChild !== undefined) {
    s.call("getpid", [], "the waiter's PID", { result: "waiter pid" });
    s.call(
      "pidfd_open",
      [slot("waiter pid"), 0],
      "by which the child sees whether its waiter lives",
      {
        result: "waiter",
        failure: failed("pidfd_open failed", [filtered("pidfd_open")]),
      },
    );
  }
  const gate = inParent ? makeGate(s, "start") : undefined;
  const first = spec.namespaces.includes("pid") ? ": PID 1 of the new PID namespace" : "";
  fork(s, "child", child, `the program's process${first}`, forkHints(spec));

  s.process = "waiter";
  if (inParent && gate) letStart(context, inParent, gate);
  reportChild(context);
  if (caller.listens) superviseUntilDead(context);
  else if (forwards) forwardUntilDead(context, waited);
  else waitUntilDead(context);
  endAsChild(context);

  s.process = "child";
  s.label(child);
  reportSelf(context);
  if (gate) awaitGate(s, gate, "wait until the namespaces are bound");
  if (spec.killChild !== undefined) bindToWaiter(context, spec.killChild);
  s.call(
    "rt_sigaction",
    [SIGNALS.SIGCHLD, address("old action"), 0, SIGSET_BYTES],
    "signals are again as they were",
  );
  if (blocks) {
    s.call(
      "rt_sigprocmask",
      [SIG_SETMASK, address("old mask"), 0, SIGSET_BYTES],
      "signals are again as they were",
    );
  }
  return {
    bindLife: () => spec.killChild === undefined ? undefined : renewBond(context, spec.killChild),
  };
}

/** If what the waiter does first fails, the waiting child ends too: the pipe closes. */
function letStart({ s }: Context, inParent: () => void, gate: Gate): void {
  inParent();
  openGate(s, gate, "let the program start");
}

/** How the program is waited for: where namespaces are joined, its stops too. */
const waitOptions = ({ spec }: Context): number => spec.join === undefined ? 0 : WUNTRACED;

function waitUntilDead(context: Context): void {
  const { s } = context;
  const next = s.unique("wait");
  s.label(next);
  s.compute("status", "set", 0);
  const args = [slot("child"), address("status"), waitOptions(context), 0];
  s.call("wait4", args, "wait for the program", {
    failure: failed("waitpid failed"),
    ...(context.spec.join === undefined ? {} : { when: "until the program is dead" }),
  });
  stopAsChild(context, next);
}

/** Stops if the child has stopped, and continues it when it continues: then goes to `next`. @see wait(2), WIFSTOPPED */
function stopAsChild({ s, spec }: Context, next: string): void {
  if (spec.join === undefined) return;
  const ended = s.unique("ended");
  const when = "for each time that it stops";
  s.compute("stopped", "and", slot("status"), 0xff);
  s.test("ifNot", [slot("stopped"), 0x7f], ended);
  s.call("getpid", [], "this process", { result: "self", when });
  s.call("kill", [slot("self"), SIGNALS.SIGSTOP], "stop as the program did", { when });
  s.call("kill", [slot("child"), SIGNALS.SIGCONT], "continue it", { when });
  s.jump(next);
  s.label(ended);
}

/** Passes signals on to the child until it is dead. */
function forwardUntilDead(context: Context, waited: readonly number[]): void {
  const { s } = context;
  const [next, own] = ["next signal", "child's"].map((name) => s.unique(name));
  s.label(next!);
  s.call("rt_sigtimedwait", [sigset(...waited), 0, 0, SIGSET_BYTES], "wait for a signal", {
    result: "signal",
    orElse: next!,
    when: "until the program is dead",
  });
  s.test("ifEqual", [slot("signal"), SIGNALS.SIGCHLD], own!);
  s.call("kill", [slot("child"), slot("signal")], "pass it on to the program", {
    when: "for each such signal",
  });
  s.jump(next!);
  s.label(own!);
  s.compute("status", "set", 0);
  const args = [slot("child"), address("status"), WNOHANG | waitOptions(context), 0];
  s.call("wait4", args, "has the program ended?", {
    result: "ended",
    failure: failed("waitpid failed"),
    when: "until the program is dead",
  });
  s.test("ifEqual", [slot("ended"), 0], next!);
  stopAsChild(context, next!);
}

/** Exits with the child's status, or dies by the signal that killed it. */
function endAsChild({ s, caller }: Context): void {
  const [signalled, nameless] = [s.unique("signalled"), s.unique("nameless")];
  s.compute("deadly signal", "and", slot("status"), 0x7f);
  s.test("ifNot", [slot("deadly signal"), 0], signalled);
  s.compute("status", "shr", slot("status"), 8);
  s.compute("status", "and", slot("status"), 0xff);
  s.call("exit_group", [slot("status")], "exit as the program did", { when: "if it exited" });

  const when = "if a signal killed it";
  s.label(signalled);
  // Deno's status has no word for a real-time signal.
  if (caller.listens) s.test("ifBelow", [SIGNALS.SIGSYS, slot("deadly signal")], nameless);
  s.call(
    "prlimit64",
    [0, RLIMIT_CORE, data(...rlimit(0n, 0n)), 0],
    "the core is the program's, not this one's",
    { when },
  );
  s.call(
    "rt_sigaction",
    [slot("deadly signal"), SIG_DFL, 0, SIGSET_BYTES],
    "nothing keeps the signal away",
    { when },
  );
  s.compute("bit", "sub", slot("deadly signal"), 1);
  s.compute("bit", "shl", 1, slot("bit"));
  s.call(
    "rt_sigprocmask",
    [SIG_UNBLOCK, address("bit"), 0, SIGSET_BYTES],
    "nothing keeps the signal away",
    { when },
  );
  s.call("getpid", [], "this process", { result: "self", when });
  s.call("kill", [slot("self"), slot("deadly signal")], "die as the program did", { when });
  s.label(nameless);
  // A PID 1 cannot kill itself: it says so in the shell's way.
  s.compute("status", "add", slot("deadly signal"), 128);
  s.call("exit_group", [slot("status")], "exit as a shell would", {
    when: "if that does not kill it",
  });
}

/** Dies when the waiter does, which may have happened already. */
function bindToWaiter({ s }: Context, signal: number): void {
  const alive = s.unique("alive");
  s.call("prctl", [PR_SET_PDEATHSIG, signal, 0, 0, 0], "die when the waiter does", {
    failure: failed("prctl failed"),
  });
  // struct pollfd { int fd; short events, revents; }
  s.compute("poll", "add", slot("waiter"), BigInt(POLLIN) << 32n);
  s.call("ppoll", [address("poll"), 1, NO_TIME, 0, SIGSET_BYTES], "is it dead already?", {
    result: "dead",
    failure: failed("poll parent pidfd failed"),
  });
  s.test("ifEqual", [slot("dead"), 0], alive);
  s.call("exit_group", [EXIT_FAILURE], "exit: nobody waits", { when: "if it is" });
  s.label(alive);
}

/** A change of ids makes the kernel forget PR_SET_PDEATHSIG: it is set again behind the last. @see prctl(2) */
function renewBond(context: Context, signal: number): void {
  if (!changesIds(context.spec)) {
    context.s.call("close", [slot("waiter")], "the waiter lives");
    return;
  }
  bindToWaiter(context, signal);
  context.s.call("close", [slot("waiter")], "the waiter lives");
}
