// A launch that ends with who has started it.

import { assert, assertEquals } from "@std/assert";
import { requires } from "../../requires.ts";
import { EVERYBODY, inRoot } from "../root/making.ts";
import { type Asked, callsOf, PURE } from "../specs.ts";

const NEEDS = requires({ userNamespaces: true });

/** Starts the launcher, lets it begin, and dies. What it writes ends with the last process that has it. */
const through = ["sh", "-c", '"$0" & sleep 0.5; echo dead; kill -9 $$'];
const SCRIPT = "echo begun; exec sleep 20";

/** Launches with and without a waiter, and a program of another user. */
const LAUNCHES: Readonly<Record<string, Asked>> = {
  "itself": {},
  "its waiter": { fork: true },
  "PID 1": { namespaces: ["pid"], fork: true },
};

for (const who of EVERYBODY) {
  for (const [what, asked] of Object.entries(LAUNCHES)) {
    Deno.test(`as ${who}: the program ends with the parent of ${what}`, NEEDS, async () => {
      const start = performance.now();
      const { signal, stdout } = await inRoot([], SCRIPT, {
        who,
        through,
        asked: { ...asked, dieWithParent: true },
      });
      assertEquals([signal, stdout], ["SIGKILL", "begun\ndead\n"]);
      assert(performance.now() - start < 10_000);
    });
  }
}

Deno.test(
  "who becomes another user ends with the parent, too",
  requires({ root: true }),
  async () => {
    for (const fork of [false, true]) {
      const { stdout } = await inRoot([], SCRIPT, {
        through,
        asked: { setuid: 1000, setgid: 1000, fork, dieWithParent: true },
      });
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
