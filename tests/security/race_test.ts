// Another process swaps a directory and a link while roots are made (CVE-2021-30465, CVE-2024-45310 of runc,
// CVE-2026-87766 of bubblewrap).

import { assert, assertEquals } from "@std/assert";
import type { RootOperation } from "../../launch/root/spec.ts";
import { EVERYBODY, fill, NEW_CALLS, withRoot } from "../launch/root/making.ts";
import { requires } from "../requires.ts";
import { withFolder } from "../support/folder.ts";
import { PATIENCE_MS } from "../support/patience.ts";

/** Swaps two names until it is killed. */
const SWAP = `import ctypes, platform, sys
number = 316 if platform.machine() == "x86_64" else 276
libc, a, b = ctypes.CDLL(None), sys.argv[1].encode(), sys.argv[2].encode()
while True: libc.syscall(number, -100, a, -100, b, 2)`;

const OPERATIONS: readonly RootOperation[] = [
  { kind: "dir", destination: "/app/way/dir/deep" },
  { kind: "file", destination: "/app/way/file", content: "planted\n" },
  { kind: "symlink", target: "planted", destination: "/app/way/link" },
  { kind: "chmod", destination: "/app/way", perms: 0o751 },
  { kind: "bind", source: "/usr", destination: "/app/way/bound" },
  { kind: "ro-bind-data", content: "planted\n", destination: "/app/way/data" },
];

const ROUNDS = 8;

for (const who of EVERYBODY) {
  for (const lacks of [[], NEW_CALLS]) {
    const refused = lacks.map((syscall) => ({ syscall, by: "absent" } as const));
    const how = lacks.length === 0 ? "" : ", where the newer calls are absent";
    Deno.test(
      `as ${who}: nothing is done outside by who swaps directories and links${how}`,
      requires({ userNamespaces: true, programs: ["python3"] }),
      () =>
        withFolder(async (folder) => {
          fill(folder, { "app/way/": "", "outside/": "" });
          for (const path of ["app", "app/way", "outside"]) {
            Deno.chmodSync(`${folder}/${path}`, 0o777);
          }
          Deno.symlinkSync(`${folder}/outside`, `${folder}/app/other`);
          const attacker = new Deno.Command("python3", {
            args: ["-c", SWAP, `${folder}/app/way`, `${folder}/app/other`],
          }).spawn();
          const outside = (): string[] =>
            [...Deno.readDirSync(`${folder}/outside`)].map(({ name }) => name);
          try {
            // The scene: by its path a file comes to be outside.
            const end = Date.now() + PATIENCE_MS;
            while (outside().length === 0 && Date.now() < end) {
              try {
                Deno.writeTextFileSync(`${folder}/app/way/scene`, "");
              } catch (error) {
                if (!(error instanceof Deno.errors.NotFound)) throw error;
              }
              await new Promise((go) => setTimeout(go, 1));
            }
            assertEquals(outside(), ["scene"]);
            Deno.chmodSync(`${folder}/outside`, 0o777);
            let made = 0;
            const bind = { kind: "bind", source: `${folder}/app`, destination: "/app" } as const;
            for (const operation of OPERATIONS) {
              await withRoot([bind, operation], "exit 7", { who, refused }, async (start) => {
                for (let round = 0; round < ROUNDS; round++) {
                  if ((await start()).code === 7) made++;
                  assertEquals(outside(), ["scene"], operation.kind);
                  assertEquals(Deno.statSync(`${folder}/outside`).mode! & 0o777, 0o777);
                }
              });
            }
            assert(made > 0);
          } finally {
            attacker.kill("SIGKILL");
            await attacker.status;
          }
        }),
    );
  }
}
