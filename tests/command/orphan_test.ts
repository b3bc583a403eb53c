// A launcher that is killed, and what it leaves behind.

import { assertEquals } from "@std/assert";
import { check, memory, syscall } from "../../ffi/syscall.ts";
import { Command } from "../../mod.ts";
import { requires } from "../requires.ts";
import { until } from "../support/patience.ts";

/** Of all its threads. */
const childrenOf = (pid: number): number[] =>
  [...Deno.readDirSync(`/proc/${pid}/task`)].flatMap(({ name }) =>
    Deno.readTextFileSync(`/proc/${pid}/task/${name}/children`).split(" ").filter(Boolean).map(
      Number,
    )
  );

/** A pipe that programs inherit. */
function pipe(): { reader: number; writer: number } {
  const pair = memory(8);
  check(syscall("pipe2", pair, 0), "pipe2", "");
  const view = new DataView(pair.buffer);
  return { reader: view.getInt32(0, true), writer: view.getInt32(4, true) };
}

Deno.test(
  "what fails behind a launcher that was killed is not said of the next launch",
  requires({ userNamespaces: true }),
  async () => {
    const { reader, writer } = pipe();
    const streams = { stdout: "null", stderr: "null" } as const;
    const lost = new Command("/no/such/program", {
      ...streams,
      mapRootUser: true,
      killChild: false,
      blockFd: reader,
    }).output();
    try {
      let orphan = 0;
      await until("a process that waits for a byte", () => {
        const [launcher] = childrenOf(Deno.pid);
        [orphan = 0] = launcher ? childrenOf(launcher) : [];
        return orphan !== 0 && Deno.readTextFileSync(`/proc/${orphan}/stat`).includes(") S ");
      });
      Deno.kill(childrenOf(Deno.pid)[0]!, "SIGKILL");
      assertEquals((await lost).signal, "SIGKILL");
      const next = new Command("sleep", { ...streams, args: ["0.5"], mapRootUser: true }).output();
      syscall("write", writer, new Uint8Array([1]), 1);
      assertEquals((await next).code, 0);
    } finally {
      syscall("close", reader);
      syscall("close", writer);
    }
  },
);
