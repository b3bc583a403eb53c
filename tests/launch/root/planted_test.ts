// Symbolic links that somebody has planted in what is bound lead no operation out of the new root.

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { RootOperation } from "../../../launch/root/spec.ts";
import { requires } from "../../requires.ts";
import type { Refused } from "../../support/filter.ts";
import { EVERYBODY, fill, inRoot, SHELL } from "./making.ts";
import { withFolder } from "../../support/folder.ts";

/** Where links lead, by their names. @param outside A directory of the caller's. */
const linksTo = (outside: string): Readonly<Record<string, string>> => ({
  absolute: outside,
  up: `${"../".repeat(12)}${outside}`,
  old: `/oldroot${outside}`,
  above: `../../oldroot${outside}`,
  root: `/proc/self/root${outside}`,
  cwd: `/proc/self/cwd${outside}`,
  descriptor: `/proc/self/fd/3${outside}`,
  twice: `absolute/../absolute`,
});

/**
 * All that could be done outside, by a destination.
 *
 * @param sources What is bound: a folder of the test's own, as other operations may change it there.
 */
const operationsAt = (destination: string, sources: string): RootOperation[] => [
  { kind: "dir", destination, perms: 0o700 },
  { kind: "file", destination, content: "planted\n" },
  { kind: "symlink", target: "planted", destination },
  { kind: "chmod", destination, perms: 0o700 },
  { kind: "bind", source: `${sources}/folder`, destination },
  { kind: "bind", source: `${sources}/file`, destination },
  { kind: "ro-bind-data", content: "planted\n", destination },
  { kind: "tmpfs", destination },
  { kind: "proc", destination },
  { kind: "dev", destination },
  { kind: "remount-ro", destination },
  { kind: "tmp-overlay", sources: ["/usr"], destination },
];

/** Runs with a folder of its own, and another of what is bound. */
const withFolders = (body: (folder: string, sources: string) => Promise<void>): Promise<void> =>
  withFolder((folder) =>
    withFolder((sources) => {
      fill(sources, { "folder/": "", "file": "" });
      return body(folder, sources);
    })
  );

/** What is done in every case. */
const FEW: readonly RootOperation["kind"][] = ["dir", "file", "bind", "symlink", "chmod"];

/** In how many lots all is done. */
const WAYS = 4;

/** What is in a folder, with modes. */
async function listed(folder: string): Promise<string> {
  const { stdout } = await new Deno.Command("find", {
    args: [folder, "-printf", "%p %y %m %s %n %l\n"],
  }).output();
  return new TextDecoder().decode(stdout).split("\n").sort().join("\n");
}

const REFUSED: Readonly<Record<string, readonly Refused[]>> = {
  "": [],
  " without openat2": [{ syscall: "openat2", by: "absent" }],
  " without open_tree": [{ syscall: "open_tree", by: "absent" }],
};

for (const who of EVERYBODY) {
  for (const [how, refused] of Object.entries(REFUSED)) {
    const options = { who, refused };
    Deno.test(
      `as ${who}: planted links change nothing outside, whatever is done${how}`,
      requires({ userNamespaces: true }),
      () =>
        withFolders(async (folder, sources) => {
          const outside = `${folder}/outside`;
          fill(folder, { "app/": "", "outside/folder/": "", "outside/file": "content\n" });
          for (const path of ["app", "outside", "outside/folder", "outside/file"]) {
            Deno.chmodSync(`${folder}/${path}`, 0o777);
          }
          const links = linksTo(outside);
          for (const [name, target] of Object.entries(links)) {
            Deno.symlinkSync(target, `${folder}/app/${name}`);
            Deno.symlinkSync(`${target}/file`, `${folder}/app/${name}-file`);
          }
          const before = await listed(folder);
          // All at once: whatever fails is left out of the next launch.
          const names = refused.length === 0
            ? Object.keys(links)
            : ["absolute", "up", "old", "root"];
          const few = (path: string) =>
            operationsAt(`/app/${path}`, sources).filter(({ kind }) => FEW.includes(kind));
          const wanted = names.flatMap((name) => [
            ...refused.length === 0
              ? operationsAt(`/app/${name}/made`, sources)
              : few(`${name}/made`),
            ...few(name),
            ...few(`${name}-file`),
          ]);
          for (let way = 0; way < WAYS; way++) {
            let left = wanted.filter((_, i) => i % WAYS === way);
            while (left.length > 0) {
              const operations: RootOperation[] = [
                { kind: "proc", destination: "/proc" },
                { kind: "bind", source: `${folder}/app`, destination: "/app" },
                ...left,
              ];
              const { code, stderr } = await inRoot(operations, "exit 7", options);
              assertEquals(
                await listed(folder),
                before,
                `${left.map((one) => JSON.stringify(one))}`,
              );
              if (code === 7) break;
              const number = Number(/operation (\d+)/.exec(stderr)?.[1]);
              assertEquals(number > 0, true, stderr);
              left = left.slice(number - (operations.length - left.length) - SHELL.length);
            }
          }
        }),
    );
  }

  Deno.test(
    `as ${who}: an absolute link in the way is one of the new root`,
    requires({ userNamespaces: true }),
    () =>
      withFolder(async (folder) => {
        fill(folder, { "app/": "" });
        Deno.symlinkSync(`${folder}/x`, `${folder}/app/link`);
        Deno.chmodSync(`${folder}/app`, 0o777);
        const operations: RootOperation[] = [
          { kind: "bind", source: `${folder}/app`, destination: "/app" },
          { kind: "dir", destination: "/app/link/made" },
        ];
        const { stdout } = await inRoot(operations, `ls ${folder}/x`, { who });
        assertEquals(stdout, "made\n");
        assertEquals([...Deno.readDirSync(folder)].length, 1);
      }),
  );

  Deno.test(
    `as ${who}: nothing is mounted on a symbolic link, nor written through one`,
    requires({ userNamespaces: true }),
    () =>
      withFolders(async (_, sources) => {
        const link: RootOperation = { kind: "symlink", target: "/usr", destination: "/link" };
        for (const operation of operationsAt("/link", sources)) {
          if (["dir", "chmod", "symlink"].includes(operation.kind)) continue;
          const { code, stderr } = await inRoot([link, operation], "exit 7", { who });
          assertEquals(code, 1, operation.kind);
          assertStringIncludes(stderr, operation.kind);
          assertStringIncludes(stderr, "'/link'");
        }
      }),
  );
}
