/** What becomes of a program whose waiter is killed. */
import { start } from "./nido.ts";

/** A program that ends with its waiter does so at once, but for what else the processors have to do. */
const PATIENCE_MS = 3000;

/** Words for a program that stays. */
export const STAYS = ["sh", "-c", "echo ready; exec sleep 60"];

/** Whether it outlives its waiter. @param command Starts it, as {@linkcode STAYS}. */
export async function outlivesWaiter(command: readonly string[]): Promise<boolean> {
  const job = start(command);
  await job.until("ready");
  job.child.kill("SIGKILL");
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(() => late.resolve(true), PATIENCE_MS);
  // It holds stdout.
  const ended = job.outcome().then(() => false);
  const lives = await Promise.race([ended, late.promise]);
  clearTimeout(timer);
  job.signalGroup("SIGKILL");
  await ended;
  return lives;
}
