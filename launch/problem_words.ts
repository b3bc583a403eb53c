/** Problems of specs in the words of who has typed options: util-linux's, where it has some. */
import { NO_NAMESPACE, NO_TARGET, noTargetFor, OF_TARGET, type OfTarget } from "./join/check.ts";
import { CLOCKS_NEED_TIME, noForkExcludes, SETGROUPS_EXCLUDES_MAP } from "./validate.ts";

/** Their names in /proc/PID, which nsenter(1) says. */
const FILES: Partial<Record<OfTarget, string>> = { wd: "cwd", env: "environ" };

const TYPED: Readonly<Record<string, string>> = {
  [CLOCKS_NEED_TIME]:
    "options --monotonic and --boottime require unsharing of a time namespace (-T)",
  [SETGROUPS_EXCLUDES_MAP]: "options --setgroups=allow and --map-group are mutually exclusive",
  [noForkExcludes("killChild")]: "options --no-fork and --kill-child are mutually exclusive",
  [noForkExcludes("forwardSignals")]:
    "options --no-fork and --forward-signals are mutually exclusive",
  [NO_NAMESPACE]: "no namespace specified",
  [NO_TARGET]: "no target PID specified",
  ...Object.fromEntries(
    (Object.keys(OF_TARGET) as OfTarget[]).map((what) => [
      noTargetFor(what),
      `neither filename nor target pid supplied for ${FILES[what] ?? what}`,
    ]),
  ),
};

/** Options of values that are looked at together, by the fields that their problems begin with. */
const OPTIONS: Readonly<Record<string, string>> = {
  "mapUsers:": "--map-users:",
  "mapGroups:": "--map-groups:",
  "rlimits.": "--rlimit ",
};

/** A problem's message as the command line says it. */
export const typedProblem = (message: string): string =>
  TYPED[message] ?? message.replace(/^\w+[.:]/, (field) => OPTIONS[field] ?? field);
