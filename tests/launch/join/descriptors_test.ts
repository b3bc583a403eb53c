// Namespaces that are joined by descriptors of the launch.

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { requires } from "../../requires.ts";
import { EVERYBODY, inRoot, type Who } from "../root/making.ts";
import { type Asked, callsOf, problemsIn, PURE } from "../specs.ts";

const NEEDS = requires({ userNamespaces: true, programs: ["pgrep", "unshare"] });
const PROC = { kind: "proc", destination: "/proc" } as const;

Deno.test("what are no descriptors of namespaces is refused, each with its path", PURE, () => {
  assertEquals(problemsIn({ join: { descriptors: { user: -1, net: 0.5 }, target: 4 } }), [
    "join.descriptors.user | join.descriptors.user: not a descriptor: -1",
    "join.descriptors.net | join.descriptors.net: not a descriptor: 0.5",
    "join.target | join.descriptors and join.target exclude each other",
  ]);
});

Deno.test("a PID namespace is for children, so a waiter starts the program", PURE, () => {
  const calls = callsOf({ join: { descriptors: { pid: 7 } } });
  assertEquals(calls.some((call) => call.startsWith("main: clone(")), true);
});

/** Launches with the namespaces of another process: user 7, PID 8, network 9. What it is comes first. */
async function joining(who: Who, script: string, asked: Asked) {
  const through = [
    ...["sh", "-c"],
    `unshare -Urpn --fork --kill-child sleep 30 & trap 'kill -KILL $!' EXIT; sleep 0.4; p=$(pgrep -P $!)
    for type in user pid net; do readlink /proc/$p/ns/$type; done
    "$0" 7</proc/$p/ns/user 8</proc/$p/ns/pid 9</proc/$p/ns/net`,
  ];
  const { code, stdout, stderr } = await inRoot([PROC], script, {
    who,
    through,
    asked: { mapUser: undefined, mapGroup: undefined, ...asked } as Asked,
  });
  const lines = stdout.trimEnd().split("\n");
  return { code, stderr, theirs: lines.slice(0, 3), seen: lines.slice(3) };
}

const SEEN = "for type in user pid net; do readlink /proc/self/ns/$type; done; echo $$; id -u";

for (const who of EVERYBODY) {
  Deno.test(`as ${who}: user, PID and network namespaces are joined`, NEEDS, async () => {
    const { code, stderr, theirs, seen } = await joining(who, SEEN, {
      join: { descriptors: { user: 7, pid: 8, net: 9 } },
    });
    assertEquals([code, stderr], [0, ""]);
    assertEquals(seen.slice(0, 3), theirs);
    assertMatch(seen[3]!, /^[2-9]$/);
    assertEquals(seen[4], "0");
  });

  Deno.test(`as ${who}: new namespaces are made below those that are joined`, NEEDS, async () => {
    const { code, stderr, theirs, seen } = await joining(who, SEEN + "; exit 5", {
      join: { descriptors: { user: 7, pid: 8 } },
      namespaces: ["user", "pid"],
      mapUser: 1000,
      mapGroup: 1000,
    });
    assertEquals([code, stderr], [5, ""]);
    assertEquals(seen.slice(0, 2).some((one, i) => one === theirs[i]), false);
    assertEquals(seen.slice(3), ["1", "1000"]);
  });

  Deno.test(`as ${who}: a PID 1 may be below a PID namespace that is joined`, NEEDS, async () => {
    const script = "echo $$ $PPID; (exec true); kill -TERM $$";
    const { code, stderr, seen } = await joining(who, script, {
      join: { descriptors: { user: 7, pid: 8 } },
      namespaces: ["pid"],
      init: true,
      exitsAsShell: true,
      dieWithParent: true,
    });
    assertEquals([code, stderr, seen], [143, "", ["2 1"]]);
  });

  Deno.test(`as ${who}: what is no such namespace is said`, NEEDS, async () => {
    for (
      const [descriptors, message] of [
        [{ user: 9 }, "cannot join what descriptor 9 has as user namespace: Invalid argument"],
        [{ user: 99 }, "cannot join the user namespace of descriptor 99: Bad file descriptor"],
        [{ pid: 7 }, "cannot join the pid namespace of descriptor 7: Invalid argument"],
      ] as const
    ) {
      const { code, stderr } = await joining(who, "echo", { join: { descriptors } });
      assertEquals(code, 1);
      assertStringIncludes(stderr, message);
    }
  });
}
