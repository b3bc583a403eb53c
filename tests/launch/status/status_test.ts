// Descriptors that are told how a launch goes.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { NamespaceType } from "../../../ffi/abi/namespaces.ts";
import { Command } from "../../../mod.ts";
import { requires } from "../../requires.ts";
import { EVERYBODY, inRoot, type Who } from "../root/making.ts";
import { type Asked, problemsIn, PURE } from "../specs.ts";
import { withFolder } from "../../support/folder.ts";

const NEEDS = requires({ userNamespaces: true });
const PROC = { kind: "proc", destination: "/proc" } as const;

Deno.test("what are no descriptors is refused, each with its path", PURE, () => {
  assertEquals(problemsIn({ infoFd: -1, statusFd: 0.5 }), [
    "infoFd | infoFd: not a descriptor: -1",
    "statusFd | statusFd: not a descriptor: 0.5",
  ]);
  assertEquals(problemsIn({ infoFd: 3, fork: false }).length, 1);
});

/** What descriptors 7 and 8 are told. */
async function told(who: Who, script: string, asked: Asked) {
  return await withFolder(async (folder) => {
    const through = ["sh", "-c", `exec "$0" 7>${folder}/info 8>${folder}/status`];
    const { code, stdout, stderr } = await inRoot([PROC], script, {
      who,
      through,
      asked: { infoFd: 7, statusFd: 8, ...asked },
    });
    const read = (name: string): string => Deno.readTextFileSync(`${folder}/${name}`);
    return { code, stdout, stderr, info: read("info"), status: read("status") };
  });
}

const TYPES: readonly NamespaceType[] = ["cgroup", "ipc", "mnt", "net", "pid", "uts"];

for (const who of EVERYBODY) {
  Deno.test(`as ${who}: the PID and the new namespaces are told, and the end`, NEEDS, async () => {
    const script = `for n in ${TYPES.join(" ")}; do readlink /proc/self/ns/$n; done
      test -e /proc/$$/fd/7 -o -e /proc/$$/fd/8 || echo closed; exit 6`;
    const { code, stdout, stderr, info, status } = await told(who, script, { namespaces: TYPES });
    assertEquals([code, stderr], [6, ""]);
    const inodes = [...stdout.matchAll(/\[(\d+)\]/g)].map(([, inode]) => Number(inode));
    const expected = Object.fromEntries(TYPES.map((type, i) => [`${type}-namespace`, inodes[i]]));
    const { "child-pid": pid, ...namespaces } = JSON.parse(info);
    assert(pid > 1);
    assertEquals(namespaces, expected);
    assert(/^\{\n {4}"child-pid": \d+,\n {4}"cgroup-namespace": \d+,\n/.test(info), info);
    const [first, last, rest] = status.split("\n");
    assertEquals(JSON.parse(first!), { "child-pid": pid, ...expected });
    assertEquals([last, rest], ['{ "exit-code": 6 }', ""]);
    assertStringIncludes(stdout, "closed\n");
  });

  Deno.test(`as ${who}: only what is new is told, and a signal as shells do`, NEEDS, async () => {
    const { info, status } = await told(who, "kill -TERM $$", {});
    assertEquals(Object.keys(JSON.parse(info)), ["child-pid", "mnt-namespace"]);
    assertStringIncludes(status, '{ "exit-code": 143 }\n');
  });

  Deno.test(
    `as ${who}: a launch that fails has no exit code, and what cannot be written to is said`,
    NEEDS,
    async () => {
      const missing = { kind: "bind", source: "/no/such/file", destination: "/x" } as const;
      const { status } = await told(who, "exit 7", { newRoot: [missing] });
      assertEquals(status.split("\n").length, 2);
      const unfound = await told(who, "", { program: "/no/such/program" });
      assertEquals([unfound.code, unfound.status.split("\n").length], [127, 2]);
      const closed = await inRoot([], "exit 7", { who, asked: { infoFd: 99 } });
      assertEquals([closed.code, closed.stdout], [1, ""]);
      assertStringIncludes(closed.stderr, "cannot write to descriptor 99: Bad file descriptor");
      // Standard input is for reading: nothing else has been begun, and said to be wrong.
      const reading = await inRoot([missing], "exit 7", { who, asked: { infoFd: 0 } });
      assertEquals(
        [reading.code, reading.stdout, reading.stderr.split("\n")[0]],
        [1, "", "unshare: cannot write to descriptor 0: Bad file descriptor"],
      );
      assert(!reading.stderr.includes("/no/such/file"), reading.stderr);
    },
  );
}

/** Descriptors that are open, but take nothing, and how a launch ends whose waiter writes there. */
const CLOSED_ENDS: readonly (readonly [name: string, opening: string, code: number])[] = [
  ["is full", "7>/dev/full", 1],
  // SIGPIPE is for the waiter, as for bwrap(1).
  ["nobody reads", "6<>fifo 7>fifo 6>&-", 141],
];

for (const who of EVERYBODY) {
  for (const [name, opening, expected] of CLOSED_ENDS) {
    Deno.test(
      `as ${who}: where a descriptor ${name} no program starts that nobody waits for`,
      NEEDS,
      () =>
        withFolder(async (folder) => {
          const script = `cd ${folder}; test -p fifo || mkfifo fifo; exec ${opening}; "$0"; exit`;
          const pid: Asked = { namespaces: ["pid"], init: true };
          for (const asked of [{ infoFd: 7 }, { statusFd: 7 }, { infoFd: 7, ...pid }]) {
            const { code, stdout } = await inRoot([PROC], "echo started", {
              who,
              through: ["sh", "-c", script],
              asked,
            });
            assertEquals([code, stdout], [expected, ""], JSON.stringify(asked));
          }
        }),
    );
  }
}

Deno.test("a Command has its own status, and takes no descriptor for it", () => {
  let error: unknown;
  try {
    new Command("true", { statusFd: 3 } as never).outputSync();
  } catch (thrown) {
    error = thrown;
  }
  assertStringIncludes(String(error), "unknown option: 'statusFd'");
});
