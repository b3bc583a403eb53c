/** What the learner's keys mean to a lesson. */
import type { Events, Input } from "./events.ts";

/** The learner has left. */
export class Left extends Error {}
/** The shell has ended. */
export class ShellEnded extends Error {}

export const KEYS = {
  enter: 0x0d,
  next: 0x09,
  quit: 0x71,
  interrupt: 0x03,
  end: 0x04,
  abort: 0x1c,
};

const LEAVING: readonly number[] = [KEYS.quit, KEYS.interrupt, KEYS.end, KEYS.abort];

/** Whether a key at the beginning of a line ends the lesson. */
export const isToLeave = (key: number | undefined): boolean =>
  key !== undefined && LEAVING.includes(key);

/** The next keys or prompt. @throws {Left} @throws {ShellEnded} */
export async function nextInput(events: Events): Promise<Input> {
  const event = await events.next();
  if (event.kind === "leave") throw new Left();
  if (event.kind === "ended") throw new ShellEnded();
  return event;
}
