/** Waiting until the program is dead, and stopping where it stops. @see wait(2) */
import { SIGNALS, SIGSET_BYTES } from "../../ffi/abi/signal.ts";
import { P_PID, WEXITED, WNOHANG, WNOWAIT, WUNTRACED } from "../../ffi/abi/wait.ts";
import { not } from "../../engine/condition.ts";
import type { Place, Variable } from "../../engine/value.ts";
import { isJoining } from "../join/asked.ts";
import { type Context, failed } from "../context.ts";
import type { Awaited } from "../init/end.ts";
import { AWAITED } from "./signals.ts";

/** How the program is waited for: where namespaces are joined, its stops too. */
function waitOptions(context: Context): Variable | number {
  const joins = isJoining(context);
  if (typeof joins === "boolean") return joins ? WUNTRACED : 0;
  const options = context.s.variable("wait options", 0);
  context.s.if(joins, () => options.set(WUNTRACED));
  return options;
}

/** Waits for the child, whose signals are its own, or for the word of an init. Leaves the program's status. */
export function waitUntilDead(context: Context, { child, status, end }: Awaited): void {
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
export function forwardUntilDead(context: Context, { child, status, end }: Awaited): void {
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
