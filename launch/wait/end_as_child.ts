/** How a waiter ends: as the program ended. */
import { SIG_UNBLOCK, SIGNALS, SIGSET_BYTES } from "../../ffi/abi/signal.ts";
import { PR_SET_DUMPABLE, SUID_DUMP_DISABLE } from "../../ffi/abi/prctl.ts";
import { all, any, not } from "../../engine/condition.ts";
import { constant, type Place, type Variable } from "../../engine/value.ts";
import type { Context } from "../context.ts";
import { exitStatus } from "./process.ts";
import { SIG_DFL } from "../structs.ts";

/** Exits with the child's status, or dies by the signal that killed it. */
export function endAsChild(context: Context, status: Place): void {
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
  // No limit: a program that cores are piped to gets them in spite of it. @see core(5)
  const args = [PR_SET_DUMPABLE, SUID_DUMP_DISABLE, 0, 0, 0];
  s.call("prctl", args, "the core is the program's, not this one's", { fails: "ignored" });
  const note = "nothing keeps the signal away";
  s.call("rt_sigaction", [signal, SIG_DFL, 0, SIGSET_BYTES], note, { fails: "ignored" });
  const bit = s.memory("bit", SIGSET_BYTES);
  s.store(bit, constant(1).shiftedLeft(signal.minus(1)));
  s.call("rt_sigprocmask", [SIG_UNBLOCK, bit, 0, SIGSET_BYTES], note, { fails: "ignored" });
  const self = s.call("getpid", [], "this process", { result: "self", fails: "ignored" });
  s.call("kill", [self, signal], "die as the program did", { fails: "ignored" });
}
