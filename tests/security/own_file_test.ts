// The launcher's own file, as what runs in a root of its own sees it (CVE-2019-5736 of runc).

import { assert, assertEquals } from "@std/assert";
import { frozenBytes } from "../../launch/freeze.ts";
import { EVERYBODY, SHELL, type Who, withFolder } from "../launch/root/making.ts";
import { specOf } from "../launch/specs.ts";
import { requires } from "../requires.ts";
import { AS_USER, USER_ID } from "../support/nido.ts";

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
    const end = Date.now() + 5000;
    while (!isIn() && Date.now() < end) await new Promise((go) => setTimeout(go, 2));
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

Deno.test(
  "a launcher that another owns is of no use to the program, and is not copied",
  requires({ root: true, userNamespaces: true }),
  () =>
    withFolder(async (folder) => {
      const path = `${folder}/launcher`;
      Deno.writeFileSync(path, frozen());
      Deno.chmodSync(path, 0o755);
      assertEquals(await exeOf("user", path), path);
    }),
);
