/** The init: PID 1 of a PID namespace, which starts the program and reaps. @see pid_namespaces(7) */
import { PR_SET_PDEATHSIG } from "../../ffi/abi/prctl.ts";
import { SIGNALS, SIGSET_BYTES } from "../../ffi/abi/signal.ts";
import { WNOHANG } from "../../ffi/abi/wait.ts";
import { all, any, not, type When } from "../../engine/condition.ts";
import type { Place, Variable } from "../../engine/value.ts";
import { type Context, EXIT_FAILURE, failed } from "../context.ts";
import { forkHints } from "../program/hints.ts";
import { ALL_SIGNALS } from "../structs.ts";
import { exitCode, STATUS_BYTES } from "../wait/process.ts";
import { restWithLittle } from "../wait/memory.ts";
import type { EndPipe } from "./end.ts";
import { eraseEnvironment, findEnvironment } from "./environ.ts";
import { hide, show } from "../wait/hidden.ts";
import { closeAllBut } from "../wait/descriptors.ts";
import { locksOf } from "./locks.ts";

/** What an init does in its two processes. */
export interface InitWork {
  /** In the init, when the program's process is there. */
  restrict(): void;
  /** In the program's process. */
  begin(): void;
}

/** Forks, if there is to be an init. The steps that follow are the program's. */
export function startInit(context: Context, end: EndPipe, work: InitWork): void {
  const { s, spec, request } = context;
  const { killChild } = spec;
  s.if(end.isAsked, () => {
    const locks = locksOf(context);
    locks.take();
    const own = s.call("getpid", [], "the PID of the program's parent", {
      result: "init pid",
      fails: "ignored",
    });
    const fails = failed("fork failed", forkHints(context));
    const note = "the program's process: this one stays, to reap what it leaves";
    hide(context);
    // Who is told its PID looks at its namespaces from outside, which takes the same right.
    const isTold = any(request.isGiven(spec.infoFd), request.isGiven(spec.statusFd));
    const environment = findEnvironment(context);
    const words = { name: "program", note, fails, sharesMemory: not(isTold) };
    s.becomeChild(words, "init", (program) => {
      s.report.set(0);
      closeAllBut(context, (keep) => {
        keep(end.writer);
        locks.each(keep);
      });
      eraseEnvironment(context, environment);
      s.if(isTold, () => show(context));
      restWithLittle(context, () => {
        work.restrict();
        reap(context, program, end);
      });
    });
    // In a PID namespace the kernel sees to that.
    const isAlone = all(
      request.isGiven(killChild),
      not(request.includes(context.spec.namespaces, "pid")),
    );
    s.if(isAlone, () => endWith(context, own));
    s.call("close", [end.writer], "only its parent tells of its end", { fails: "ignored" });
    work.begin();
  });
}

/** Dies with the init. */
function endWith({ s }: Context, init: Variable): void {
  s.call("prctl", [PR_SET_PDEATHSIG, SIGNALS.SIGKILL, 0, 0, 0], "die when the parent does", {
    fails: failed("prctl failed"),
  });
  const parent = s.call("getppid", [], "does it live?", { result: "parent", fails: "ignored" });
  s.if(parent.isNot(init), () => s.exit(EXIT_FAILURE, "exit: nobody waits"), {
    when: "if it does not",
  });
}

/** Whether signals come to the init to be passed on. */
const passesOn = ({ spec, starter, request }: Context): When =>
  any(request.isGiven(spec.forwardSignals), starter.listens ?? false);

/** Reaps until nothing is left, and ends as the program did. */
function reap(context: Context, program: Variable, end: EndPipe): void {
  const { s } = context;
  const status = s.memory("status", STATUS_BYTES);
  const code = s.variable("exit status", EXIT_FAILURE);
  const tell = (ended: Variable): void => {
    s.if(ended.is(program), () => {
      end.tell(status);
      code.set(exitCode(s, status));
      program.set(0);
    }, { when: "if it is the program" });
  };
  s.if(passesOn(context), () => reapAndPassOn(context, { program, status, tell }), {
    otherwise: () =>
      s.loop(({ next, leave }) => {
        const ended = s.call("wait4", [-1, status, 0, 0], "who has ended?", {
          result: "ended",
          fails: { EINTR: next, otherwise: leave },
        });
        tell(ended);
      }, { when: "until nobody is left" }),
  });
  s.exit(code, "exit: nobody is left");
}

function reapAndPassOn(
  { s }: Context,
  { program, status, tell }: {
    readonly program: Variable;
    readonly status: Place;
    tell(ended: Variable): void;
  },
): void {
  s.loop((signals) => {
    const args = [ALL_SIGNALS, 0, 0, SIGSET_BYTES];
    const signal = s.call("rt_sigtimedwait", args, "wait for an end, or for a signal", {
      result: "signal",
      fails: signals.next,
    });
    s.if(signal.isNot(SIGNALS.SIGCHLD), () => {
      s.if(program.isNot(0), () => {
        s.call("kill", [program, signal], "pass it on to the program", { fails: "ignored" });
      });
      signals.next();
    }, { when: "for each such signal" });
    s.loop(() => {
      const ended = s.call("wait4", [-1, status, WNOHANG, 0], "who has ended?", {
        result: "ended",
        fails: signals.leave,
      });
      s.if(ended.is(0), signals.next);
      tell(ended);
    });
  }, { when: "until nobody is left" });
}
