/** Waits for who starts the launch, and lets it wait. */
import { type Context, failed } from "../context.ts";

/** Runs a block with each descriptor that stays open until all has ended. */
export function eachSyncFd(
  { spec: { syncFds = [] } }: Context,
  body: (fd: number) => void,
): void {
  for (const fd of syncFds) body(fd);
}

/** In the program's process: its waiter, and an init if there is one, keep them. */
export function leaveSyncFds(context: Context): void {
  eachSyncFd(context, (fd) => {
    context.s.call("close", [fd], "the waiter keeps it until the program has ended", {
      fails: failed(`cannot close descriptor ${fd}`),
    });
  });
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
