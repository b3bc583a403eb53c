import { assert, assertEquals } from "@std/assert";
import { hidepidIn } from "../../inspect/own_proc.ts";
import { requires } from "../requires.ts";
import { AS_USER, run } from "../support/nido.ts";
import { withProc } from "../support/proc.ts";

const MOD = new URL("../../mod.ts", import.meta.url);

/** What an ordinary user's script prints as JSON, where /proc is mounted with these options. */
async function told(options: string, expression: string): Promise<unknown> {
  const code = `
    import * as nido from ${JSON.stringify(MOD.href)};
    const codeOf = (call) => {
      try { call(); return "none"; } catch (error) { return error.code ?? String(error); }
    };
    console.log(JSON.stringify(${expression}));`;
  const words = [Deno.execPath(), "eval", "--no-check", "--quiet", code];
  const { stdout, stderr } = await run([...withProc(options), ...AS_USER, ...words]);
  return JSON.parse(stdout || JSON.stringify(stderr));
}

Deno.test("hidepidIn() reads the option of the last /proc, in words and in numbers", () => {
  const line = (options: string, point = "/proc") =>
    `63 45 0:39 / ${point} rw,relatime - proc proc rw${options}\n`;
  assertEquals(hidepidIn(line("")), undefined);
  assertEquals(hidepidIn(line(",hidepid=off")), undefined);
  assertEquals(hidepidIn(line(",gid=4,hidepid=invisible")), "invisible");
  assertEquals(hidepidIn(line(",hidepid=2")), "invisible");
  assertEquals(hidepidIn(line(",hidepid=1") + line("")), undefined);
  assertEquals(hidepidIn(line("") + line(",hidepid=1") + line("", "/x/proc")), "noaccess");
});

Deno.test(
  "functions that look for processes count what hidepid=noaccess shows nothing of",
  requires({ root: true, programs: ["unshare", "setpriv"] }),
  async () => {
    const { processes, unreadable, hidepid, tree, init, own } = await told(
      "hidepid=1",
      `{
        ...nido.listNamespaces({ types: ["uts"] }),
        tree: nido.processTree().map(({ uid }) => uid),
        init: [nido.pidsOf, nido.namespacesOf, nido.idMaps].map((f) => codeOf(() => f(1))),
        own: nido.pidsOf(Deno.pid)[0] === Deno.pid,
      }`,
      // deno-lint-ignore no-explicit-any -- JSON
    ) as any;
    assertEquals([hidepid, own], ["noaccess", true]);
    assert(unreadable > 0);
    assert(processes.every(({ pid }: { pid: number }) => pid !== 1));
    assert(tree.length > 0 && tree.every((uid: number) => uid !== 0), tree);
    assertEquals(init, ["EACCES", "EACCES", "EACCES"]);
  },
);

Deno.test(
  "functions that look for processes name hidepid=invisible, of which nothing can be counted",
  requires({ root: true, programs: ["unshare", "setpriv"] }),
  async () => {
    const { hidepid, tree } = await told(
      "hidepid=2",
      `{ ...nido.holders(1), tree: nido.processTree().map(({ uid }) => uid) }`,
      // deno-lint-ignore no-explicit-any -- JSON
    ) as any;
    assertEquals(hidepid, "invisible");
    assert(tree.length > 0 && tree.every((uid: number) => uid !== 0), tree);
    // Who is in the group of the mount misses nothing.
    assertEquals(await told("hidepid=2,gid=1000", "nido.holders(1).hidepid ?? null"), null);
  },
);
