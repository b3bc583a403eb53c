/** Problems of specs in the words of who has typed options: util-linux's, where it has some. */
import { CLOCKS_NEED_TIME, noForkExcludes, SETGROUPS_EXCLUDES_MAP } from "./validate.ts";

const TYPED: Readonly<Record<string, string>> = {
  [CLOCKS_NEED_TIME]:
    "options --monotonic and --boottime require unsharing of a time namespace (-T)",
  [SETGROUPS_EXCLUDES_MAP]: "options --setgroups=allow and --map-group are mutually exclusive",
  [noForkExcludes("killChild")]: "options --no-fork and --kill-child are mutually exclusive",
  [noForkExcludes("forwardSignals")]:
    "options --no-fork and --forward-signals are mutually exclusive",
};

/** A problem's message as the command line says it. */
export const typedProblem = (message: string): string => TYPED[message] ?? message;
