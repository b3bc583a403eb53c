/** Ends with who has started the launch. @see PR_SET_PDEATHSIG(2const) */
import { PR_SET_PDEATHSIG } from "../../ffi/abi/prctl.ts";
import { SIGNALS } from "../../ffi/abi/signal.ts";
import { all, not } from "../../engine/condition.ts";
import type { Variable } from "../../engine/value.ts";
import type { Asked } from "../request.ts";
import { EXIT_FAILURE, failed } from "../context.ts";

/** What binds the launch to its parent, where that is asked for. */
export interface ParentBond {
  /** In the process that started the launch, behind all that the kernel forgets it by. */
  tie(): void;
  /** The same in the program's process, if it is that one. */
  renew(): void;
}

/** Finds out who the parent is, first of all: it may end at any time. */
export function parentBondOf({ s, spec, request }: Asked): ParentBond {
  const isAsked = request.isGiven(spec.dieWithParent);
  const who = (result: string | Variable) =>
    s.call("getppid", [], "who has started this?", { result, fails: "ignored" });
  const parent = s.variableIf(isAsked, "parent");
  s.if(isAsked, () => who(parent));
  // New capabilities and other ids make the kernel forget it.
  const tie = (): void => {
    s.call("prctl", [PR_SET_PDEATHSIG, SIGNALS.SIGKILL, 0, 0, 0], "die when the parent does", {
      fails: failed("prctl failed"),
    });
    s.if(who("parent now").isNot(parent), () => s.exit(EXIT_FAILURE, "exit: nobody waits"), {
      when: "if it is dead already",
    });
  };
  return {
    tie: () => s.if(isAsked, tie),
    renew: () => s.if(all(isAsked, not(request.isGiven(spec.fork))), tie),
  };
}
