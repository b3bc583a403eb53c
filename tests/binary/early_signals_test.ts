/** Signals while a launch is under way. */
import { assertEquals } from "@std/assert";
import { requires } from "../requires.ts";
import { NIDO, nido, start } from "../support/nido.ts";
import { until } from "../support/patience.ts";
import { stateOf } from "../support/stop.ts";
import { childrenOf } from "../support/target.ts";
import { Terminal } from "../support/terminal.ts";

/** Whether the child of a waiter waits for something. */
const isWaiting = (waiter: number): boolean =>
  childrenOf(waiter).some((child) => stateOf(child) === "S");

Deno.test(
  "a launch that is stopped by Ctrl-Z gives the terminal back",
  requires({ userNamespaces: true, programs: ["bash", "script"] }),
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "nido-stops-" });
    const fifo = `${folder}/fifo`;
    await new Deno.Command("mkfifo", { args: [fifo] }).output();
    // Until this is closed the launch copies from it.
    const source = await Deno.open(fifo, { read: true, write: true });
    await using terminal = new Terminal("bash --norc --noprofile -i");
    try {
      await terminal.type("echo 'shell' $$ 'begins'\n");
      await terminal.until("\nshell ");
      const shell = Number(await terminal.until(" begins"));
      const root = "--ro-bind / / --tmpfs /mnt --file 3 /mnt/x";
      await terminal.type(`${nido} bwrap ${root} sleep 60 3<${fifo}\n`);
      await until("it waits for the file", () => childrenOf(shell).some(isWaiting));
      await terminal.type("\x1a");
      source.close();
      await terminal.until("Stopped");
      await terminal.type("kill -KILL %1; wait; echo 'shell' ends\n");
      await terminal.until("\nshell ends");
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test(
  "a signal that is to be passed on ends a launch that is under way",
  requires({ userNamespaces: true }),
  async () => {
    const root = ["--ro-bind", "/", "/", "--tmpfs", "/mnt", "--file", "0", "/mnt/x"];
    const command = [...NIDO, "run", ...root, "--forward-signals", "sleep", "60"];
    const job = start(command, { typed: "" });
    const { pid } = job.child;
    await until("it waits for the file", () => isWaiting(pid));
    Deno.kill(pid, "SIGTERM");
    const { code, signal } = await job.outcome();
    assertEquals([code, signal], [143, null]);
  },
);
