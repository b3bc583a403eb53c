import { assert, assertEquals, assertMatch } from "@std/assert";
import { Command, type CommandOptions, pidsOf } from "../../mod.ts";
import { requires } from "../requires.ts";
import { until } from "../support/patience.ts";
import { textOf } from "./helpers.ts";

async function nameOf(pid: number): Promise<string> {
  return (await Deno.readTextFile(`/proc/${pid}/comm`)).trim();
}

Deno.test(
  "pid is the program's own, seen from outside, and pidInside seen from inside",
  requires({ userNamespaces: true }),
  async () => {
    for (
      const [options, inside] of [
        [{}, undefined],
        [{ namespaces: ["uts"], mapRootUser: true }, undefined],
        [{ namespaces: ["pid"], mapRootUser: true }, 1],
        [{ namespaces: ["pid"], mapRootUser: true, mountProc: true, hostname: "nest" }, 1],
      ] as const
    ) {
      await using child = new Command("sleep", { ...options, args: ["60"] }).spawn();
      // The kernel closes what closes on exec, which tells that it runs, before it changes the name.
      await until("it has its name", async () => await nameOf(child.pid) === "sleep");
      assertEquals(pidsOf(child.pid).at(-1), child.pidInside);
      assertEquals(child.pidInside, inside ?? child.pid);
    }
  },
);

Deno.test("a program that ends at once has a pid, too", async () => {
  for (let i = 0; i < 20; i++) {
    const child = new Command("true").spawn();
    assert(child.pid > 0 && child.pidInside === child.pid);
    assertEquals((await child.status).code, 0);
  }
});

Deno.test(
  "a command in a command has a pid at every level",
  requires({ userNamespaces: true }),
  async () => {
    const module = JSON.stringify(new URL("../../mod.ts", import.meta.url));
    const script = `import { Command } from ${module};
      const options = { namespaces: ["pid"], mapRootUser: true, mountProc: true };
      const child = new Command("sleep", { ...options, args: ["60"] }).spawn();
      if (Deno.args[0] === "own") {
        const status = Deno.readTextFileSync("/proc/" + child.pid + "/status");
        console.log(status.match(/^NSpid:\\s+(.*)$/m)[1], child.pid, child.pidInside);
      }
      child.kill();
      console.log((await child.status).signal);`;
    for (const mountProc of [true, false]) {
      const { stdout, stderr } = await new Command(Deno.execPath(), {
        args: ["eval", "--no-config", "--no-lock", script, mountProc ? "own" : "others"],
        namespaces: ["pid"],
        mapRootUser: true,
        mountProc,
      }).output();
      const said = textOf(stdout);
      assertEquals(textOf(stderr), "");
      // Where proc is the outer one's, it numbers as that does.
      if (mountProc) {
        const [, own, pid, inside] = said.match(/^(\d+)\t1 (\d+) (\d+)\n/) ?? [];
        assertEquals([own, inside], [pid, "1"]);
      }
      assert(said.endsWith("SIGTERM\n"), said);
    }
  },
);

Deno.test(
  "a program's parent is its launcher, outside of its PID namespace, or with fork: false this process",
  requires({ userNamespaces: true, programs: ["ps"] }),
  async () => {
    const parentOf = async (options: CommandOptions): Promise<string> => {
      const args = ["-c", "echo $PPID; ps -o ppid= -p $PPID || :"];
      return textOf(
        (await new Command("sh", { args, mapRootUser: true, ...options }).output()).stdout,
      );
    };
    const [launcher, own] = (await parentOf({ namespaces: ["user"] })).trim().split(/\s+/);
    assertEquals(own, String(Deno.pid));
    assert(launcher !== own);
    assertMatch(await parentOf({ namespaces: ["pid"] }), /^0\n/);
    assertMatch(await parentOf({ fork: false }), new RegExp(`^${Deno.pid}\n`));
  },
);
