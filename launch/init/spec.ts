/** A PID 1 of its own, as a spec has it. */
import type { Bytes } from "../../ffi/bytes.ts";
import type { Parameter } from "../parameter.ts";

/** What is the parent of the program, and of what the program leaves. */
export interface InitSpec<Open = never> {
  /**
   * Be PID 1 of the new PID namespace, and start the program as its child: processes that lose their parent are
   * reaped. The launch ends with the program, and PID 1 with the last process. Without a new PID
   * namespace there is such a parent only to hold `lockFiles` or `syncFds`. Implies `fork`.
   */
  readonly init?: boolean | Open;
  /**
   * Files, as the program sees them, that PID 1 holds read locks on: with `init`.
   *
   * @see F_SETLK(2const)
   */
  readonly lockFiles?: readonly (Bytes | Open)[] | Open;
}

/** What `lockFiles` needs. */
export type InitAsked = InitSpec<Parameter> & { readonly fork?: boolean | Parameter };
