import { assert, assertEquals } from "@std/assert";
import { Command, type CommandOptions } from "../../mod.ts";
import { requires } from "../requires.ts";
import { until } from "../support/patience.ts";
import { textOf } from "./helpers.ts";

const INSIDE: CommandOptions = {
  namespaces: ["user", "pid", "mnt", "uts", "ipc"],
  mapRootUser: true,
  mountProc: true,
};

const descriptors = (): number => [...Deno.readDirSync("/proc/self/fd")].length;

Deno.test(
  "a hundred at once all do their work, and leave no descriptor, process or zombie",
  requires({ userNamespaces: true }),
  async () => {
    const run = async (count: number): Promise<void> => {
      const codes = await Promise.all(Array.from({ length: count }, async (_, i) => {
        const command = new Command("sh", { ...INSIDE, args: ["-c", `exit ${i}`] });
        return (i % 2 ? await command.output() : await command.spawn().status).code;
      }));
      assertEquals(codes, Array.from({ length: count }, (_, i) => i));
    };
    await run(2);
    const before = descriptors();
    await run(100);
    assertEquals(descriptors(), before);
    assertEquals(await Deno.readTextFile(`/proc/self/task/${Deno.pid}/children`), "");
  },
);

Deno.test(
  "a launcher that waits holds less than 64 KiB",
  requires({ userNamespaces: true }),
  async () => {
    const command = new Command("sleep", { ...INSIDE, args: ["60"] });
    const children = Array.from({ length: 10 }, () => command.spawn());
    try {
      for (const { pid } of children) {
        const status = await Deno.readTextFile(`/proc/${pid}/status`);
        const launcher = status.match(/^PPid:\s+(\d+)$/m)![1];
        assertEquals((await Deno.readTextFile(`/proc/${launcher}/comm`)).trim(), "nido");
        const memory = await Deno.readTextFile(`/proc/${launcher}/smaps_rollup`);
        const pss = Number(memory.match(/^Pss:\s+(\d+) kB$/m)![1]);
        assert(pss > 0 && pss < 64, `${pss} KiB`);
        const open = [...Deno.readDirSync(`/proc/${launcher}/fd`)].map(({ name }) => name);
        assert(open.length <= 1, `the launcher has descriptors ${open}`);
      }
    } finally {
      await Promise.all(children.map((child) => child[Symbol.asyncDispose]()));
    }
  },
);

Deno.test(
  "commands work in a worker, which leaves no descriptor when it ends",
  requires({ userNamespaces: true }),
  async () => {
    const module = JSON.stringify(new URL("../../mod.ts", import.meta.url));
    const source = `import { Command } from ${module};
      const { code } = await new Command("sh", { args: ["-c", "exit $(($$ + 4))"],
        namespaces: ["pid"], mapRootUser: true }).output();
      postMessage(code);`;
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    const ofLaunches = (): string[] =>
      [...Deno.readDirSync("/proc/self/fd")].flatMap(({ name }) => {
        try {
          return [Deno.readLinkSync(`/proc/self/fd/${name}`)];
        } catch {
          return [];
        }
      }).filter((file) => /^(pipe|\/memfd:nido)/.test(file)).sort();
    const before = ofLaunches();
    const worker = new Worker(url, { type: "module" });
    const code = await new Promise((resolve) => worker.onmessage = ({ data }) => resolve(data));
    worker.terminate();
    URL.revokeObjectURL(url);
    assertEquals(code, 5);
    await until("the worker's descriptors are closed", () => ofLaunches().join() === before.join());
  },
);

Deno.test("six hundred launches with output() grow little more than Deno's own", async () => {
  /** By how many KiB the memory of a Deno grows, when what V8 may collect is gone. */
  const growth = async (kind: string): Promise<number> => {
    const module = JSON.stringify(new URL("../../mod.ts", import.meta.url));
    const script = `import { Command } from ${module};
      const run = async (count) => {
        for (let i = 0; i < count; i++) await new ${kind}("true").output();
        gc();
        return Deno.memoryUsage().rss / 1024;
      };
      console.log(-await run(200) + await run(600));`;
    const args = ["eval", "--no-config", "--no-lock", "--v8-flags=--expose-gc", script];
    return Number(textOf((await new Deno.Command(Deno.execPath(), { args }).output()).stdout));
  };
  // What else the processors have to do changes it a little: what grows does so always, here by 12 KiB each.
  const told: string[] = [];
  for (let tries = 0; tries < 3; tries++) {
    const [own, denos] = [await growth("Command"), await growth("Deno.Command")];
    if (own < denos + 7 * 1024) return;
    told.push(`${own} KiB, Deno's ${denos} KiB`);
  }
  throw new Error(told.join("; "));
});
