// The binary's nsenter becomes its copy at the first word that says that those inside may see it.

import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { requires } from "../requires.ts";
import { withFolder } from "../support/folder.ts";
import { NIDO, run, shell } from "../support/nido.ts";
import { startTarget } from "../support/target.ts";

const NEEDS = requires({ root: true, front: true, programs: ["strace", "unshare"] });

/** The calls of nsenter with these words, until Deno or the program is there. */
async function callsOf(...words: readonly string[]): Promise<string[]> {
  return await withFolder(async (folder) => {
    const file = `${folder}/trace`;
    await run(["strace", "-o", file, ...NIDO, "nsenter", ...words]);
    return Deno.readTextFileSync(file).split("\n");
  });
}

const indexOf = (calls: readonly string[], part: string): number =>
  calls.findIndex((call) => call.includes(part));

Deno.test("what joins is a copy before its target is looked at, and once", NEEDS, async () => {
  await using target = await startTarget("-m");
  const calls = await callsOf("-t", `${target.pid}`, "-m", "true");
  assertEquals(calls.filter((call) => call.startsWith("execveat(")).length, 1);
  const copy = indexOf(calls, "execveat(");
  assertMatch(calls[copy - 1]!, /F_ADD_SEALS/);
  assertEquals(indexOf(calls, "geteuid") > copy, true);
});

Deno.test("what those inside do not see is no copy", NEEDS, async () => {
  await using target = await startTarget("-n");
  const calls = await callsOf("-t", `${target.pid}`, "-n", "-F", "true");
  assertEquals(indexOf(calls, "execveat("), -1);
});

for (
  const words of ["-m --help", "-m --nothing", "-t 1 -p -S nobody_is_called_so true", "-aX", "-m"]
) {
  Deno.test(
    `nsenter ${words}: a copy leaves it to Deno, with nothing more open`,
    NEEDS,
    async () => {
      const [left, own] = await Promise.all(
        ["NIDO_FRONT=0", "A=0"].map((variable) =>
          run(["env", variable, ...NIDO, "nsenter", ...words.split(" ")])
        ),
      );
      assertEquals(own, left);
      const calls = await callsOf(...words.split(" "));
      const again = calls.findLastIndex((call) => call.startsWith("execveat("));
      assertStringIncludes(calls[again]!, '"nsenter"');
      const [, binary] = /^execveat\((\d+)/.exec(calls[again]!)!;
      assertStringIncludes(calls[again - 1]!, `fcntl(${binary}, F_SETFD, FD_CLOEXEC)`);
    },
  );
}

Deno.test(
  "nsenter leaves words to Deno where one descriptor alone can be opened",
  NEEDS,
  async () => {
    const said = (variable: string) =>
      shell(`ulimit -Sn 4; ${variable} exec "$@" nsenter -m --nothing`, NIDO, { with: "bash" });
    const [left, own] = [await said("NIDO_FRONT=0"), await said("A=0")];
    assertEquals(own, left);
    assertStringIncludes(own.stderr, "cannot start Deno: it needs 13 open files");
  },
);

const LIMITS: Readonly<Record<string, string>> = {
  "one descriptor alone can be opened": "ulimit -Sn 4",
  "files may not become large": "ulimit -Sf 1",
  "standard streams are closed": "exec <&- >&-",
};
for (const [why, limit] of Object.entries(LIMITS)) {
  Deno.test(
    `nsenter joins where ${why}, and its program has no descriptor more`,
    NEEDS,
    async () => {
      await using target = await startTarget("-m");
      await withFolder(async (folder) => {
        const script = `exec 2>${folder}/links; ${limit}; exec "$@" nsenter -t ${target.pid} -m \\
        sh -c 'ulimit -n 64; for fd in /proc/$$/fd/*; do readlink $fd >&2; done; true'`;
        const { code } = await shell(script, NIDO, { with: "bash" });
        const links = Deno.readTextFileSync(`${folder}/links`);
        assertStringIncludes(links, `${folder}/links`);
        assertEquals([code, /nido|memfd/.exec(links.replaceAll(folder, ""))], [0, null], links);
      });
    },
  );
}
