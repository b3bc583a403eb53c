// A launch and who starts it wait for each other by descriptors.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { readable } from "../../../command/channel.ts";
import { memory, syscall } from "../../../ffi/syscall.ts";
import { Command } from "../../../mod.ts";
import { requires } from "../../requires.ts";
import { EVERYBODY, inRoot } from "../root/making.ts";
import { problemsIn, PURE } from "../specs.ts";
import { withFolder } from "../../support/folder.ts";
import { PATIENCE_MS } from "../../support/patience.ts";

const NEEDS = requires({ userNamespaces: true });

Deno.test("what are no descriptors is refused, each with its path", PURE, () => {
  assertEquals(problemsIn({ syncFds: [3, -1], blockFd: 0.5 }), [
    "syncFds[1] | syncFds[1]: not a descriptor: -1",
    "blockFd | blockFd: not a descriptor: 0.5",
  ]);
  assertEquals(problemsIn({ syncFds: [3], fork: false }).length, 1);
});

for (const who of EVERYBODY) {
  Deno.test(
    `as ${who}: the program starts when a byte comes, or the end`,
    NEEDS,
    () =>
      withFolder(async (folder) => {
        for (const release of ["echo", "true"]) {
          const script = `mkfifo "${folder}/${release}"
          (sleep 0.3; echo released; ${release} >&3) > "${folder}/${release}.out" 3> "${folder}/${release}" &
          exec "$0" 7< "${folder}/${release}"`;
          const { code, stdout, stderr } = await inRoot(
            [{ kind: "bind", source: folder, destination: "/f" }, {
              kind: "proc",
              destination: "/proc",
            }],
            `cat /f/${release}.out; test -e /proc/$$/fd/7 || echo closed`,
            { who, through: ["sh", "-c", script], asked: { blockFd: 7 } },
          );
          assertEquals({ code, stdout, stderr }, {
            code: 0,
            stdout: "released\nclosed\n",
            stderr: "",
          });
        }
      }),
  );

  Deno.test(
    `as ${who}: a descriptor stays open until the program has ended, and it has none`,
    NEEDS,
    async () => {
      const through = [
        ...["sh", "-c"],
        // The pipe ends when the waiter does.
        '{ "$0" 7>&1 >&2; echo "status $?" >&2; } | { cat; echo end >&2; }',
      ];
      const { stderr } = await inRoot(
        [{ kind: "proc", destination: "/proc" }],
        'exec >&2; test -e /proc/$$/fd/7 || echo "not the program\'s"; sleep 0.3; echo ends; exit 7',
        { who, through, asked: { syncFds: [7] } },
      );
      assertEquals(stderr, "not the program's\nends\nstatus 7\nend\n");
    },
  );

  Deno.test(`as ${who}: descriptors that are not open are said`, NEEDS, async () => {
    const block = await inRoot([], "exit 7", { who, asked: { blockFd: 99 } });
    assertEquals(block.code, 1);
    assertStringIncludes(block.stderr, "cannot read from descriptor 99: Bad file descriptor");
    const sync = await inRoot([], "exit 7", { who, asked: { syncFds: [99] } });
    assertEquals(sync.code, 1);
    assertStringIncludes(sync.stderr, "cannot close descriptor 99: Bad file descriptor");
  });
}

for (const namespaces of [[], ["pid"]] as const) {
  const where = namespaces.length === 0 ? "in no PID namespace of its own" : "in a PID namespace";
  Deno.test(
    `a Command's waiter keeps a descriptor, and closes all others, ${where}`,
    NEEDS,
    async () => {
      const pipe = (): [reader: number, writer: number] => {
        const ends = memory(8);
        syscall("pipe2", ends, 0);
        const view = new DataView(ends.buffer);
        return [view.getInt32(0, true), view.getInt32(4, true)];
      };
      const [[other, theirs], [kept, mine], [last, its]] = [pipe(), pipe(), pipe()];
      const child = new Command("bash", {
        args: [
          "-c",
          `for fd in ${theirs} ${its}; do eval "exec $fd>&-"; done
        test -e /proc/$$/fd/${mine} || echo none; read line`,
        ],
        namespaces,
        mapRootUser: true,
        syncFds: [mine],
        stdin: "piped",
        stdout: "piped",
      }).spawn();
      for (const fd of [theirs, mine, its]) syscall("close", fd);
      // The program lets go of the others.
      const hasEnded = (fds: readonly number[], ms: number): boolean[] => readable(fds, ms);
      assertEquals([hasEnded([other], PATIENCE_MS), hasEnded([last], PATIENCE_MS)], [[true], [
        true,
      ]]);
      assertEquals(hasEnded([kept], 100), [false]);
      const writer = child.stdin.getWriter();
      await writer.write(new TextEncoder().encode("go\n"));
      await writer.close();
      const { code, stdout } = await child.output();
      assertEquals([code, new TextDecoder().decode(stdout)], [0, "none\n"]);
      assertEquals(hasEnded([kept], PATIENCE_MS), [true]);
      for (const fd of [other, kept, last]) syscall("close", fd);
    },
  );
}
