/** What joins stops as its program does, and goes on with it. @see nsenter(1) */
import { assertEquals } from "@std/assert";
import { requires } from "../requires.ts";
import { NIDO, start } from "../support/nido.ts";
import { childrenOf, startTarget } from "../support/target.ts";

const TRIES = 20;

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Whether a process is stopped. */
const isStopped = (pid: number): boolean =>
  /^State:\tT/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));

async function until(holds: () => boolean): Promise<void> {
  for (let waited = 0; !holds() && waited < 5000; waited++) await pause(1);
}

Deno.test(
  "a stop of the waiter and its program, as by Ctrl-Z, is over when both go on",
  requires({ root: true, programs: ["unshare"] }),
  async () => {
    await using target = await startTarget("-pf");
    const job = start([
      ...NIDO,
      "nsenter",
      "-t",
      `${target.pid}`,
      "-p",
      "sh",
      "-c",
      "echo ready; exec sleep 60",
    ]);
    try {
      await job.until("ready");
      const waiter = job.child.pid;
      const [program] = childrenOf(waiter);
      for (let tries = 0; tries < TRIES; tries++) {
        job.signalGroup("SIGSTOP");
        await until(() => isStopped(waiter) && isStopped(program!));
        assertEquals([isStopped(waiter), isStopped(program!)], [true, true]);
        job.signalGroup("SIGCONT");
        await pause(20);
        assertEquals([isStopped(waiter), isStopped(program!)], [false, false], `try ${tries}`);
      }
      Deno.kill(program!, "SIGSTOP");
      await until(() => isStopped(waiter));
      assertEquals(isStopped(waiter), true);
      Deno.kill(waiter, "SIGCONT");
      await until(() => !isStopped(program!));
      assertEquals([isStopped(waiter), isStopped(program!)], [false, false]);
      Deno.kill(program!, "SIGTERM");
      assertEquals((await job.child.status).signal, "SIGTERM");
    } finally {
      job.signalGroup("SIGKILL");
      await job.outcome();
    }
  },
);
