import { assert, assertEquals, assertRejects } from "@std/assert";
import { copy, ensureDir, exists, walk, type WalkOptions, walkSync } from "@std/fs";

/** Runs the check in a folder with files, folders and links, and removes it afterwards. */
async function withTree(check: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await Deno.mkdir(`${root}/a/b`, { recursive: true });
    for (const file of ["a/x.ts", "a/b/y.md", "z.ts"]) {
      await Deno.writeTextFile(`${root}/${file}`, file);
    }
    await Deno.symlink("a/b", `${root}/link`);
    await check(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

const WALKS: readonly [what: string, options: WalkOptions, expected: string[]][] = [
  ["everything", {}, ["", "/a", "/a/b", "/a/b/y.md", "/a/x.ts", "/link", "/z.ts"]],
  ["by extension", { exts: ["ts"] }, ["/a/x.ts", "/z.ts"]],
  ["without folders", { includeDirs: false, exts: [".md"] }, ["/a/b/y.md"]],
  ["what matches", { match: [/y\.md$/] }, ["/a/b/y.md"]],
];

for (const [what, options, expected] of WALKS) {
  Deno.test(`walk() reports ${what}`, () =>
    withTree(async (root) => {
      const entries = await Array.fromAsync(walk(root, options));
      assertEquals(entries.map(({ path }) => path.slice(root.length)).sort(), expected);
      assertEquals([...walkSync(root, options)], entries);
    }));
}

Deno.test("walk() tells files, folders and links apart", () =>
  withTree(async (root) => {
    const entries = await Array.fromAsync(walk(root));
    const kind = (name: string) => {
      const entry = entries.find((one) => one.name === name);
      return [entry?.isFile, entry?.isDirectory, entry?.isSymlink];
    };
    assertEquals(kind("z.ts"), [true, false, false]);
    assertEquals(kind("a"), [false, true, false]);
    assertEquals(kind("link"), [false, false, true]);
  }));

Deno.test("ensureDir() makes folders, keeps those there, and refuses a file", () =>
  withTree(async (root) => {
    await ensureDir(`${root}/n/e/w`);
    await ensureDir(`${root}/a`);
    assert(await exists(`${root}/n/e/w`, { isDirectory: true }));
    assert(await exists(`${root}/a/x.ts`));
    await assertRejects(() => ensureDir(`${root}/z.ts`), Error, "expected 'dir', got 'file'");
  }));

Deno.test("exists() follows links and asks for the kind", () =>
  withTree(async (root) => {
    await Deno.symlink("nowhere", `${root}/dangling`);
    assertEquals(await exists(`${root}/link`, { isDirectory: true }), true);
    assertEquals(await exists(`${root}/link`, { isFile: true }), false);
    assertEquals(await exists(`${root}/z.ts`, { isFile: true }), true);
    assertEquals(await exists(`${root}/dangling`), false);
    assertEquals(await exists(`${root}/none`), false);
  }));

Deno.test("copy() copies folders and links, and overwrites nothing", () =>
  withTree(async (root) => {
    await copy(`${root}/a`, `${root}/c`);
    await copy(`${root}/link`, `${root}/d`);
    assertEquals(await Deno.readTextFile(`${root}/c/b/y.md`), "a/b/y.md");
    assertEquals(await Deno.readLink(`${root}/d`), "a/b");
    await assertRejects(() => copy(`${root}/z.ts`, `${root}/c/x.ts`), Deno.errors.AlreadyExists);
  }));
