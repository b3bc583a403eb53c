/**
 * What waits for a program in a root of its own looks from outside of that, and is in its user namespace:
 * root in there could go out by its working directory. @see proc_pid_cwd(5), PR_SET_DUMPABLE(2const)
 */
import { PR_SET_DUMPABLE, SUID_DUMP_DISABLE, SUID_DUMP_USER } from "../../ffi/abi/prctl.ts";
import { all, not } from "../../engine/condition.ts";
import type { Context } from "../context.ts";
import { isJoining } from "../join/asked.ts";
import { isAmongOthers } from "../join/descriptors.ts";

/** Before a fork: nobody in there may look into this process. It ends with execve(2). */
export function hide({ s, spec, request }: Context): void {
  s.if(request.isGiven(spec.newRoot), () => {
    s.call(
      "prctl",
      [PR_SET_DUMPABLE, SUID_DUMP_DISABLE, 0, 0, 0],
      "nobody inside may look into it",
      {
        fails: "ignored",
      },
    );
  });
}

/** In the child that still writes to its own files in /proc, alone. */
export function showAlone(context: Context): void {
  context.s.if(not(isAmongOthers(context)), () => show(context));
}

/** Whoever has the same rights may look into it. What joins is not alone. */
export function show(context: Context): void {
  const { s, spec, request } = context;
  s.if(all(request.isGiven(spec.newRoot), not(isJoining(context))), () => {
    s.call("prctl", [PR_SET_DUMPABLE, SUID_DUMP_USER, 0, 0, 0], "its files in /proc are its own", {
      fails: "ignored",
    });
  });
}
