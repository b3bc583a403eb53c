import { assert, assertEquals, assertRejects } from "@std/assert";
import { copy, emptyDir, ensureDir, exists, walk, type WalkOptions, walkSync } from "@std/fs";

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
  ["only folders", { includeFiles: false, includeSymlinks: false }, ["", "/a", "/a/b"]],
  ["to a depth", { maxDepth: 1 }, ["", "/a", "/link", "/z.ts"]],
  ["the root alone", { maxDepth: 0 }, [""]],
  ["without what is skipped", { skip: [/\/a$/, /link/] }, ["", "/z.ts"]],
  ["what matches", { match: [/y\.md$/] }, ["/a/b/y.md"]],
  ["through links, to the real paths", { followSymlinks: true, exts: ["md"] }, [
    "/a/b/y.md",
    "/a/b/y.md",
  ]],
  ["through links, by their own paths", {
    followSymlinks: true,
    canonicalize: false,
    exts: ["md"],
  }, ["/a/b/y.md", "/link/y.md"]],
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
    const entries = await Array.fromAsync(walk(root, { maxDepth: 1 }));
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

Deno.test("emptyDir() empties a folder, or makes it", () =>
  withTree(async (root) => {
    await emptyDir(`${root}/a`);
    await emptyDir(`${root}/new`);
    assertEquals([...Deno.readDirSync(`${root}/a`)], []);
    assertEquals([...Deno.readDirSync(`${root}/new`)], []);
  }));

Deno.test("exists() follows links and asks for the kind", () =>
  withTree(async (root) => {
    await Deno.symlink("nowhere", `${root}/dangling`);
    assertEquals(await exists(`${root}/link`, { isDirectory: true }), true);
    assertEquals(await exists(`${root}/link`, { isFile: true }), false);
    assertEquals(await exists(`${root}/z.ts`, { isFile: true, isReadable: true }), true);
    assertEquals(await exists(`${root}/dangling`), false);
    assertEquals(await exists(`${root}/none`), false);
  }));

Deno.test("copy() copies folders and links, and overwrites only when told to", () =>
  withTree(async (root) => {
    await copy(`${root}/a`, `${root}/c`);
    await copy(`${root}/link`, `${root}/d`);
    assertEquals(await Deno.readTextFile(`${root}/c/b/y.md`), "a/b/y.md");
    assertEquals(await Deno.readLink(`${root}/d`), "a/b");
    const target = `${root}/c/x.ts`;
    await assertRejects(() => copy(`${root}/z.ts`, target), Deno.errors.AlreadyExists);
    await copy(`${root}/z.ts`, target, { overwrite: true });
    assertEquals(await Deno.readTextFile(target), "z.ts");
  }));
