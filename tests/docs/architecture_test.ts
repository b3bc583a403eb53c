import { assert, assertEquals } from "@std/assert";
import { walkSync } from "@std/fs";

const ROOT = new URL("../../", import.meta.url);
const read = (path: string): string => Deno.readTextFileSync(new URL(path, ROOT));

/** A file or a folder, as pages name it; one name alone is a file at the top. */
const PATH = /^(?:[\w.-]+\/)+[\w.-]*$|^[a-z]+\.ts$|^[A-Z]+\.md$/;

/** What a folder of a concern has, and what is built. */
const NAMES = ["spec.ts", "check.ts", "steps.ts", "hints.ts", "dist/nido"];

/** The words of what a page shows as code, and where its links lead. */
function wordsOf(page: string): string[] {
  const blocks = [...page.matchAll(/```sh\n([^]*?)```/g)].map(([, code]) => code!);
  const inline = [...page.replace(/```[^]*?```/g, "").matchAll(/`([^`]+)`/g)].map(([, code]) =>
    code!
  );
  const links = [...page.matchAll(/\]\((?!https:)([^)#]+)\)/g)].map(([, path]) => path!);
  return [...blocks, ...inline].flatMap((code) => code.replace(/#.*/g, "").split(/\s+/)).concat(
    links,
  );
}

function exists(path: string): boolean {
  try {
    Deno.statSync(new URL(path, ROOT));
    return true;
  } catch {
    return false;
  }
}

for (
  const [page, least] of [["docs/architecture.md", 60], ["CONTRIBUTING.md", 10], [
    "SECURITY.md",
    8,
  ]] as const
) {
  Deno.test(`files and folders that ${page} names are there`, () => {
    const paths = wordsOf(read(page)).map((word) => word.replace(/^\.\//, ""))
      .filter((word) => PATH.test(word) && !NAMES.includes(word));
    assert(paths.length >= least, `${paths.length} are named`);
    assertEquals(paths.filter((path) => !exists(path)), []);
  });
}

Deno.test("docs/architecture.md names each folder of what is launched, looked at and called", () => {
  const page = read("docs/architecture.md");
  const folders = ["engine", "ffi", "inspect", "launch"].flatMap((layer) =>
    Array.from(Deno.readDirSync(new URL(layer, ROOT)))
      .filter(({ isDirectory }) => isDirectory).map(({ name }) => `${layer}/${name}`)
  );
  assert(folders.length >= 30, `${folders.length} are there`);
  assertEquals(folders.filter((folder) => !page.includes(`\`${folder}\``)), []);
});

Deno.test("functions that docs/architecture.md names are there", () => {
  const names = [...read("docs/architecture.md").matchAll(/`(\w+)\(\)`/g)].map(([, name]) => name!);
  const sources = ["cli", "engine", "launch"].flatMap((folder) =>
    Array.from(walkSync(new URL(folder, ROOT), { exts: [".ts"], includeDirs: false }))
  ).map(({ path }) => Deno.readTextFileSync(path)).join("\n");
  assert(names.length >= 30, `${names.length} are named`);
  assertEquals(names.filter((name) => !new RegExp(`function ${name}[<(]`).test(sources)), []);
});
