// The launcher's own file, as what runs in a root of its own sees it (CVE-2019-5736 of runc).

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { frozenBytes } from "../../launch/freeze.ts";
import { EVERYBODY, SHELL, type Who } from "../launch/root/making.ts";
import { specOf } from "../launch/specs.ts";
import { requires } from "../requires.ts";
import { AS_USER, run, USER_ID } from "../support/nido.ts";
import { withFolder } from "../support/folder.ts";
import { until } from "../support/patience.ts";

/** What the launcher runs from just before its program, which could be `#!/proc/self/exe`. */
async function exeOf(who: Who, path: string): Promise<string> {
  const [command, ...args] = [...who === "user" ? AS_USER : [], path];
  const child = new Deno.Command(command!, { args, stdin: "piped" }).spawn();
  const isIn = (): boolean => {
    try {
      return Deno.statSync(`/proc/${child.pid}/root/in`).isFile;
    } catch {
      return false;
    }
  };
  try {
    await until("its root has the file", isIn, 2);
    return Deno.readLinkSync(`/proc/${child.pid}/exe`);
  } finally {
    await child.stdin.close();
    assertEquals((await child.status).code, 7);
  }
}

const frozen = (): Uint8Array =>
  frozenBytes(
    specOf({
      program: "/bin/sh",
      argv: ["sh", "-c", "exit 7"],
      namespaces: ["user"],
      mapUser: 0,
      mapGroup: 0,
      blockFd: 0,
      newRoot: [...SHELL, { kind: "file", destination: "/in", content: "" }],
    }),
    Deno.build.arch as "x86_64",
  );

for (const who of EVERYBODY) {
  for (const mode of [0o755, 0o555]) {
    Deno.test(
      `as ${who}: a launcher whose file the program could change, mode ${
        mode.toString(8)
      }, runs from a copy`,
      requires({ userNamespaces: true }),
      () =>
        withFolder(async (folder) => {
          const path = `${folder}/launcher`;
          Deno.writeFileSync(path, frozen());
          if (who === "user" && Deno.uid() === 0) Deno.chownSync(path, USER_ID, USER_ID);
          Deno.chmodSync(path, mode);
          const exe = await exeOf(who, path);
          assert(exe.startsWith("/memfd:"), exe);
        }),
    );
  }
}

/** A frozen launcher that everybody may execute. */
function launcherIn(folder: string): string {
  const path = `${folder}/launcher`;
  Deno.writeFileSync(path, frozen());
  Deno.chmodSync(path, 0o755);
  return path;
}

Deno.test(
  "a launcher that another owns is of no use to the program, and is not copied",
  requires({ root: true, userNamespaces: true }),
  () =>
    withFolder(async (folder) => {
      const path = launcherIn(folder);
      assertEquals(await exeOf("user", path), path);
    }),
);

/** Starts "$1" where no file may become larger, and writes to what it has run from. */
const ATTACK = `
  coproc { ulimit -f 0; exec "$1"; }
  pid=$COPROC_PID
  until [ -e /proc/$pid/root/in ]; do sleep 0.01; done
  exec 3</proc/$pid/exe
  eval "exec \${COPROC[1]}>&-"
  wait $pid
  echo $?
  echo changed >/proc/self/fd/3
`;

Deno.test(
  "root's launcher cannot be changed by the program where no copy can be made, either",
  requires({ root: true, userNamespaces: true }),
  () =>
    withFolder(async (folder) => {
      const path = launcherIn(folder);
      const { code, stdout, stderr } = await run(["bash", "-c", ATTACK, "bash", path]);
      assertEquals([code, stdout], [1, "7\n"], stderr);
      assertStringIncludes(stderr, "/proc/self/fd/3: Read-only file system\n");
    }),
);
