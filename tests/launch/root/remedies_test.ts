// What is said to mend a refused operation is followed, and then the launch succeeds.

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { RootOperation } from "../../../launch/root/spec.ts";
import { requires } from "../../requires.ts";
import { inRoot, type Started } from "./making.ts";
import { withFolder } from "../../support/folder.ts";

interface Case {
  readonly remedy: string;
  readonly refused: readonly RootOperation[];
  /** The same, but for what the remedy says. */
  readonly mended: readonly RootOperation[];
  readonly options?: Started;
  readonly mendedOptions?: Started;
  readonly root?: true;
  readonly filesystems?: readonly string[];
}

const FILE: RootOperation = { kind: "file", destination: "/file", content: "" };
const LINK: RootOperation = { kind: "symlink", target: "/usr", destination: "/link" };

const CASES: readonly Case[] = [
  {
    remedy: "add mapRootUser: true",
    refused: [],
    mended: [],
    options: {
      who: "user",
      asked: { namespaces: ["user"], mapUser: undefined, mapGroup: undefined } as never,
    },
    mendedOptions: { who: "user", asked: { namespaces: ["user"] } },
  },
  {
    remedy: 'add "ipc" (namespaces)',
    refused: [{ kind: "mqueue", destination: "/q" }],
    mended: [{ kind: "mqueue", destination: "/q" }],
    options: { who: "user" },
    mendedOptions: { who: "user", asked: { namespaces: ["ipc"] } },
  },
  {
    remedy: "start it with CAP_SYS_CHROOT: a container's --cap-add=SYS_CHROOT",
    refused: [],
    mended: [],
    options: { through: ["setpriv", "--bounding-set=-sys_chroot"] },
    root: true,
  },
  {
    remedy: "make it outside, or do this operation before the one that mounts what is above it",
    refused: [{ kind: "tmpfs", destination: "/t" }, { kind: "remount-ro", destination: "/t" }, {
      kind: "dir",
      destination: "/t/a",
    }],
    mended: [{ kind: "tmpfs", destination: "/t" }, { kind: "dir", destination: "/t/a" }, {
      kind: "remount-ro",
      destination: "/t",
    }],
  },
  {
    remedy: "name what it leads to",
    refused: [LINK, { kind: "tmpfs", destination: "/link" }],
    mended: [LINK, { kind: "tmpfs", destination: "/usr/share" }],
  },
  {
    remedy: "bind it to itself first",
    refused: [{ kind: "remount-ro", destination: "/usr/share" }],
    mended: [{ kind: "bind", source: "/usr/share", destination: "/usr/share" }, {
      kind: "remount-ro",
      destination: "/usr/share",
    }],
  },
  {
    remedy: "give a destination of the same kind, or one that does not exist",
    refused: [FILE, { kind: "bind", source: "/usr", destination: "/file" }],
    mended: [FILE, { kind: "bind", source: "/usr", destination: "/folder" }],
  },
  {
    remedy: "give another destination",
    refused: [FILE, { kind: "symlink", target: "/usr", destination: "/file" }],
    mended: [FILE, LINK],
  },
  {
    remedy: "give directories none of which is in another",
    refused: [{ kind: "ro-overlay", sources: ["/usr", "/usr/share"], destination: "/o" }],
    mended: [{ kind: "ro-overlay", sources: ["/usr", "/etc"], destination: "/o" }],
    filesystems: ["overlay"],
  },
];

for (const { remedy, refused, mended, options = {}, mendedOptions, root, filesystems } of CASES) {
  const needs = {
    ...root ? { root } : { userNamespaces: true },
    ...filesystems ? { filesystems } : {},
  };
  Deno.test(
    `a root is made when this is followed: ${remedy}`,
    requires(needs),
    () =>
      withFolder(async () => {
        const before = await inRoot(refused, "exit 7", options);
        assertStringIncludes(before.stderr, `try:  ${remedy}\n`);
        assertEquals(before.code, 1);
        const { through: _, ...usual } = options;
        const after = await inRoot(mended, "exit 7", mendedOptions ?? usual);
        assertEquals([after.code, after.stderr], [7, ""]);
      }),
  );
}
