// Filters of a program's system calls, and that executing a file gives no privileges.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { Command } from "../../../mod.ts";
import { requires } from "../../requires.ts";
import { filterAgainst } from "../../support/filter.ts";
import { EVERYBODY, inRoot, type Started } from "../root/making.ts";
import { problemsIn, PURE } from "../specs.ts";
import { withFolder } from "../../support/folder.ts";

const NEEDS = requires({ userNamespaces: true });
const NO_MKDIR = filterAgainst({ syscall: "mkdirat" });
const NO_UNAME = filterAgainst({ syscall: "uname" });

Deno.test("filters that cannot be are refused, each with its path", PURE, () => {
  const wrong = (seccomp: unknown) => problemsIn({ seccomp: seccomp as never });
  assertEquals(
    wrong([new Uint8Array(7), new Uint8Array(), new Uint8Array(8 * 4097), { fd: -1 }]),
    [
      "seccomp[0] | seccomp[0]: not 1 to 4096 instructions of 8 bytes: 7 bytes",
      "seccomp[1] | seccomp[1]: not 1 to 4096 instructions of 8 bytes: 0 bytes",
      "seccomp[2] | seccomp[2]: not 1 to 4096 instructions of 8 bytes: 32776 bytes",
      "seccomp[3].fd | seccomp[3].fd: not a descriptor: -1",
    ],
  );
  assertEquals(wrong(["x"]).length, 1);
});

for (const who of EVERYBODY) {
  const inside = async (options: Started): Promise<string> => {
    const { code, stdout, stderr } = await inRoot(
      [{ kind: "proc", destination: "/proc" }],
      SCRIPT,
      {
        who,
        ...options,
      },
    );
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    return stdout;
  };
  const SCRIPT = `grep -E '^(NoNewPrivs|Seccomp)' /proc/self/status | tr -d '\\t'
    uname 2>&1 | grep -o 'cannot.*'; ls /proc/$$/fd | grep -c '^[78]$'; true`;

  Deno.test(`as ${who}: without filters nothing is refused`, NEEDS, async () => {
    assertStringIncludes(await inside({}), "NoNewPrivs:0\nSeccomp:0\nSeccomp_filters:0\n");
    const seen = await inside({ asked: { noNewPrivs: true } });
    assertStringIncludes(seen, "NoNewPrivs:1\nSeccomp:0\n");
  });

  Deno.test(`as ${who}: a filter refuses what it says, and new privileges`, NEEDS, async () => {
    const seen = await inside({ asked: { seccomp: [NO_UNAME] } });
    assertEquals(
      seen,
      "NoNewPrivs:1\nSeccomp:2\nSeccomp_filters:1\ncannot get system name: Operation not permitted\n0\n",
    );
  });

  Deno.test(
    `as ${who}: filters come from descriptors, which are closed`,
    NEEDS,
    () =>
      withFolder(async (folder) => {
        Deno.writeFileSync(`${folder}/mkdir`, NO_MKDIR);
        Deno.writeFileSync(`${folder}/uname`, NO_UNAME);
        const through = ["sh", "-c", `exec "$0" "$@" 7<${folder}/mkdir 8<${folder}/uname`];
        const asked = { seccomp: [{ fd: 7 }, { fd: 8 }] };
        const seen = await inside({ through, asked });
        assertStringIncludes(seen, "Seccomp_filters:2\n");
        assertStringIncludes(seen, "cannot get system name: Operation not permitted\n0\n");
      }),
  );

  Deno.test(`as ${who}: what is no filter is refused`, NEEDS, () =>
    withFolder(async (folder) => {
      const refused = async (bytes: Uint8Array, said: string): Promise<void> => {
        Deno.writeFileSync(`${folder}/filter`, bytes);
        const through = ["sh", "-c", `exec "$0" "$@" 7<${folder}/filter`];
        const options = { who, through, asked: { seccomp: [{ fd: 7 }] } };
        const { code, stderr } = await inRoot([], "exit 7", options);
        assertEquals(code, 1);
        assertStringIncludes(stderr, said);
      };
      const isNone = "what descriptor 7 has is no filter: ";
      await refused(new Uint8Array(7), `${isNone}not a multiple of 8 bytes`);
      await refused(new Uint8Array(8 * 4097), `${isNone}more than 4096 instructions`);
      const noProgram = "cannot set a filter of system calls: it is no program: Invalid argument";
      await refused(new Uint8Array(), noProgram);
      await refused(new Uint8Array(8), noProgram);
      const { stderr } = await inRoot([], "exit 7", { who, asked: { seccomp: [{ fd: 99 }] } });
      assertStringIncludes(stderr, "cannot read a filter from descriptor 99: Bad file descriptor");
    }));
}

for (const who of EVERYBODY) {
  Deno.test(
    `as ${who}: a filter that both PID 1 and the program are refused is said, once`,
    NEEDS,
    async () => {
      // Eight bytes of zeros end with no verdict. PID 1 may be refused first, and must not take the program with it.
      const asked = { namespaces: ["pid"], init: true, seccomp: [new Uint8Array(8)] } as const;
      for (let i = 0; i < 30; i++) {
        const { code, stderr } = await inRoot([], "exit 7", { who, asked });
        const lines = stderr.split("\n").filter((line) => line.includes("cannot set a filter"));
        assertEquals([code, lines.length], [1, 1], stderr);
      }
    },
  );
}

Deno.test("a Command takes filters as bytes", NEEDS, async () => {
  const { code, stdout } = await new Command("uname", {
    seccomp: [NO_UNAME],
    stderr: "null",
  }).output();
  assertEquals([code, new TextDecoder().decode(stdout)], [1, ""]);
});
