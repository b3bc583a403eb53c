import { assertEquals } from "@std/assert";
import { type ChildProcess, Command, type CommandOptions } from "../../mod.ts";
import { requires } from "../requires.ts";
import { MARK, marked } from "../support/leftovers.ts";
import { until } from "../support/patience.ts";

const INSIDE: CommandOptions = {
  namespaces: ["user", "pid", "mnt"],
  mapRootUser: true,
  mountProc: true,
};
const PLACES = [["outside", {}], ["in namespaces", INSIDE]] as const;

/** Reads a line that the program writes when it is ready. */
async function ready(child: ChildProcess): Promise<void> {
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
}

async function startReady(script: string, options: CommandOptions): Promise<ChildProcess> {
  const child = new Command("sh", { ...options, args: ["-c", script], stdout: "piped" }).spawn();
  await ready(child);
  return child;
}

/** Whether a process has not ended; whoever must reap it may not have done so. */
async function isAlive(pid: number): Promise<boolean> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => ") Z");
  return !/\) [ZX]/.test(stat);
}

/** A tree: a child, a grandchild whose parent is gone, and one in a session of its own. */
const TREE = `sleep 60 & (sh -c 'sleep 61 & sleep 62' &) ; setsid -f sh -c 'sleep 63; :'
  echo ready; wait; sleep 64`;

/** Waits until all six of them are there. */
async function grown(mark: string): Promise<void> {
  await until("the whole tree", () => marked(mark).length >= 6, 1);
}

for (const [where, options] of PLACES) {
  for (const signal of ["SIGTERM", "SIGKILL", "SIGINT"] as const) {
    Deno.test(
      `kill(${signal}) takes the whole tree along ${where}`,
      requires({ userNamespaces: true, programs: ["setsid"] }),
      async () => {
        const mark = `${MARK}=${crypto.randomUUID()}`;
        const env = Object.fromEntries([mark.split("=")]);
        const child = await startReady(TREE, { ...options, env });
        await grown(mark);
        child.kill(signal);
        const { success, code, signal: by } = await child.status;
        const number = { SIGTERM: 15, SIGKILL: 9, SIGINT: 2 }[signal];
        assertEquals([success, code, by], [false, 128 + number, signal]);
        assertEquals(marked(mark), []);
      },
    );
  }

  Deno.test(
    `a program with a handler ends as it likes ${where}`,
    requires({ userNamespaces: true }),
    async () => {
      const script = "trap 'exit 7' TERM; echo ready; while :; do sleep 0.01; done";
      const child = await startReady(script, options);
      child.kill();
      assertEquals((await child.status).code, 7);
    },
  );

  Deno.test(
    `a program that ignores a signal goes on ${where}, and one that is not deadly is just passed on`,
    requires({ userNamespaces: true }),
    async () => {
      const script = `trap '' INT; trap 'echo USR1' USR1; trap 'exit 7' TERM; echo ready
        while :; do sleep 0.01; done`;
      const child = new Command("sh", { ...options, args: ["-c", script], stdout: "piped" })
        .spawn();
      const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
      assertEquals((await reader.read()).value, "ready\n");
      child.kill("SIGINT");
      child.kill(0);
      child.kill("SIGWINCH");
      child.kill("SIGUSR1");
      assertEquals((await reader.read()).value, "USR1\n");
      child.kill("SIGTERM");
      assertEquals((await child.status).code, 7);
      await reader.cancel();
    },
  );

  Deno.test(
    `aborting ends the tree of spawn() ${where}`,
    requires({ userNamespaces: true }),
    async () => {
      const mark = `${MARK}=${crypto.randomUUID()}`;
      const env = Object.fromEntries([mark.split("=")]);
      const controller = new AbortController();
      const child = await startReady(TREE, { ...options, env, signal: controller.signal });
      await grown(mark);
      controller.abort();
      const { code, signal } = await child.status;
      assertEquals([code, signal], [143, "SIGTERM"]);
      assertEquals(marked(mark), []);
    },
  );

  Deno.test(
    `aborting ends output() ${where}, whenever it comes`,
    requires({ userNamespaces: true }),
    async () => {
      for (const delay of [-1, 0, 1, 2, 5, 50]) {
        const mark = `${MARK}=${crypto.randomUUID()}`;
        const env = Object.fromEntries([mark.split("=")]);
        const controller = new AbortController();
        const { signal } = controller;
        if (delay < 0) controller.abort();
        const output = new Command("sleep", { ...options, args: ["60"], env, signal }).output();
        if (delay >= 0) setTimeout(() => controller.abort(), delay);
        const { success, code, signal: by } = await output;
        assertEquals([success, code, by], [false, 143, "SIGTERM"], `after ${delay} ms`);
        assertEquals(marked(mark), []);
      }
    },
  );

  Deno.test(
    `disposing of a child ends it ${where}`,
    requires({ userNamespaces: true }),
    async () => {
      let kept: ChildProcess;
      {
        await using child = new Command("sleep", { ...options, args: ["60"] }).spawn();
        kept = child;
      }
      assertEquals((await kept.status).signal, "SIGTERM");
      await kept[Symbol.asyncDispose]();
    },
  );
}

Deno.test("a tree too large to be listed at once is taken along", async () => {
  const mark = `${MARK}=${crypto.randomUUID()}`;
  const env = Object.fromEntries([mark.split("=")]);
  const script = `for i in $(seq 800); do sleep 60 & done; echo ready; wait`;
  const child = await startReady(script, { env });
  child.kill();
  assertEquals((await child.status).signal, "SIGTERM");
  assertEquals(marked(mark), []);
});

Deno.test("what a program leaves behind when nobody ends it lives on", async () => {
  const mark = `${MARK}=${crypto.randomUUID()}`;
  const env = Object.fromEntries([mark.split("=")]);
  const { code } = await new Command("setsid", {
    args: ["-f", "sleep", "60"],
    env,
    stdout: "null",
    stderr: "null",
  })
    .output();
  assertEquals(code, 0);
  // While it becomes sleep, its environment cannot be read.
  await until("it is there", () => marked(mark).length === 1);
  Deno.kill(Number(marked(mark)[0]), "SIGKILL");
});

Deno.test(
  "a program dies with its launcher",
  requires({ userNamespaces: true }),
  async () => {
    for (const [, options] of PLACES) {
      const child = new Command("sleep", { ...options, args: ["60"] }).spawn();
      const status = await Deno.readTextFile(`/proc/${child.pid}/status`);
      Deno.kill(Number(status.match(/^PPid:\s+(\d+)$/m)![1]), "SIGKILL");
      assertEquals((await child.status).signal, "SIGKILL");
      await until("the program is dead", async () => !await isAlive(child.pid));
    }
  },
);

Deno.test("with fork: false the program takes the launcher's place, and signals are sent to it", async () => {
  const child = new Command("sleep", { args: ["60"], fork: false }).spawn();
  assertEquals(child.pidInside, child.pid);
  const status = await Deno.readTextFile(`/proc/${child.pid}/status`);
  assertEquals(status.match(/^PPid:\s+(\d+)$/m)![1], String(Deno.pid));
  child.kill();
  assertEquals((await child.status).signal, "SIGTERM");
});

Deno.test("unref() lets Deno end before the program, ref() does not", async () => {
  const module = JSON.stringify(new URL("../../mod.ts", import.meta.url));
  const run = async (seconds: string, then: string) => {
    const script = `import { Command } from ${module};
      const child = new Command("sleep", { args: ["${seconds}"], stdin: "null", stdout: "null", stderr: "null" }).spawn();
      ${then}
      addEventListener("unload", () => console.log("Deno's end"));
      child.status.then(() => console.log("the program's end"));`;
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-config", "--no-lock", script],
    }).output();
    return new TextDecoder().decode(stdout);
  };
  assertEquals(await run("60", "child.unref();"), "Deno's end\n");
  assertEquals(
    await run("0.3", "child.unref(); child.ref();"),
    "the program's end\nDeno's end\n",
  );
});
