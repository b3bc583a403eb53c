/**
 * Keeps the architecture: imports go down only, the library depends on nothing, and what makes a
 * plan never touches the machine it runs on. `./dev check` runs this.
 *
 * @module
 */

import { exists, walk } from "@std/fs";

/** Who may import whom, besides files of the same folder. A top-level file is a layer of its own. */
export const BELOW: Record<string, readonly string[]> = {
  "cli.ts": ["cli"],
  "mod.ts": ["command", "launch", "engine", "inspect", "ffi"],
  cli: ["launch", "engine", "inspect", "ffi"],
  command: ["launch", "engine", "inspect", "ffi"],
  launch: ["engine", "ffi"],
  engine: ["ffi"],
  inspect: ["ffi"],
  ffi: [],
};

/** Sources that get all they know as arguments, what runs a plan aside: no mention of `Deno`. */
const PURE: readonly RegExp[] = [/^engine\//, /^launch\/(?!run(\.ts$|\/))/, /^ffi\/(abi|asm)\//];

/** The text without its comments; what only looks like one inside a string stays. */
function withoutComments(text: string): string {
  const token = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/.*|\/\*[^]*?\*\//g;
  return text.replace(token, (_, string: string | undefined) => string ?? " ");
}

/** The specifiers that a module imports, exports from, or loads later. */
function importsOf(source: string): string[] {
  const clause = /\b(?:import|export)\b[^"'`;()]*?\bfrom\s*["']([^"']+)["']/g;
  const bare = /\bimport\s*\(?\s*["']([^"']+)["']/g;
  return [...source.matchAll(clause), ...source.matchAll(bare)].map((match) => match[1] as string);
}

const mentionsDeno = (code: string): boolean =>
  /\bDeno\b/.test(code.replace(/"(\\.|[^"\\\n])*"|'(\\.|[^'\\\n])*'/g, '""'));

const layerOf = (path: string): string => path.split("/")[0] as string;

/** The path that a relative specifier names, or undefined where it leaves the repository. */
function resolve(from: string, specifier: string): string | undefined {
  const base = new URL(specifier, `file:///root/${from}`).pathname;
  return base.startsWith("/root/") ? base.slice("/root/".length) : undefined;
}

/** All that is wrong in these sources, given as text by path, one sentence for each. */
export function checkLayers(sources: ReadonlyMap<string, string>): string[] {
  const problems: string[] = [];
  const imports = new Map<string, string[]>();
  for (const [path, text] of sources) {
    const below = BELOW[layerOf(path)];
    if (!below) continue;
    const code = withoutComments(text);
    const found = importsOf(code);
    imports.set(path, found);
    if (PURE.some((pure) => pure.test(path)) && mentionsDeno(code)) {
      problems.push(`${path} mentions Deno, but what it knows must come as arguments`);
    }
    for (const specifier of found.filter((one) => one.startsWith("."))) {
      const target = resolve(path, specifier);
      const layer = target && layerOf(target);
      if (layer && (layer === layerOf(path) || below.includes(layer))) continue;
      problems.push(`${path} must not import ${target ?? specifier}`);
    }
  }
  return [...problems, ...checkSelfContained(imports)];
}

/** Whatever `mod.ts` reaches is imported by URL, where there is no import map. */
function checkSelfContained(imports: ReadonlyMap<string, readonly string[]>): string[] {
  const problems: string[] = [];
  const reached = new Set(["mod.ts"]);
  for (const path of reached) {
    for (const specifier of imports.get(path) ?? []) {
      const target = specifier.startsWith(".") ? resolve(path, specifier) : undefined;
      if (target) reached.add(target);
      else if (!specifier.startsWith("node:")) {
        problems.push(`${path} is part of the library and must not import "${specifier}"`);
      }
    }
  }
  return problems;
}

async function readSources(root: string): Promise<Map<string, string>> {
  const sources = new Map<string, string>();
  for (const layer of Object.keys(BELOW)) {
    const top = `${root}/${layer}`;
    if (await exists(top, { isFile: true })) sources.set(layer, await Deno.readTextFile(top));
    if (!await exists(top, { isDirectory: true })) continue;
    for await (const { path } of walk(top, { exts: [".ts"], includeDirs: false })) {
      sources.set(path.slice(root.length + 1), await Deno.readTextFile(path));
    }
  }
  return sources;
}

if (import.meta.main) {
  const root = decodeURI(new URL("..", import.meta.url).pathname).replace(/\/$/, "");
  const problems = checkLayers(await readSources(root));
  for (const problem of problems) console.error(problem);
  if (problems.length > 0) Deno.exit(1);
}
