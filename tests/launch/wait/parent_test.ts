// A launch that ends with who has started it.

import { assertEquals } from "@std/assert";
import { requires } from "../../requires.ts";
import { withFolder } from "../../support/folder.ts";
import type { Outcome } from "../../support/nido.ts";
import { EVERYBODY, inRoot, type Who } from "../root/making.ts";
import { type Asked, callsOf, PURE } from "../specs.ts";

const NEEDS = requires({ userNamespaces: true });

/**
 * Starts the launcher, lets its program begin, and dies. What it writes ends with the last process that has it:
 * a program that lives on takes longer than a test may.
 */
const orphaned = (asked: Asked, who?: Who): Promise<Outcome> =>
  withFolder((folder) => {
    const script =
      `"$0" & until test -e ${folder}/begun; do sleep 0.05; done; echo dead; kill -9 $$`;
    const bind = { kind: "bind", source: folder, destination: "/f" } as const;
    return inRoot([bind], "echo begun; : > /f/begun; exec sleep 1000", {
      ...who && { who },
      through: ["sh", "-c", script],
      asked: { ...asked, dieWithParent: true },
    });
  });

/** Launches with and without a waiter, and a program of another user. */
const LAUNCHES: Readonly<Record<string, Asked>> = {
  "itself": {},
  "its waiter": { fork: true },
  "PID 1": { namespaces: ["pid"], fork: true },
};

for (const who of EVERYBODY) {
  for (const [what, asked] of Object.entries(LAUNCHES)) {
    Deno.test(`as ${who}: the program ends with the parent of ${what}`, NEEDS, async () => {
      const { signal, stdout } = await orphaned(asked, who);
      assertEquals([signal, stdout], ["SIGKILL", "begun\ndead\n"]);
    });
  }
}

Deno.test(
  "who becomes another user ends with the parent, too",
  requires({ root: true }),
  async () => {
    for (const fork of [false, true]) {
      const { stdout } = await orphaned({ setuid: 1000, setgid: 1000, fork });
      assertEquals(stdout, "begun\ndead\n");
    }
  },
);

Deno.test("a launch whose parent is still there when all is set goes on", NEEDS, async () => {
  const { code } = await inRoot([], "exit 7", { asked: { dieWithParent: true } });
  assertEquals(code, 7);
});

Deno.test("a waiter that dies with its parent takes the program with it", PURE, () => {
  const calls = callsOf({ fork: true, dieWithParent: true }).filter((call) =>
    call.includes("PDEATH")
  );
  assertEquals(calls, [
    "main: prctl(PR_SET_PDEATHSIG, SIGKILL)",
    "child: prctl(PR_SET_PDEATHSIG, SIGKILL)",
  ]);
});
