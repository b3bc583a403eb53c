// Waiting for children that clone() has started, many at once, and beside those of Deno.

import { assert, assertEquals } from "@std/assert";
import { clone } from "../../../mod.ts";
import { requires } from "../../requires.ts";
import { until } from "../../support/patience.ts";
import { run, shown } from "../../support/script.ts";
import { openFds, SANDBOX, sh, statusLine } from "./clones.ts";

const userns = requires({ userNamespaces: true });

const FFI = new URL("../../../ffi/", import.meta.url).href;

/** Each read(2) takes one. @see eventfd(2) */
const EFD_SEMAPHORE = 1;

Deno.test(
  "other work goes on while a child is waited for, whatever it is doing",
  userns,
  async () => {
    const path = await Deno.makeTempFile({ prefix: "nido-clone-" });
    // It gives up in the end: then nothing else has gone on.
    const script =
      `i=0; until [ -s "$0" ]; do [ $((i += 1)) -lt 2000 ] || exit 9; sleep 0.01; done`;
    try {
      for (const spec of [{}, SANDBOX]) {
        await Deno.truncate(path);
        const child = clone(sh(script, { ...spec, argv: ["sh", "-c", script, path] }));
        let ticks = 0;
        const timer = setInterval(() => {
          if (++ticks === 10) Deno.writeTextFileSync(path, "go");
        }, 10);
        const { code } = await child.status;
        clearInterval(timer);
        assertEquals(code, 0);
      }
    } finally {
      await Deno.remove(path);
    }
  },
);

Deno.test(
  "200 clones at once give each its own status and leave nothing open",
  userns,
  async () => {
    const before = openFds();
    for (const spec of [{}, SANDBOX]) {
      const plans = Array.from({ length: 8 }, (_, i) => sh(`exit ${i}`, spec));
      const children = Array.from({ length: 200 }, (_, i) => clone(plans[i % 8]!));
      assertEquals(new Set(children.map(({ pidfd }) => pidfd)).size, 200);
      const codes = await Promise.all(children.map(async ({ status }) => (await status).code));
      assertEquals(codes, codes.map((_, i) => i % 8));
    }
    assertEquals(openFds(), before);
  },
);

Deno.test("waiting for many children takes one thread, not one for each", async () => {
  // Its status tells that all children before it are waited for.
  const oneMore = async (): Promise<void> => {
    let hasEnded = false;
    clone(sh("exit 0")).status.then(() => hasEnded = true);
    await until("the status of one more", () => hasEnded);
  };
  const threads = (): number => Number(statusLine("Threads"));
  const sleepers = [clone(sh("exec sleep 100"))];
  try {
    await oneMore();
    const before = threads();
    for (let i = 0; i < 100; i++) sleepers.push(clone(sh("exec sleep 100")));
    await oneMore();
    const more = threads() - before;
    assert(more < 10, `${more} more threads`);
  } finally {
    for (const child of sleepers) child.kill("SIGKILL");
  }
  for (const { status } of sleepers) assertEquals((await status).signal, "SIGKILL");
});

Deno.test("clone() and Deno.Command do not take each other's statuses", async () => {
  const plans = Array.from({ length: 60 }, (_, i) => sh(`sleep 0.0${i % 7}; exit ${i}`));
  const codes = await Promise.all(plans.map(async (plan, i) => {
    const cloned = clone(plan).status;
    const args = ["-c", `sleep 0.0${i % 5}; exit ${i + 100}`];
    const spawned = new Deno.Command("sh", { args }).spawn().status;
    return [(await cloned).code, (await spawned).code];
  }));
  assertEquals(codes, codes.map((_, i) => [i, i + 100]));
});

Deno.test("a parent that ignores SIGCHLD gets no status, and is told", async () => {
  const values = await shown(
    `
    const spec = { name: "t", program: "true", argv: ["true"], namespaces: [] };
    const child = nido.clone(nido.compile(spec));
    show(await attempt(() => child.status));
    show(await attempt(() => child.pidfd));
  `,
    { under: ["env", "--ignore-signal=CHLD"] },
  );
  assertEquals(values, ["ECHILD", "TypeError"]);
});

Deno.test("status of a child that nobody asks for is no unhandled rejection", async () => {
  const { code, stderr } = await run(
    `
    const spec = { name: "t", program: "true", argv: ["true"], namespaces: [] };
    nido.clone(nido.compile(spec));
  `,
    { under: ["env", "--ignore-signal=CHLD"] },
  );
  assertEquals([code, stderr], [0, ""]);
});

Deno.test(
  "clone() starts no thread, so that setns() can go back from unshare(CLONE_NEWPID)",
  requires({ root: true }),
  async () => {
    const values = await shown(`
      const { memory, syscall, syscallElsewhere } = await import("${FFI}syscall.ts");
      const spec = { name: "t", program: "sh", argv: ["sh", "-c", "exit $$"], namespaces: [] };
      const plan = nido.compile(spec);
      // The threads that Deno has are not free to wait for a child.
      const semaphore = syscall("eventfd2", 0, ${EFD_SEMAPHORE});
      const busy = Array.from({ length: 16 }, () => syscallElsewhere("read", semaphore, memory(8), 8));
      nido.unshare(nido.CLONE_NEWPID);
      const child = nido.clone(plan);
      nido.setns("/proc/self/ns/pid");
      show((await child.status).code);
      const count = memory(8);
      count[0] = busy.length;
      syscall("write", semaphore, count, count.length);
      await Promise.all(busy);
    `);
    assertEquals(values, [1]);
  },
);
