// Ways out of a root of its own by mounts: those of bubblewrap and runc. Each begins with a scene in which it works.

import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { RootOperation } from "../../launch/root/spec.ts";
import { EVERYBODY, fill, inRoot, NEW_CALLS } from "../launch/root/making.ts";
import { requires } from "../requires.ts";
import { withFolder } from "../support/folder.ts";

const PROC: RootOperation = { kind: "proc", destination: "/proc" };
const DEV: RootOperation = { kind: "dev", destination: "/dev" };
const ROOT_INSIDE = { mapUser: 0, mapGroup: 0 } as const;
const NEEDS = requires({ userNamespaces: true, programs: ["unshare", "mount"] });

for (const who of EVERYBODY) {
  for (const lacks of [[], NEW_CALLS]) {
    const refused = lacks.map((syscall) => ({ syscall, by: "absent" } as const));
    const how = lacks.length === 0 ? "" : ", where the newer calls are absent";
    Deno.test(
      `as ${who}: a user namespace of the program unlocks no mount${how}`,
      NEEDS,
      () =>
        withFolder(async (folder) => {
          fill(folder, { "a/file": "", "covered/secret": "secret\n" });
          Deno.chmodSync(`${folder}/a`, 0o777);
          const operations: RootOperation[] = [
            PROC,
            DEV,
            { kind: "ro-bind", source: `${folder}/a`, destination: "/a" },
            { kind: "bind", source: `${folder}/covered`, destination: "/covered" },
            { kind: "tmpfs", destination: "/covered" },
          ];
          const attack = `mount -o remount,bind,rw /a && echo "writes"
            umount /covered && cat /covered/secret`;
          const scene = await inRoot(operations, attack, { who, refused, asked: ROOT_INSIDE });
          assertEquals(scene.stdout, "writes\nsecret\n");
          const nested = `unshare -rm sh -c 'echo nested; ${attack.replace("&&", "2>&1 &&")}'`;
          const asked = { mapUser: 1000, mapGroup: 1000, capabilities: [{ drop: "all" }] };
          const { stdout } = await inRoot(operations, nested, { who, refused, asked });
          assertStringIncludes(stdout, "nested\n");
          assert(!/writes|secret/.test(stdout), stdout);
        }),
    );
  }

  Deno.test(
    `as ${who}: what is mounted inside stays there`,
    NEEDS,
    () =>
      withFolder(async (folder) => {
        fill(folder, { "shared/scene/": "", "shared/sub/": "" });
        const shared = `${folder}/shared`;
        const outside = `mount --bind ${shared} ${shared}; mount --make-shared ${shared}
        unshare -m --propagation unchanged sh -c 'mount -t tmpfs x ${shared}/scene; : >${shared}/scene/in'
        test -e ${shared}/scene/in && echo scene
        "$0" "$@"; test -e ${shared}/sub/in && echo "came out"; exit 7`;
        const { code, stdout, stderr } = await inRoot(
          [{ kind: "bind", source: shared, destination: "/w" }],
          "mount -t tmpfs x /w/sub && : >/w/sub/in && echo mounted",
          { who, through: ["unshare", "-rm", "sh", "-c", outside], asked: ROOT_INSIDE },
        );
        assertEquals([code, stdout, stderr], [7, "scene\nmounted\n", ""]);
      }),
  );

  // CVE-2024-21626 of runc.
  Deno.test(
    `as ${who}: no descriptor of the launcher is a way to start outside`,
    NEEDS,
    () =>
      withFolder(async (folder) => {
        Deno.writeTextFileSync(`${folder}/secret`, "secret\n");
        const through = ["sh", "-c", `exec "$0" "$@" 9<${folder}`];
        const start = (fd: number) =>
          inRoot([PROC], "cat secret", {
            who,
            cwd: folder,
            through,
            asked: { ...ROOT_INSIDE, wd: `/proc/self/fd/${fd}` },
          });
        // The scene: a descriptor that the caller itself leaves open is one.
        assertEquals((await start(9)).stdout, "secret\n");
        for (const fd of [3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14]) {
          const { code, stdout } = await start(fd);
          assertEquals([code === 0, stdout], [false, ""], `descriptor ${fd}`);
        }
      }),
  );

  // CVE-2019-16884, 2019-19921, 2023-28642 and 2025-52881 of runc: what should be proc is elsewhere.
  for (const [name, operation] of Object.entries({ proc: PROC, dev: DEV })) {
    Deno.test(
      `as ${who}: a ${name} that a link of the root leads elsewhere is refused`,
      NEEDS,
      () =>
        withFolder(async (folder) => {
          fill(folder, { "root/fake/": "" });
          Deno.symlinkSync("/fake", `${folder}/root/${name}`);
          // The scene: the kernel follows it.
          assert(Deno.statSync(`${folder}/root`).isDirectory);
          assertEquals(Deno.readLinkSync(`${folder}/root/${name}`), "/fake");
          const operations: RootOperation[] = [
            { kind: "bind", source: `${folder}/root`, destination: "/" },
            operation,
          ];
          const asked = { ...ROOT_INSIDE, program: "/none" };
          const { code, stderr } = await inRoot(operations, "", { who, bare: true, asked });
          assertEquals(code, 1);
          assertStringIncludes(stderr, `${name}: cannot work on '/${name}'`);
        }),
    );
  }

  // CVE-2025-31133 and 2025-52565 of runc: files of a /dev that the root brings are used for devices.
  Deno.test(
    `as ${who}: devices are the machine's, whatever the root has at their places`,
    NEEDS,
    () =>
      withFolder(async (folder) => {
        fill(folder, { "root/dev/": "", "root/target": "target\n" });
        for (const name of ["null", "console", "pts"]) {
          Deno.symlinkSync("/target", `${folder}/root/dev/${name}`);
        }
        const operations: RootOperation[] = [
          { kind: "bind", source: `${folder}/root/dev`, destination: "/dev" },
          DEV,
        ];
        const { stdout } = await inRoot(
          operations,
          "test -c /dev/null && test -d /dev/pts && echo",
          {
            who,
            asked: ROOT_INSIDE,
          },
        );
        assertEquals(stdout, "\n");
        assertEquals(Deno.readLinkSync(`${folder}/root/dev/null`), "/target");
      }),
  );
}
