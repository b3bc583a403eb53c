import { assertEquals } from "@std/assert";
import { walkSync } from "@std/fs";

const ROOT = new URL("../../", import.meta.url);
const PAGE = Deno.readTextFileSync(new URL("docs/architecture.md", ROOT));

const named = (pattern: RegExp): string[] =>
  Array.from(PAGE.matchAll(pattern), ([, name]) => name!);

function exists(path: string): boolean {
  try {
    Deno.statSync(new URL(path, ROOT));
    return true;
  } catch {
    return false;
  }
}

Deno.test("what docs/architecture.md names is there: files and folders", () => {
  const paths = named(/`((?:[a-z_]+\/)+[a-z_]*(?:\.ts)?|[a-z]+\.ts)`/g)
    .filter((path) => !["spec.ts", "check.ts", "steps.ts", "hints.ts"].includes(path));
  assertEquals(paths.length > 40, true);
  assertEquals(paths.filter((path) => !exists(path)), []);
});

Deno.test("what docs/architecture.md names is there: functions", () => {
  const names = named(/`(\w+)\(\)`/g);
  const sources = ["engine", "launch"].flatMap((folder) =>
    Array.from(walkSync(new URL(folder, ROOT), { exts: [".ts"], includeDirs: false }))
  ).map(({ path }) => Deno.readTextFileSync(path)).join("\n");
  assertEquals(names.filter((name) => !sources.includes(`function ${name}(`)), []);
});
