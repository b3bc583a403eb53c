/**
 * A new PID namespace below one that is joined: a process goes into that one, makes the new one, and starts
 * the program's process there as a child of the waiter. @see pid_namespaces(7), CLONE_PARENT in clone(2)
 */
import { F_GETOWN, F_SETOWN, O_CLOEXEC } from "../../ffi/abi/fcntl.ts";
import { CLONE_NEWPID, CLONE_PARENT } from "../../ffi/abi/sched.ts";
import { SIGNALS } from "../../ffi/abi/signal.ts";
import type { Variable } from "../../engine/value.ts";
import { type Context, failed } from "../context.ts";
import { nestsPid } from "../join/descriptors.ts";
import { knownTypes, unshareHints } from "../namespaces/hints.ts";
import { forkHints } from "../program/hints.ts";
import { awaitSuccess } from "./process.ts";

/** The process in between. */
export interface Between {
  /** In the waiter to be. */
  make(): void;
  /** In the waiter, with the PID of the one in between: that of the program's process takes its place. */
  find(child: Variable): void;
  /** In the one in between, which ends. The steps that follow are those of the program's process. */
  pass(): void;
}

export function betweenOf(context: Context): Between {
  const { s } = context;
  const isNested = nestsPid(context);
  const owned = s.variableIf(isNested, "owned");
  return {
    make() {
      s.if(isNested, () => {
        s.call("eventfd2", [0, O_CLOEXEC], "a file whose owner is the program's process", {
          result: owned,
          fails: failed("eventfd failed"),
        });
      });
    },
    find(child) {
      s.if(isNested, () => {
        awaitSuccess(s, child, "the process in between has started the program's");
        // The kernel tells a PID as the one who asks sees it.
        s.call("fcntl", [owned, F_GETOWN], "its PID, seen from here", {
          result: child,
          fails: failed("fcntl failed"),
        });
        s.call("close", [owned], "its PID is known", { fails: "ignored" });
      });
    },
    pass() {
      s.if(isNested, () => {
        s.call("unshare", [CLONE_NEWPID], "new namespace: pid, below the one that is joined", {
          fails: failed("unshare failed", unshareHints(knownTypes(["pid"]))),
        });
        s.becomeChild(
          {
            name: "nested child",
            note: "the program's process, of which the waiter is the parent",
            signal: CLONE_PARENT | SIGNALS.SIGCHLD,
            fails: failed("fork failed", forkHints(context)),
          },
          "between",
          (nested) => {
            s.call("fcntl", [owned, F_SETOWN, nested], "tell the waiter which it is", {
              fails: failed("fcntl failed"),
            });
            s.exit(0, "exit: it is started");
          },
        );
        s.call("close", [owned], "its PID is told", { fails: "ignored" });
      });
    },
  };
}
