// A dry run of a root makes the calls that strace(1) sees, in their order and with their errors.

import { assertEquals } from "@std/assert";
import { errnoName } from "../../../ffi/abi/errno.ts";
import { imageOf } from "../../../engine/image.ts";
import { compileFor } from "../../../launch/compile.ts";
import type { RootOperation } from "../../../launch/root/spec.ts";
import { dryRunHere, programOf } from "../../../launch/run/dry_run.ts";
import { type Needs, requires } from "../../requires.ts";
import { run } from "../../support/nido.ts";
import { specOf } from "../specs.ts";
import { fill, SHELL } from "./making.ts";
import { withFolder } from "../../support/folder.ts";

/** Calls as `name` or `name = ERROR`, up to the program's. */
function traced(text: string): string[] {
  const calls = text.split("\n").flatMap((line) => {
    const [, name, error] = /^(\w+)\(.*\) += (?:-1 (E\w+)|\S+)/.exec(line) ?? [];
    return name === undefined ? [] : [error === undefined ? name : `${name} = ${error}`];
  });
  const start = calls.indexOf("execve");
  return calls.slice(start + 1, calls.indexOf("execve", start + 1) + 1);
}

function assertAsTraced(
  name: string,
  operationsOf: (folder: string) => RootOperation[],
  more: Needs = {},
): void {
  const needs = requires({ userNamespaces: true, programs: ["strace"], ...more });
  Deno.test(`a dry run shows ${name} as strace does`, needs, () =>
    withFolder(async (folder) => {
      fill(folder, { "a/sub/": "", "a/file": "content\n", "b/c": "" });
      Deno.symlinkSync("/usr", `${folder}/a/link`);
      const plan = compileFor(
        specOf({
          program: "/usr/bin/true",
          search: false,
          mapUser: 0,
          mapGroup: 0,
          newRoot: [...SHELL, ...operationsOf(folder)],
        }),
        {},
      );
      const path = `${folder}/image`;
      Deno.writeFileSync(path, imageOf(plan, Deno.build.arch));
      Deno.chmodSync(path, 0o755);
      const { stderr } = await run(["strace", "-o", `${folder}/trace`, path]);
      assertEquals(stderr, "");
      const [main] = dryRunHere(programOf(plan), [path]);
      const dry = main!.calls.map(({ text, errno }) => {
        const name = text.slice(0, text.indexOf("("));
        return errno === undefined ? name : `${name} = ${errnoName(errno)}`;
      });
      assertEquals(dry, traced(Deno.readTextFileSync(`${folder}/trace`)));
    }));
}

assertAsTraced("binds, and where they are mounted", (folder) => [
  { kind: "bind", source: `${folder}/a`, destination: "/a" },
  { kind: "bind", source: `${folder}/b`, destination: "/a/sub" },
  { kind: "ro-bind", source: `${folder}/b/c`, destination: "/x/y/z" },
  { kind: "bind", source: `${folder}/b`, destination: "/a/link/share" },
  { kind: "bind", source: "/no/such/file", destination: "/w", try: true },
  { kind: "dev-bind", source: `${folder}/a`, destination: "/x/../v" },
  { kind: "remount-ro", destination: "/v" },
]);

assertAsTraced("new file systems", () => [
  { kind: "proc", destination: "/proc" },
  { kind: "dev", destination: "/dev" },
  { kind: "tmpfs", destination: "/t/u", size: 65536 },
  { kind: "tmpfs", destination: "/" },
  { kind: "dir", destination: "/usr/bin" },
  { kind: "ro-bind", source: "/usr", destination: "/usr" },
  ...SHELL.filter(({ kind }) => kind === "symlink"),
]);

assertAsTraced("files, directories, links and modes", () => [
  { kind: "file", destination: "/f/a", content: "content\n" },
  { kind: "file", destination: "/f/a", content: "other\n" },
  { kind: "ro-bind-data", destination: "/f/b", content: "content\n" },
  { kind: "symlink", target: "/f", destination: "/link" },
  { kind: "symlink", target: "/f", destination: "/link" },
  { kind: "dir", destination: "/link/d" },
  { kind: "dir", destination: "/link" },
  { kind: "chmod", destination: "/link/d", perms: 0o700 },
]);

assertAsTraced("overlays", (folder) => [
  { kind: "tmp-overlay", sources: [`${folder}/a`, `${folder}/b`], destination: "/o" },
  { kind: "dir", destination: "/o/made" },
  { kind: "ro-overlay", sources: [`${folder}/a`, `${folder}/b`], destination: "/p/q" },
], { filesystems: ["overlay"] });

assertAsTraced("what is mounted on a directory that may not be entered", () => [
  { kind: "bind", source: "/", destination: "/w" },
  { kind: "tmpfs", destination: "/w/root" },
], { root: false });
