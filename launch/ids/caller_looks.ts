/** Looks at who starts a launch, and where: what hints of all concerns ask for. */
import { not, type When } from "../../engine/condition.ts";
import { isIn, readFile } from "../../engine/failure/look_steps.ts";
import { stringAt, textAround } from "../../engine/text.ts";
import type { Ids } from "./caller.ts";
import { BY_USER, IS_ROOT, OLDER_LINUX, OTHERS_PROCESS } from "../causes.ts";
import type { Builder } from "../../engine/builder.ts";
import type { Value, Variable } from "../../engine/value.ts";
import { findLinux } from "../proc/linux.ts";

/** Gives a plan its looks at the caller. */
export function lookAtCaller(s: Builder, { euid }: Ids): void {
  s.look(IS_ROOT.kind, () => euid.is(0));
  s.look(BY_USER.kind, (found) => {
    found.set(euid);
    return euid.isNot(0);
  });
  s.look(
    OTHERS_PROCESS,
    (found, given) => isAnothers(s, given.number("first"), { euid, found }),
  );
  s.look(OLDER_LINUX, (_, given) => {
    const { release, isOlder } = findLinux(s, given.number("first"));
    s.foundName.set(release);
    return isOlder.isNot(0);
  });
}

/** Whether a process is of another user than the caller, who is not root. */
export function isAnothers(
  s: Builder,
  process: Value,
  { euid, found }: { readonly euid: Variable; readonly found: Variable },
): When {
  const isOthers = s.variable("is another's", 0);
  s.block(({ leave }) => {
    s.if(euid.is(0), leave);
    const pid = s.variable("pid", process);
    const path = textAround(s, "/proc/", pid, "/status");
    const file = readFile(s, path, { absent: leave, fake: leave });
    const start = textAround(s, "\nUid:\t", euid, "\t");
    const isOwn = isIn(s, stringAt(start), file);
    s.if(not(isOwn), () => isOthers.set(1));
    found.set(euid);
  });
  return isOthers.isNot(0);
}
