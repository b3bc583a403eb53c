import { assertEquals, assertStringIncludes } from "@std/assert";
import { requires } from "../../requires.ts";
import { EVERYBODY, inRoot, seenIn } from "../root/making.ts";
import type { Asked } from "../specs.ts";

const NEEDS = requires({ userNamespaces: true });
const IDS = { mapUser: "current", mapGroup: "current" } as const;

/** Whether the program is in another namespace of this type than the tests. */
async function isNew(type: string, asked: Asked, who = EVERYBODY[0]!): Promise<boolean> {
  const script = `readlink /proc/self/ns/${type}`;
  const inode = await seenIn([{ kind: "proc", destination: "/proc" }], script, { who, asked });
  return inode.trim() !== Deno.readLinkSync(`/proc/self/ns/${type}`);
}

for (const who of EVERYBODY) {
  const isRoot = who === "root";

  Deno.test(
    `as ${who}: a rootless launch has a user namespace unless root starts it`,
    NEEDS,
    async () => {
      const asked = { ...IDS, rootless: true };
      assertEquals(await isNew("user", asked, who), !isRoot);
      assertEquals(await isNew("user", { ...asked, namespaces: ["user"] }, who), true);
    },
  );

  Deno.test(
    `as ${who}: a rootless launch gives no capabilities but root's own`,
    NEEDS,
    async () => {
      const script = "grep -E '^Cap(Eff|Bnd)' /proc/self/status";
      const proc = [{ kind: "proc", destination: "/proc" }] as const;
      const asked = { ...IDS, rootless: true };
      const seen = await seenIn(proc, script, { who, asked });
      const own = isRoot ? await seenIn(proc, script, { who }) : null;
      assertEquals(seen, own ?? "CapEff:\t0000000000000000\nCapBnd:\t0000000000000000\n");
      const kill = await seenIn(proc, script, {
        who,
        asked: { ...asked, capabilities: [{ drop: "all" }, { add: "kill" }] },
      });
      assertEquals(kill, "CapEff:\t0000000000000020\nCapBnd:\t0000000000000020\n");
    },
  );

  Deno.test(`as ${who}: namespaces are tried where there are some`, NEEDS, async () => {
    const asked = { ...IDS, rootless: true, tryNamespaces: ["user", "cgroup"] } as const;
    assertEquals(await isNew("user", asked, who), true);
    assertEquals(await isNew("cgroup", asked, who), true);
  });

  Deno.test(`as ${who}: another id needs a user namespace`, NEEDS, async () => {
    const { code, stdout, stderr } = await inRoot([], "id -u", {
      who,
      asked: { mapUser: 5, mapGroup: "current", rootless: true },
    });
    if (!isRoot) return assertEquals([code, stdout, stderr], [0, "5\n", ""]);
    assertEquals([code, stdout], [1, ""]);
    assertStringIncludes(stderr, "another user id needs a new user namespace");
  });
}
