/** The waiter: it starts the program as a child, waits for it, and ends as it ended. @see wait(2) */
import { PR_SET_PDEATHSIG } from "../../ffi/abi/prctl.ts";
import {
  SIG_BLOCK,
  SIG_SETMASK,
  SIG_UNBLOCK,
  SIGNALS,
  SIGSET_BYTES,
} from "../../ffi/abi/signal.ts";
import { RLIMIT_CORE } from "../../ffi/abi/resource.ts";
import { P_PID, POLLIN, WEXITED, WNOHANG, WNOWAIT, WUNTRACED } from "../../ffi/abi/wait.ts";
import { all, any, not } from "../../engine/condition.ts";
import { data, type Operand } from "../../engine/operand.ts";
import { struct } from "../../engine/struct.ts";
import { constant, type Place, type Value, type Variable } from "../../engine/value.ts";
import { filtered } from "../causes.ts";
import { isJoining } from "../join/asked.ts";
import { releaseTree } from "../join/tree.ts";
import { forkHints } from "../program/hints.ts";
import { type Context, EXIT_FAILURE, failed } from "../context.ts";
import { changesIds } from "../credentials/steps.ts";
import type { Awaited, EndPipe } from "../init/end.ts";
import { hide, show } from "./hidden.ts";
import { betweenOf } from "./between.ts";
import { giveBackMemory } from "./memory.ts";
import { awaitGate, exitStatus, makeGate, openGate, STATUS_BYTES } from "./process.ts";
import {
  ALL_SIGNALS,
  NO_TIME,
  POLLFD,
  rlimit,
  SIG_DFL,
  SIGACTION_BYTES,
  sigset,
} from "../structs.ts";
import type { Teller } from "../status/steps.ts";
import type { Binder } from "../namespaces/persist.ts";
import { reportChild, reportSelf, superviseUntilDead, type Supervisor } from "./supervision.ts";

/** What a waiter has to do with. */
export interface WaiterWork {
  /** Who listens, if somebody does. */
  readonly supervisor: Supervisor | undefined;
  /** What binds the child's life to the waiter's. */
  readonly bond: Bond;
  /** What the waiter does while the child waits for it. */
  readonly binder: Binder | undefined;
  /** Who tells others how it goes. */
  readonly teller: Teller;
  /** The program's end, where an init tells it. */
  readonly end: EndPipe;
}

/** A waiter, and the program's process. */
export interface Waiter {
  /** Forks. The steps that follow are the child's. */
  start(): void;
  /** In the program's process, if an init has started that: it has what the waiter has taken. */
  leave(): void;
}

export function waiterOf(context: Context, work: WaiterWork): Waiter {
  const { s } = context;
  const { end } = work;
  const signals = signalsOf(context);
  const begin = (): void => {
    if (work.supervisor) reportSelf(context);
    signals.giveBack();
  };
  return {
    start() {
      signals.take();
      startWaiter(context, work);
      s.if(not(end.isAsked), begin);
    },
    leave: begin,
  };
}

function startWaiter(context: Context, work: WaiterWork): void {
  const { s, spec, request, starter } = context;
  const { supervisor, bond, binder, teller, end } = work;
  bond.make();
  end.make(any(request.isGiven(spec.forwardSignals), starter.listens ?? false));
  const isGated = binder?.isAsked ?? false;
  const gate = isGated === false ? undefined : makeGate(s, "start", isGated);
  const isFirst = request.includes(spec.namespaces, "pid") === true;
  const first = isFirst ? ": PID 1 of the new PID namespace" : "";
  const note = `the program's process${first}`;
  const fails = failed("fork failed", forkHints(context));

  const between = betweenOf(context);
  between.make();
  hide(context);
  s.becomeChild({ name: "child", note, fails }, "waiter", (child) => {
    between.find(child);
    releaseTree(context);
    // If that fails, the waiting child ends too: the pipe closes.
    binder?.bind();
    s.if(isGated, () => openGate(s, gate!, "let the program start"));
    end.listen();
    teller.tellChild(child);
    if (supervisor) reportChild(context, supervisor, { child, end });
    giveBackMemory(context);
    const status = s.memory("status", STATUS_BYTES);
    if (supervisor) superviseUntilDead(context, supervisor, { child, status, end });
    else {
      s.if(request.isGiven(spec.forwardSignals), () => {
        forwardUntilDead(context, { child, status, end });
      }, { otherwise: () => waitUntilDead(context, { child, status, end }) });
    }
    teller.tellEnd(status);
    endAsChild(context, status);
  });

  show(context);
  between.pass();
  end.leave();
  s.if(isGated, () => awaitGate(s, gate!, "wait until the namespaces are bound"));
  bond.tie();
}

/** Signals that end the launch: the waiter must outlive them, or pass them on. */
const DEADLY = [SIGNALS.SIGINT, SIGNALS.SIGTERM];

/** What a waiter that passes signals on waits for. It stands among the variables: see memory.ts. */
const AWAITED = { ...sigset(...DEADLY, SIGNALS.SIGCHLD), written: true };

/** Sees to it that a child's end can be waited for, and that no signal comes in between. */
function signalsOf(context: Context): { take(): void; giveBack(): void } {
  const { s, spec, starter, request } = context;
  const action = s.memory("old action", SIGACTION_BYTES);
  const mask = s.memory("old mask", SIGSET_BYTES);
  const takes = any(request.isGiven(spec.forwardSignals), starter.listens ?? false);
  // As nsenter(1): what ends the waiter may leave the program alone.
  const leavesAlone = any(isJoining(context), request.isGiven(spec.interruptible));
  const blocks = any(takes, not(leavesAlone));

  const block = (signals: Operand, note: string): void => {
    s.call("rt_sigprocmask", [SIG_BLOCK, signals, mask, SIGSET_BYTES], note, { fails: "ignored" });
  };
  return {
    take() {
      // Inherited as ignored, SIGCHLD would make the kernel forget the exit status.
      const args = [SIGNALS.SIGCHLD, SIG_DFL, action, SIGSET_BYTES];
      s.call("rt_sigaction", args, "so that there is a child's status to wait for", {
        fails: "ignored",
      });
      s.if(takes, () => {
        block(starter.listens ? ALL_SIGNALS : AWAITED, "signals wait here to be passed on");
      }, {
        otherwise() {
          s.if(blocks, () => {
            block(sigset(...DEADLY), "Ctrl-C is for the program: its waiter must outlive it");
          });
        },
      });
    },
    giveBack() {
      const note = "signals are again as they were";
      const args = [SIGNALS.SIGCHLD, action, 0, SIGSET_BYTES];
      s.call("rt_sigaction", args, note, { fails: "ignored" });
      s.if(blocks, () => {
        s.call("rt_sigprocmask", [SIG_SETMASK, mask, 0, SIGSET_BYTES], note, { fails: "ignored" });
      });
    },
  };
}

/** How the program is waited for: where namespaces are joined, its stops too. */
function waitOptions(context: Context): Variable | number {
  const joins = isJoining(context);
  if (typeof joins === "boolean") return joins ? WUNTRACED : 0;
  const options = context.s.variable("wait options", 0);
  context.s.if(joins, () => options.set(WUNTRACED));
  return options;
}

/** Waits for the child, whose signals are its own, or for the word of an init. Leaves the program's status. */
function waitUntilDead(context: Context, { child, status, end }: Awaited): void {
  context.s.if(end.isAsked, () => end.wait(child, status), {
    otherwise: () => waitForChild(context, child, status),
  });
}

function waitForChild(context: Context, child: Variable, status: Place): void {
  const { s } = context;
  const joins = isJoining(context);
  const fails = failed("waitpid failed");
  const note = "wait for the program";
  const wait = (): void => {
    s.call("wait4", [child, status, 0, 0], note, { fails });
  };
  if (joins === false) return wait();
  s.if(not(joins), wait, {
    otherwise() {
      s.loop(({ next, leave }) => {
        // Ctrl-Z stops this process, too. When both go on, the child's stop is over, and is none to follow.
        const events = WEXITED | WUNTRACED | WNOWAIT;
        s.call("waitid", [P_PID, child, 0, events, 0], "wait until it stops or ends", { fails });
        const args = [child, status, WNOHANG | WUNTRACED, 0];
        const ended = s.call("wait4", args, note, { result: "ended", fails });
        s.if(ended.is(0), next, { when: "if it has gone on already" });
        stopAsChild(context, child, status, leave);
      }, { when: "until the program is dead" });
    },
  });
}

/** Passes signals on to the child until it is dead. Leaves its status. */
function forwardUntilDead(context: Context, { child, status, end }: Awaited): void {
  const { s } = context;
  const options = waitOptions(context);
  s.loop(({ next, leave }) => {
    const signal = s.call("rt_sigtimedwait", [AWAITED, 0, 0, SIGSET_BYTES], "wait for a signal", {
      result: "signal",
      fails: next,
    });
    s.if(signal.isNot(SIGNALS.SIGCHLD), () => {
      s.call("kill", [child, signal], "pass it on to the program", { fails: "ignored" });
      next();
    }, { when: "for each such signal" });
    s.if(end.isAsked, () => {
      end.look(child, status, next);
      leave();
    }, {
      otherwise() {
        const args = [
          child,
          status,
          typeof options === "number" ? WNOHANG | options : options.or(WNOHANG),
          0,
        ];
        const ended = s.call("wait4", args, "has the program ended?", {
          result: "ended",
          fails: failed("waitpid failed"),
        });
        s.if(ended.is(0), next);
        stopAsChild(context, child, status, leave);
      },
    });
  }, { when: "until the program is dead" });
}

/**
 * Stops if the child has stopped, and continues it when it continues. @see wait(2), WIFSTOPPED
 *
 * @param ended What is done if it has ended instead.
 */
function stopAsChild(
  context: Context,
  child: Variable,
  status: Place,
  ended: () => void,
): void {
  const { s } = context;
  const joins = isJoining(context);
  if (joins === false) return ended();
  s.if(not(joins), ended);
  s.if(status.half().and(0xff).isNot(0x7f), ended);
  const words = { when: "for each time that it stops", fails: "ignored" } as const;
  const self = s.call("getpid", [], "this process", { result: "self", ...words });
  s.call("kill", [self, SIGNALS.SIGSTOP], "stop as the program did", words);
  s.call("kill", [child, SIGNALS.SIGCONT], "continue it", words);
}

/** Exits with the child's status, or dies by the signal that killed it. */
function endAsChild(context: Context, status: Place): void {
  const { s, spec, starter, request } = context;
  const signal = s.variable("deadly signal", status.half().and(0x7f));
  s.if(signal.is(0), () => {
    s.exit(s.variable("status", exitStatus(status)), "exit as the program did");
  }, { when: "if it exited" });

  // Deno's status has no word for a real-time signal.
  const hasName = all(
    any(!starter.listens, signal.isBelow(SIGNALS.SIGSYS + 1)),
    not(request.isGiven(spec.exitsAsShell)),
  );
  s.if(hasName, () => dieBy(context, signal), { when: "if a signal killed it" });

  // A PID 1 cannot kill itself: it says so in the shell's way.
  s.exit(s.variable("status", signal.plus(128)), "exit as a shell would", {
    when: "if that does not kill it",
  });
}

function dieBy({ s }: Context, signal: Variable): void {
  const limit = data(...rlimit(0n, 0n));
  s.call("prlimit64", [0, RLIMIT_CORE, limit, 0], "the core is the program's, not this one's", {
    fails: "ignored",
  });
  const note = "nothing keeps the signal away";
  s.call("rt_sigaction", [signal, SIG_DFL, 0, SIGSET_BYTES], note, { fails: "ignored" });
  const bit = s.memory("bit", SIGSET_BYTES);
  s.store(bit, constant(1).shiftedLeft(signal.minus(1)));
  s.call("rt_sigprocmask", [SIG_UNBLOCK, bit, 0, SIGSET_BYTES], note, { fails: "ignored" });
  const self = s.call("getpid", [], "this process", { result: "self", fails: "ignored" });
  s.call("kill", [self, signal], "die as the program did", { fails: "ignored" });
}

/** What binds the child's life to the waiter's, where that is asked for. */
export interface Bond {
  /** In the waiter to be. */
  make(): void;
  /** In the child, before its ids change. */
  tie(): void;
  /** Behind that. */
  renew(): void;
}

export function bondOf(context: Context): Bond {
  const { s, spec: { killChild }, request } = context;
  const waiter = s.variableIf(request.isGiven(killChild), "waiter");
  const ifBound = (body: (signal: Value) => void): void => {
    request.ifGiven(s, killChild, (killChild) => body(request.value(killChild)));
  };
  return {
    make: () =>
      ifBound(() => {
        const words = { result: "waiter pid", fails: "ignored" } as const;
        const pid = s.call("getpid", [], "the waiter's PID", words);
        const note = "by which the child sees whether its waiter lives";
        s.call("pidfd_open", [pid, 0], note, {
          result: waiter,
          fails: failed("pidfd_open failed", [filtered("pidfd_open")]),
        });
      }),
    tie: () => ifBound((signal) => dieWith(context, waiter, signal)),
    renew: () =>
      ifBound((signal) => {
        // A change of ids makes the kernel forget PR_SET_PDEATHSIG. @see prctl(2)
        s.if(changesIds(context), () => dieWith(context, waiter, signal));
        s.call("close", [waiter], "the waiter lives", { fails: "ignored" });
      }),
  };
}

/** Dies by a signal when the waiter does, which may have happened already. */
function dieWith({ s }: Context, waiter: Variable, signal: Value): void {
  s.call("prctl", [PR_SET_PDEATHSIG, signal, 0, 0, 0], "die when the waiter does", {
    fails: failed("prctl failed"),
  });
  const poll = struct(s, "poll", POLLFD);
  poll.set("fd", waiter);
  poll.set("events", POLLIN);
  const args = [poll.at, 1, NO_TIME, 0, SIGSET_BYTES];
  const dead = s.call("ppoll", args, "is it dead already?", {
    result: "dead",
    fails: failed("poll parent pidfd failed"),
  });
  s.if(dead.isNot(0), () => s.exit(EXIT_FAILURE, "exit: nobody waits"), { when: "if it is" });
}
