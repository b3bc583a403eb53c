/** Undoes what the runtime changed that starts a launch. */
import { SIGSET_BYTES } from "../../ffi/abi/signal.ts";
import { RLIMIT_NOFILE } from "../../ffi/abi/resource.ts";
import type { Builder } from "../../engine/builder.ts";
import { data } from "../../engine/operand.ts";
import type { Restore } from "../starter.ts";
import { rlimit, SIG_DFL, SIG_IGN } from "../structs.ts";

export function restoreProcess(s: Builder, { handled, ignored, nofile }: Restore): void {
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
