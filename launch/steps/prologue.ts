/** The first steps: who this process is, and what its runtime changed before it was one. */
import { PR_SET_NAME } from "../../ffi/abi/prctl.ts";
import { SIGNALS, SIGSET_BYTES } from "../../ffi/abi/signal.ts";
import { RLIMIT_NOFILE } from "../../ffi/abi/wait.ts";
import { data } from "../plan.ts";
import type { Context } from "./context.ts";
import { rlimit, SIG_DFL } from "./structs.ts";

export function prologue({ s, spec, caller }: Context): void {
  s.call("prctl", [PR_SET_NAME, spec.name], "show this name in ps, not that of a descriptor");
  if (caller.restore?.sigpipe) {
    s.call(
      "rt_sigaction",
      [SIGNALS.SIGPIPE, SIG_DFL, 0, SIGSET_BYTES],
      "SIGPIPE ends programs again: Deno ignores it",
    );
  }
  if (caller.restore?.nofile) {
    const { soft, hard } = caller.restore.nofile;
    s.call(
      "prlimit64",
      [0, RLIMIT_NOFILE, data(...rlimit(soft, hard)), 0],
      "the limit of open descriptors is as it was: Deno raises it",
    );
  }
}
