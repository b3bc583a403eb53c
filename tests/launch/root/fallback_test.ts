// Roots where calls are refused that older kernels lack and filters of others do not know: they are the same.

import { assertEquals } from "@std/assert";
import type { RootOperation } from "../../../launch/root/spec.ts";
import type { Syscall } from "../../../ffi/abi/syscall.ts";
import { requires } from "../../requires.ts";
import type { Refused } from "../../support/filter.ts";
import { EVERYBODY, fill, NEW_CALLS, seenIn, type Who } from "./making.ts";
import { withFolder } from "../../support/folder.ts";

/** Every kind of way to a destination, and every kind of mount. */
function operations(folder: string): RootOperation[] {
  return [
    { kind: "proc", destination: "/proc" },
    { kind: "dev", destination: "/dev" },
    { kind: "ro-bind", source: `${folder}/a`, destination: "/deep/er/a" },
    { kind: "bind", source: `${folder}/a`, destination: "/w" },
    { kind: "bind", source: `${folder}/a/file`, destination: "/single/file" },
    { kind: "symlink", target: "/deep", destination: "/short" },
    { kind: "symlink", target: "../short/er", destination: "/single/up" },
    { kind: "bind", source: `${folder}/b`, destination: "/short/er/b" },
    { kind: "bind", source: `${folder}/b`, destination: "/single/up/c" },
    { kind: "bind", source: `${folder}/b`, destination: "/w/../w/in" },
    { kind: "bind", source: `${folder}/b`, destination: "/space in name/\\\\040x" },
    { kind: "tmpfs", destination: "/t", size: 65536 },
    { kind: "ro-bind-data", destination: "/t/data", content: "data\\n" },
    { kind: "file", destination: "/t/file", content: "file\\n" },
    { kind: "dir", destination: "/short/dir", perms: 0o700 },
    { kind: "chmod", destination: "/short/dir", perms: 0o711 },
    { kind: "remount-ro", destination: "/t" },
    { kind: "bind", source: { fd: 7 }, destination: "/opened" },
    { kind: "dev-bind", source: "/dev", destination: "/all devices" },
  ];
}

const SCRIPT =
  `cut -d' ' -f4-6 /proc/self/mountinfo | sed 's,^[^ ]*/nido-test-[^/ ]*,,; s,[^ ]*deleted,,'
find / -xdev -printf '%p %y %m %l\\n' | grep -v '^/proc\\|^/usr' | sort`;

function filtersOf(calls: readonly Syscall[], by: Refused["by"]): Refused[] {
  return calls.map((syscall) => ({ syscall, by: by! }));
}

async function seen(who: Who, folder: string, refused: readonly Refused[]): Promise<string> {
  const through = [
    ...["unshare", who === "user" ? "-rm" : "-m", "sh", "-c"],
    `mount -t tmpfs -o nodev sub ${folder}/a/sub && mkdir "${folder}/a/sub/x y" &&
    mount -t tmpfs -o noexec sub "${folder}/a/sub/x y" && exec "$0" "$@" 7<${folder}/b`,
  ];
  return visible(await seenIn(operations(folder), SCRIPT, { who, refused, through }));
}

/** Without mounts that another one covers: nobody gets there, and mount(2) changes only what has a path. */
function visible(text: string): string {
  const lines = text.split("\n");
  const pointOf = (line: string): string => line.split(" ")[1] ?? "";
  return lines.filter((line, i) =>
    !line.includes("relatime") ||
    !lines.slice(i + 1).some((later) =>
      later.includes("relatime") && pointOf(later) === pointOf(line)
    )
  ).join("\n");
}

for (const who of EVERYBODY) {
  for (const calls of [...NEW_CALLS.map((call) => [call]), NEW_CALLS]) {
    for (const by of ["absent", "errno"] as const) {
      const error = by === "absent" ? "ENOSYS" : "EPERM";
      const name = `as ${who}: a root is the same where ${calls.join(", ")} fail with ${error}`;
      Deno.test(name, requires({ userNamespaces: true }), () =>
        withFolder(async (folder) => {
          fill(folder, { "a/sub/": "", "a/file": "file\n", "a/in/": "", "b/c": "" });
          for (const path of ["a", "b", "a/sub", "a/in"]) {
            Deno.chmodSync(`${folder}/${path}`, 0o777);
          }
          const usual = await seen(who, folder, []);
          assertEquals(await seen(who, folder, filtersOf(calls, by)), usual);
          assertEquals(usual.includes("/deep/er/a/sub/x\\040y ro,"), true, usual);
        }));
    }
  }
}
