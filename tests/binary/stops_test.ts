/** What joins stops as its program does, and goes on with it. @see nsenter(1) */
import { assertEquals } from "@std/assert";
import { requires } from "../requires.ts";
import { NIDO, start } from "../support/nido.ts";
import { until } from "../support/patience.ts";
import { childrenOf, startTarget } from "../support/target.ts";

const TRIES = 20;

/** Whether a process is stopped. */
const isStopped = (pid: number): boolean =>
  /^State:\tT/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));

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
        await until("both stop", () => isStopped(waiter) && isStopped(program!), 1);
        job.signalGroup("SIGCONT");
        // Who stops once more does it at once.
        await new Promise((go) => setTimeout(go, 20));
        assertEquals([isStopped(waiter), isStopped(program!)], [false, false], `try ${tries}`);
      }
      Deno.kill(program!, "SIGSTOP");
      await until("the waiter stops", () => isStopped(waiter), 1);
      Deno.kill(waiter, "SIGCONT");
      await until("the program goes on", () => !isStopped(program!), 1);
      assertEquals([isStopped(waiter), isStopped(program!)], [false, false]);
      Deno.kill(program!, "SIGTERM");
      assertEquals((await job.child.status).signal, "SIGTERM");
    } finally {
      job.signalGroup("SIGKILL");
      await job.outcome();
    }
  },
);
