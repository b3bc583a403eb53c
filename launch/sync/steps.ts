/** Waits for who starts the launch, and lets it wait. */
import { type Context, failed } from "../context.ts";

/** In the program's process: its waiter alone keeps them. */
export function leaveSyncFds({ s, spec: { syncFds = [] } }: Context): void {
  for (const fd of syncFds) {
    s.call("close", [fd], "the waiter keeps it until the program has ended", {
      fails: failed(`cannot close descriptor ${fd}`),
    });
  }
}

/** Waits until the program may start. */
export function awaitRelease({ s, spec: { blockFd } }: Context): void {
  if (blockFd === undefined) return;
  const byte = s.memory("byte", 1);
  s.loop(({ next, leave }) => {
    s.call("read", [blockFd, byte, 1], "wait until the program may start", {
      fails: { EINTR: next, otherwise: failed(`cannot read from descriptor ${blockFd}`) },
    });
    leave();
  });
  s.call("close", [blockFd], "it is not the program's", { fails: "ignored" });
}
