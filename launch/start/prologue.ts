/** The first steps: what this process is called, where it is, and what its runtime changed. */
import { PR_SET_NAME } from "../../ffi/abi/prctl.ts";
import { display, encode } from "../../ffi/bytes.ts";
import { failed, type Start } from "../context.ts";
import { restoreProcess } from "./restore.ts";

export function prologue({ s, spec, starter }: Start): void {
  s.call("prctl", [PR_SET_NAME, spec.name], "show this name in ps, not that of a descriptor", {
    fails: "ignored",
  });
  if (spec.cwd !== undefined) {
    s.call("chdir", [encode(spec.cwd)], "relative paths begin here", {
      fails: failed(`cannot change directory to ${display(spec.cwd)}`),
    });
  }
  if (starter.restore) restoreProcess(s, starter.restore);
}
