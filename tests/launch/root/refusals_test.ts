// Operations that are refused: what is said, that nothing was run, and that nothing is left.

import { assertEquals, assertStringIncludes } from "@std/assert";
import type { RootOperation } from "../../../launch/root/spec.ts";
import { requires } from "../../requires.ts";
import { leavesNothing } from "../../support/leftovers.ts";
import { type Asked, problemsIn } from "../specs.ts";
import { EVERYBODY, fill, inRoot, SHELL } from "./making.ts";
import { withFolder } from "../../support/folder.ts";

const NEEDS = requires({ userNamespaces: true });

/** Operations of which the last is refused, and what is said of it. */
const REFUSALS:
  readonly (readonly [RootOperation[], said: string, error: string, asked?: Asked])[] = [
    [
      [{ kind: "bind", source: "/no/such/file", destination: "/x" }],
      "bind: cannot open source '/no/such/file'",
      "No such file or directory",
    ],
    [
      [{ kind: "ro-bind", source: "/etc/passwd/x", destination: "/x", try: true }],
      "ro-bind: cannot open source '/etc/passwd/x'",
      "Not a directory",
    ],
    [
      [{ kind: "bind", source: "/etc", destination: "/usr/no/such/folder" }],
      "bind: cannot create a directory above '/usr/no/such/folder'",
      "Read-only file system",
    ],
    [
      [{ kind: "bind", source: "/etc/passwd", destination: "/usr/no-such-file" }],
      "bind: cannot create '/usr/no-such-file'",
      "Read-only file system",
    ],
    [
      [{ kind: "bind", source: "/etc", destination: "/etc" }, {
        kind: "bind",
        source: "/usr",
        destination: "/etc/passwd",
      }],
      "bind: cannot use '/etc/passwd', which is no directory: Invalid argument",
      "a directory can be mounted only on a directory",
    ],
    [
      [{ kind: "bind", source: "/etc/passwd", destination: "/usr" }],
      "bind: cannot use '/usr', which is a directory: Invalid argument",
      "a directory can be mounted only on a directory",
    ],
    [
      [{ kind: "remount-ro", destination: "/usr/share" }],
      "remount-ro: cannot set attributes of '/usr/share'",
      "Invalid argument",
    ],
    [
      [{ kind: "remount-ro", destination: "/no/such/mount" }],
      "remount-ro: cannot open '/no/such/mount'",
      "No such file or directory",
    ],
    [
      [{ kind: "chmod", destination: "no-such-file", perms: 0o700 }],
      "chmod: cannot open 'no-such-file'",
      "No such file or directory",
    ],
    [
      [{ kind: "file", destination: "/f", content: "" }, { kind: "dir", destination: "/f" }],
      "dir: cannot use '/f', which is no directory",
      "Not a directory",
    ],
    [
      [{ kind: "file", destination: "/f", content: "" }, { kind: "tmpfs", destination: "/f/g" }],
      "tmpfs: cannot create a directory above '/f/g'",
      "Not a directory",
    ],
    [
      [{ kind: "symlink", target: "a", destination: "/l" }, {
        kind: "symlink",
        target: "ab",
        destination: "/l",
      }],
      "symlink: cannot make a link of '/l', which leads to a",
      "File exists",
    ],
    [
      [{ kind: "symlink", target: "loop", destination: "/loop" }, {
        kind: "dir",
        destination: "/loop/x",
      }],
      "dir: cannot open '/loop/x'",
      "Too many levels of symbolic links",
    ],
    [
      [{ kind: "file", destination: "/f", content: { fd: 99 } }],
      "file: cannot write '/f' with what descriptor 99 has",
      "Bad file descriptor",
    ],
    [
      [{ kind: "bind", source: { fd: 99 }, destination: "/f" }],
      "bind: cannot find what descriptor 99 is of",
      "No such file or directory",
    ],
    [
      [{ kind: "tmp-overlay", sources: ["/no/such/layer"], destination: "/o" }],
      "tmp-overlay: cannot open source '/no/such/layer'",
      "No such file or directory",
    ],
    [
      [{ kind: "dir", destination: `/${"x".repeat(300)}` }],
      "dir: cannot create '/xxx",
      "File name too long",
    ],
    [
      [{ kind: "dir", destination: `/${"x/".repeat(3000)}` }],
      "dir: cannot open '/x/x/",
      "File name too long",
    ],
  ];

for (const who of EVERYBODY) {
  Deno.test(
    `as ${who}: what is refused says which operation, on what, and why not`,
    NEEDS,
    async () => {
      for (const [operations, said, error, asked] of REFUSALS) {
        const { code, stdout, stderr } = await leavesNothing(() =>
          inRoot(operations, "echo run", { who, ...asked ? { asked } : {} })
        );
        const number = SHELL.length + operations.length;
        assertStringIncludes(stderr, `unshare: operation ${number}, ${said}`);
        assertStringIncludes(stderr, error);
        assertEquals([code, stdout], [1, ""], said);
      }
    },
  );

  Deno.test(
    `as ${who}: a source for which there may be no mount namespace is told from a full disk`,
    NEEDS,
    async () => {
      const script = 'echo 1 > /proc/sys/user/max_mnt_namespaces; exec "$0"';
      const through = ["unshare", "-Ur", "sh", "-c", script];
      const { code, stdout, stderr } = await inRoot([], "echo run", { who, through });
      assertEquals([code, stdout], [1, ""]);
      assertStringIncludes(stderr, "cannot open source '/usr': No space left on device");
      assertStringIncludes(stderr, "why:  a limit of namespaces is used up");
      assertStringIncludes(stderr, "not about disk space");
    },
  );

  Deno.test(`as ${who}: other kinds are refused by mount(2) too`, NEEDS, async () => {
    const refused = [{ syscall: "open_tree", by: "absent" }] as const;
    const operations: RootOperation[] = [{
      kind: "bind",
      source: "/etc/passwd",
      destination: "/usr",
    }];
    const { code, stderr } = await inRoot(operations, "echo run", { who, refused });
    assertEquals(code, 1);
    assertStringIncludes(stderr, "bind: cannot use '/usr', which is a directory: Not a directory");
  });

  Deno.test(
    `as ${who}: a launch leaves no mount and no file outside`,
    NEEDS,
    () =>
      withFolder(async (folder) => {
        fill(folder, { "a/": "" });
        const operations: RootOperation[] = [
          { kind: "bind", source: folder, destination: "/a" },
          { kind: "tmpfs", destination: "/a/a" },
          { kind: "file", destination: "/a/a/b", content: "b" },
          { kind: "ro-bind-data", destination: "/data", content: "data" },
          { kind: "tmp-overlay", sources: ["/usr"], destination: "/o" },
        ];
        const { code } = await leavesNothing(() => inRoot(operations, "exit 7", { who }));
        assertEquals(code, 7);
        assertEquals([...Deno.readDirSync(`${folder}/a`)], []);
      }),
  );
}

Deno.test("operations that cannot be are refused, each with its path", () => {
  const wrong = (newRoot: unknown, more: Asked = {}) =>
    problemsIn({ newRoot: newRoot as never, ...more });
  assertEquals(wrong([{ kind: "bnd" }])[0]!.split(":")[0], "newRoot[0].kind | newRoot[0].kind");
  assertEquals(
    wrong([{ kind: "bind", destination: "/x" }, "proc", { kind: "proc", destination: 1 }]),
    [
      "newRoot[0].source | newRoot[0].source: missing",
      "newRoot[1] | newRoot[1]: not an object: 'proc'",
      "newRoot[2].destination | newRoot[2].destination: not a string or a Uint8Array: 1",
    ],
  );
  assertEquals(wrong([{ kind: "proc", destination: "/proc", perms: 1 }]), [
    "newRoot[0].perms | unknown option: 'newRoot[0].perms'",
  ]);
  assertEquals(
    wrong([
      { kind: "bind", source: "", destination: "/x\0" },
      { kind: "bind", source: { fd: -1 }, destination: "/x" },
      { kind: "tmpfs", destination: "", size: 0, perms: 0o10000 },
      { kind: "file", destination: "/", content: { fd: 0.5 } },
      { kind: "symlink", destination: "a/..", target: "b" },
      { kind: "dir", destination: "a/.." },
      { kind: "overlay", destination: "/o", sources: ["", "b"], upper: "u", work: "w\0" },
      { kind: "ro-overlay", destination: "/o", sources: ["a"] },
    ]).map((line) => line.split(" | ")[1]),
    [
      "newRoot[0].source: empty",
      "newRoot[0].destination: contains a NUL byte",
      "newRoot[1].source.fd: not a descriptor: -1",
      "newRoot[2].destination: empty",
      "newRoot[2].perms: not a mode from 0 to 0o7777: 4096",
      "newRoot[2].size: not a number of bytes from 1 up: 0",
      "newRoot[3].content.fd: not a descriptor: 0.5",
      "newRoot[4].destination: ends in no name",
      "newRoot[5].destination: ends in no name",
      "newRoot[6].sources[0]: empty",
      "newRoot[6].work: contains a NUL byte",
      "newRoot[7].sources: 1 given, and at least 2 needed",
    ],
  );
  assertEquals(
    wrong([], { root: "/", mountProc: "/proc", propagation: "shared" }).map((line) =>
      line.split(" | ")[0]
    ),
    ["root", "mountProc", "propagation"],
  );
  assertEquals(wrong([], { propagation: "slave" }), []);
});

Deno.test(
  "as user: an overlay of what has mounts below it says that it may not",
  requires({ userNamespaces: true, filesystems: ["overlay"], kernel: "5.11" }),
  async () => {
    const operations: RootOperation[] = [
      { kind: "tmp-overlay", sources: ["/"], destination: "/o" },
    ];
    const { code, stderr } = await inRoot(operations, "echo run", { who: "user" });
    assertEquals(code, 1);
    assertStringIncludes(stderr, "no source may have mounts of outside below it");
  },
);
