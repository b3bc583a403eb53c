/** The first steps: what this process is called, where it is, and what its runtime changed. */
import { PR_SET_NAME } from "../../ffi/abi/prctl.ts";
import { words } from "../../engine/failure.ts";
import { failed, type Start } from "../context.ts";
import { restoreProcess } from "./restore.ts";

export function prologue({ s, spec, starter, request }: Start): void {
  s.call(
    "prctl",
    [PR_SET_NAME, request.command ?? spec.name],
    "show this name in ps, not that of a descriptor",
    {
      fails: "ignored",
    },
  );
  request.ifGiven(s, spec.cwd, (cwd) => {
    s.call("chdir", [request.value(cwd)], "relative paths begin here", {
      fails: failed(words`cannot change directory to ${request.path(cwd)}`),
    });
  });
  if (starter.restore) restoreProcess(s, starter.restore);
}
