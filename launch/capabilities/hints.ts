/** Why capabilities cannot be had, or be given up. @see capabilities(7) */
import { CAP_SETPCAP } from "../../ffi/abi/capability.ts";
import { EPERM } from "../../ffi/abi/errno.ts";
import { type Hint, words } from "../../engine/failure.ts";
import { lacksCapability } from "../../engine/looks.ts";
import { forRoot, withCapability } from "../causes.ts";
import { ROOT_INSIDE } from "../option.ts";

/** Taking one out of the bounding set. */
export const boundHints = (): readonly Hint[] =>
  forRoot({
    errno: [EPERM],
    look: [lacksCapability(CAP_SETPCAP)],
    why: "taking capabilities out of the bounding set needs CAP_SETPCAP",
  }, {
    root: withCapability(CAP_SETPCAP),
    others: words`add ${ROOT_INSIDE}`,
  });

/** Having one. */
export const holdHints = (): readonly Hint[] => [{
  errno: [EPERM],
  why: "nobody may add capabilities that are not permitted",
  remedy: words`look: grep CapPrm /proc/self/status`,
}];
