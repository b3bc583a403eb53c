/** Waits for who starts the launch, and lets it wait. */
import { words } from "../../engine/failure.ts";
import { eachNumber, numberPart } from "../numbers.ts";

import type { Value } from "../../engine/value.ts";
import { type Context, failed } from "../context.ts";
import { isParameter, type Parameter } from "../parameter.ts";

/** Runs a block with each descriptor that stays open until all has ended. */
export function eachSyncFd(
  { s, spec: { syncFds = [] }, request }: Context,
  body: (fd: Value) => void,
): void {
  if (!isParameter(syncFds)) return syncFds.forEach(body);
  s.if(request.isGiven(syncFds), () => eachNumber(s, request.value(syncFds), body));
}

/** In the program's process: its waiter, and an init if there is one, keep them. */
export function leaveSyncFds(context: Context): void {
  eachSyncFd(context, (fd) => {
    context.s.call("close", [fd], "the waiter keeps it until the program has ended", {
      fails: failed(words`cannot close descriptor ${numberPart(fd)}`),
    });
  });
}

/** Waits until the program may start. */
export const awaitRelease = (context: Context): void =>
  awaitByte(context, context.spec.blockFd, "wait until the program may start");

/** Waits until somebody outside has mapped ids. */
export const awaitMaps = (context: Context): void =>
  awaitByte(context, context.spec.usernsBlockFd, "wait until ids are mapped from outside");

/** Waits for a byte, or the end. */
function awaitByte(
  { s, request }: Context,
  descriptor: number | Parameter | undefined,
  note: string,
): void {
  request.ifGiven(s, descriptor, (descriptor) => {
    const fd = request.value(descriptor);
    const byte = s.memory("byte", 1);
    const failure = failed(words`cannot read from descriptor ${request.number(descriptor)}`);
    s.loop(({ next, leave }) => {
      s.call("read", [fd, byte, 1], note, { fails: { EINTR: next, otherwise: failure } });
      leave();
    });
    s.call("close", [fd], "it is not the program's", { fails: "ignored" });
  });
}
