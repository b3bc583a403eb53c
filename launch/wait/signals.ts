/** The signals of a waiter: what it takes while it waits, and gives back for the program. */
import { SIG_BLOCK, SIG_SETMASK, SIGNALS, SIGSET_BYTES } from "../../ffi/abi/signal.ts";
import { any, not } from "../../engine/condition.ts";
import type { Operand } from "../../engine/operand.ts";
import { isJoining } from "../join/asked.ts";
import type { Context } from "../context.ts";
import { ALL_SIGNALS, SIG_DFL, SIG_IGN, SIGACTION_BYTES, sigset } from "../structs.ts";

/** Signals that end the launch: the waiter must outlive them, or pass them on. */
const DEADLY = [SIGNALS.SIGINT, SIGNALS.SIGTERM];

/** What a waiter that passes signals on waits for. It stands among the variables: see memory.ts. */
export const AWAITED: Operand & { readonly written: true } = {
  ...sigset(...DEADLY, SIGNALS.SIGCHLD),
  written: true,
};

/** The signals of a waiter, and of the program's process. */
interface Signals {
  /** In the waiter to be. */
  take(): void;
  /** In the program's process. */
  giveBack(): void;
  /**
   * In the program's process, behind that, where its waiter goes on when it has begun another program: by
   * Ctrl-Z the waiter would not stop with it, and who waits for that would wait for good. That the program
   * does not stop then is less.
   */
  ignoreStop(): void;
  takeStop(): void;
}

/** Sees to it that a child's end can be waited for, and that no signal comes in between. */
export function signalsOf(context: Context): Signals {
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
    ignoreStop() {
      const args = [SIGNALS.SIGTSTP, SIG_IGN, action, SIGSET_BYTES];
      s.call("rt_sigaction", args, "no Ctrl-Z meanwhile: its waiter could not stop with it", {
        fails: "ignored",
      });
    },
    takeStop() {
      const args = [SIGNALS.SIGTSTP, action, 0, SIGSET_BYTES];
      s.call("rt_sigaction", args, "it stops as it did before", { fails: "ignored" });
    },
  };
}
