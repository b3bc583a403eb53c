/** What a process that waits keeps open: nothing that others wait for the end of. */
import type { Value } from "../../engine/value.ts";
import type { Context } from "../context.ts";
import { eachSyncFd } from "../sync/steps.ts";

/** More than any descriptor is. */
const LAST = 2 ** 32 - 1;

/**
 * Closes all but what stays open until all has ended, and these.
 *
 * @param each Runs a block with each of these.
 */
export function closeAllBut(context: Context, each: (keep: (fd: Value) => void) => void): void {
  const { s } = context;
  const from = s.variable("from", 0);
  s.loop(({ leave }) => {
    const least = s.variable("next kept", LAST);
    const keep = (fd: Value): void => {
      const kept = s.variable("kept", fd);
      s.if(kept.isAtLeast(from), () => s.if(kept.isBelow(least), () => least.set(kept)));
    };
    each(keep);
    eachSyncFd(context, keep);
    const close = (to: Value): void => {
      s.call("close_range", [from, to, 0], "the program alone has what was inherited", {
        fails: "ignored",
      });
    };
    s.if(least.is(LAST), () => {
      close(LAST);
      leave();
    });
    s.if(from.isBelow(least), () => close(s.variable("below", least.minus(1))));
    from.set(least.plus(1));
  }, { when: "around what is kept" });
}
