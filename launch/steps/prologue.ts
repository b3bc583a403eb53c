/** The first steps: who this process is, and what its runtime changed before it was one. */
import { PR_SET_NAME } from "../../ffi/abi/prctl.ts";
import { SIGSET_BYTES } from "../../ffi/abi/signal.ts";
import { RLIMIT_NOFILE } from "../../ffi/abi/resource.ts";
import { data } from "../../engine/operand.ts";
import { display, encode } from "../../ffi/bytes.ts";
import { type Context, failed } from "./context.ts";
import { rlimit, SIG_DFL, SIG_IGN } from "./structs.ts";

export function prologue({ s, spec, caller }: Context): void {
  s.call("prctl", [PR_SET_NAME, spec.name], "show this name in ps, not that of a descriptor", {
    fails: "ignored",
  });
  if (spec.cwd !== undefined) {
    s.call("chdir", [encode(spec.cwd)], "relative paths begin here", {
      fails: failed(`cannot change directory to ${display(spec.cwd)}`),
    });
  }
  const { handled = [], ignored = [], nofile } = caller.restore ?? {};
  for (const signal of handled) {
    const note = "programs take this signal again: Deno ignores it";
    s.call("rt_sigaction", [signal, SIG_DFL, 0, SIGSET_BYTES], note, { fails: "ignored" });
  }
  for (const signal of ignored) {
    const note = "programs ignore this signal again: Deno takes it";
    s.call("rt_sigaction", [signal, SIG_IGN, 0, SIGSET_BYTES], note, { fails: "ignored" });
  }
  if (nofile) {
    const limit = data(...rlimit(nofile.soft, nofile.hard));
    const note = "the limit of open descriptors is as it was: Deno raises it";
    s.call("prlimit64", [0, RLIMIT_NOFILE, limit, 0], note, { fails: "ignored" });
  }
}
