// Roots that are made where little is there: few descriptors, little memory, no folder, nothing open, no environment.

import { assertEquals } from "@std/assert";
import { imageOf } from "../../../engine/image.ts";
import { compileFor } from "../../../launch/compile.ts";
import type { RootOperation } from "../../../launch/root/spec.ts";
import { requires } from "../../requires.ts";
import { AS_USER, run } from "../../support/nido.ts";
import { specOf } from "../specs.ts";
import { EVERYBODY, inRoot, mapsOf, type Started } from "./making.ts";
import { withFolder } from "../../support/folder.ts";

/** What is used of each kind: the most descriptors at once are those of dev. */
const OPERATIONS: readonly RootOperation[] = [
  { kind: "proc", destination: "/proc" },
  { kind: "dev", destination: "/dev" },
  { kind: "tmpfs", destination: "/tmp/a/b" },
  { kind: "bind", source: "/usr/share", destination: "/tmp/a/b/c" },
  { kind: "symlink", target: "/tmp", destination: "/link" },
  { kind: "dir", destination: "/link/d" },
  { kind: "chmod", destination: "/link/d", perms: 0o700 },
  { kind: "remount-ro", destination: "/tmp/a/b" },
];

/** A shell's words before it becomes the launcher, whose path is $0. */
const after = (script: string): Started => ({ through: ["sh", "-c", `${script}; exec "$0" "$@"`] });

const SURROUNDINGS: Readonly<Record<string, Started>> = {
  "with sixteen descriptors": after("ulimit -n 16"),
  "with little memory": after("ulimit -v 200000"),
  "where no file may grow": after("ulimit -f 0"),
  "in a folder that is gone": after(
    'mkdir "$TMPDIR/gone"; cd "$TMPDIR/gone"; rmdir "$TMPDIR/gone"',
  ),
  "in a folder that nobody may enter": after(
    'mkdir "$TMPDIR/shut"; cd "$TMPDIR/shut"; chmod 0 "$TMPDIR/shut"',
  ),
  "with nothing open": { through: ["sh", "-c", 'exec "$0" "$@" <&- >&- 2>&-'] },
  "without variables": { through: ["env", "-i"] },
  "with a umask that hides all": after("umask 0777"),
  "in a root that is read-only": {
    through: ["unshare", "-rm", "sh", "-c", 'mount -o remount,bind,ro / 2>&-; exec "$0" "$@"'],
    asked: { mapUser: 0, mapGroup: 0 },
  },
  "without openat2, in little": {
    ...after("ulimit -n 16; ulimit -v 200000"),
    refused: [{ syscall: "openat2", by: "absent" }, { syscall: "open_tree", by: "absent" }],
  },
};

for (const who of EVERYBODY) {
  for (const [name, options] of Object.entries(SURROUNDINGS)) {
    Deno.test(
      `as ${who}: a root is made ${name}`,
      requires({ userNamespaces: true }),
      () =>
        withFolder(async (folder) => {
          const script = "test -d /tmp/a/b/c/doc && test -c /dev/null && test -d /link/d && exit 7";
          const env = { TMPDIR: folder };
          const { code, stderr } = await inRoot(OPERATIONS, script, { who, env, ...options });
          assertEquals({ code, stderr }, { code: 7, stderr: "" });
        }),
    );
  }

  Deno.test(
    `as ${who}: roots are made in roots, three deep`,
    requires({ userNamespaces: true }),
    () =>
      withFolder(async (folder) => {
        const make = (name: string, program: string, argv: readonly string[]): void => {
          const plan = compileFor(
            specOf({
              program,
              argv,
              // A proc with covered parts, as root's is, is none that a user namespace may mount again.
              ...mapsOf(who),
              namespaces: ["pid"],
              fork: true,
              newRoot: [
                { kind: "bind", source: "/", destination: "/" },
                { kind: "proc", destination: "/proc" },
                { kind: "dev", destination: "/dev" },
              ],
            }),
            {},
          );
          Deno.writeFileSync(`${folder}/${name}`, imageOf(plan, Deno.build.arch));
          Deno.chmodSync(`${folder}/${name}`, 0o755);
        };
        make("third", "/bin/sh", ["sh", "-c", "echo $$; exit 7"]);
        make("second", `${folder}/third`, ["third"]);
        make("first", `${folder}/second`, ["second"]);
        const { code, stdout, stderr } = await run([
          ...who === "user" ? AS_USER : [],
          `${folder}/first`,
        ]);
        assertEquals({ code, stdout, stderr }, { code: 7, stdout: "1\n", stderr: "" });
      }),
  );
}
