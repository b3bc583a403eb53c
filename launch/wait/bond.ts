/** What binds the program's life to its waiter's. @see PR_SET_PDEATHSIG(2const) */
import { PR_SET_PDEATHSIG } from "../../ffi/abi/prctl.ts";
import { SIGSET_BYTES } from "../../ffi/abi/signal.ts";
import { POLLIN } from "../../ffi/abi/wait.ts";
import { struct } from "../../engine/struct.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { filtered } from "../causes.ts";
import { type Context, EXIT_FAILURE, failed } from "../context.ts";
import { changesIds } from "../credentials/steps.ts";
import { NO_TIME, POLLFD } from "../structs.ts";

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
