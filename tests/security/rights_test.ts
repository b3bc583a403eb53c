// Rights that a program could gain in a root of its own: by groups, capabilities, and the caller's terminal.

import { assert, assertEquals } from "@std/assert";
import type { RootOperation } from "../../launch/root/spec.ts";
import { EVERYBODY, inRoot, seenIn } from "../launch/root/making.ts";
import { requires } from "../requires.ts";
import { run, USER_ID } from "../support/nido.ts";
import { withFolder } from "../support/folder.ts";

const PROC: RootOperation = { kind: "proc", destination: "/proc" };
const ROOT_INSIDE = { mapUser: 0, mapGroup: 0 } as const;

// CVE-2014-8989: who leaves a group reads what is kept from that group alone.
Deno.test(
  "nobody leaves a group by a launch",
  requires({ root: true, userNamespaces: true, programs: ["setpriv"] }),
  () =>
    withFolder(async (folder) => {
      const file = `${folder}/file`;
      Deno.writeTextFileSync(file, "secret\n");
      Deno.chownSync(file, 0, 4242);
      Deno.chmodSync(file, 0o604);
      const as = (...groups: string[]) => [
        ...["setpriv", `--reuid=${USER_ID}`, `--regid=${USER_ID}`, ...groups],
      ];
      const member = as("--groups=4242");
      assertEquals((await run([...member, "cat", file])).stdout, "");
      assertEquals((await run([...as("--clear-groups"), "cat", file])).stdout, "secret\n");
      const { stdout } = await inRoot(
        [PROC, { kind: "bind", source: folder, destination: "/w" }],
        "cat /proc/self/setgroups; cat /w/file; setpriv --clear-groups cat /w/file",
        { through: member, asked: ROOT_INSIDE },
      );
      assertEquals(stdout, "deny\n");
    }),
);

for (const who of EVERYBODY) {
  // CVE-2020-5291 and CVE-2016-8659 of bubblewrap: capabilities that should be gone are not.
  Deno.test(
    `as ${who}: capabilities that are dropped are in no set, and are not had again by root inside`,
    requires({ userNamespaces: true }),
    async () => {
      const script =
        "grep Cap /proc/self/status | cut -f2; hostname changed 2>/dev/null && echo set";
      const asked = { ...ROOT_INSIDE, namespaces: ["uts"] } as const;
      const dev: RootOperation = { kind: "dev", destination: "/dev" };
      const scene = await seenIn([PROC, dev], `${script}; exit 0`, { who, asked });
      assert(scene.endsWith("set\n"), scene);
      const { stdout } = await inRoot([PROC, dev], script, {
        who,
        asked: { ...asked, capabilities: [{ drop: "all" }] },
      });
      assertEquals(stdout, "0000000000000000\n".repeat(5));
    },
  );
}

// CVE-2017-5226 of bubblewrap: TIOCSTI types on the terminal of who started it.
Deno.test(
  "in a session of its own a program types nothing on the caller's terminal",
  requires({ userNamespaces: true, programs: ["script", "python3"] }),
  async () => {
    const attack = `python3 -c 'import fcntl, termios
try: fcntl.ioctl(0, termios.TIOCSTI, b"x"); print("typed")
except OSError as error: print("refused", error.errno)'`;
    const typed = async (setsid: boolean): Promise<string> => {
      const { stdout } = await inRoot([PROC, { kind: "dev", destination: "/dev" }], attack, {
        who: "user",
        through: ["sh", "-c", 'exec script -qec "$0" /dev/null </dev/null'],
        asked: { ...ROOT_INSIDE, setsid },
      });
      return stdout;
    };
    const scene = await typed(false);
    // Where dev.tty.legacy_tiocsti is 0 the kernel refuses it to everybody.
    const isOff = (() => {
      try {
        return Deno.readTextFileSync("/proc/sys/dev/tty/legacy_tiocsti").trim() === "0";
      } catch {
        return false;
      }
    })();
    assert(scene.includes(isOff ? "refused" : "typed"), scene);
    const own = await typed(true);
    assert(own.includes("refused"), own);
  },
);
