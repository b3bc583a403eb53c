/**
 * Checks the architecture: which files may import which, and which are pure.
 * `./dev check` runs this.
 *
 * @module
 */

import { exists, walk } from "@std/fs";
import { type Layer, LAYERS, type Layers, topsOf } from "./layers.ts";

/** Globals that pure code must not use. */
const IMPURE =
  /(?<![.\w#])(Deno|Date|Temporal|performance|crypto|Math\.random|setTimeout|setInterval|queueMicrotask|fetch|globalThis|navigator|console|import\.meta)(?!\w)/;

/** An option as it is typed: `--fork`. */
const OPTION = /(?<![-\w])--[a-z]/;

const STRING = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g;
const TEXT = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`/g;
const STRING_OR_COMMENT =
  /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\/.*|\/\*[^]*?\*\//g;

/** Removes comments, but leaves strings that look like them. */
const withoutComments = (text: string): string =>
  text.replace(STRING_OR_COMMENT, (_, string: string | undefined) => string ?? " ");

interface Import {
  readonly specifier: string;
  /** Whether it is of types alone, and so gone at run time. */
  readonly isType: boolean;
}

/** The modules that a module imports, statically or dynamically, or exports from. */
function importsOf(code: string): Import[] {
  const clause = /\b(?:import|export)\b(\s+type\b)?[^"'`;()]*?\bfrom\s*["']([^"']+)["']/g;
  const bare = /\bimport\s*\(?\s*["']([^"']+)["']/g;
  const found = [...code.matchAll(clause)].map(([, type, specifier]) => ({
    specifier: specifier!,
    isType: type !== undefined,
  }));
  const others = [...code.matchAll(bare)].map(([, specifier]) => ({
    specifier: specifier!,
    isType: false,
  }));
  return [...found, ...others];
}

/** The path that a relative specifier names, or undefined where it leaves the repository. */
function resolve(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const base = new URL(specifier, `file:///root/${from}`).pathname;
  return base.startsWith("/root/") ? base.slice("/root/".length) : undefined;
}

/**
 * How specifically a pattern names a path: a digit for each part, 2 for its name, 1 for `*`, 0 if only a
 * folder above it is named. Undefined if it does not match.
 */
function closeness(path: string, pattern: string): string | undefined {
  const [parts, names] = [path.split("/"), pattern.split("/")];
  const digits = names.map((name, i) => {
    if (name === parts[i]) return "2";
    const any = new RegExp(`^${name.replaceAll(".", "\\.").replace("*", ".+")}$`);
    return any.test(parts[i] ?? "") ? "1" : "";
  });
  return digits.includes("") ? undefined : digits.join("").padEnd(parts.length, "0");
}

/** The name of the layer that a file belongs to. */
function layerOf(path: string, layers: Layers): string | undefined {
  let [found, best]: [string | undefined, string] = [undefined, ""];
  for (const [name, { of }] of Object.entries(layers)) {
    for (const pattern of of) {
      const close = closeness(path, pattern) ?? "";
      if (close > best) [found, best] = [name, close];
    }
  }
  return found;
}

/** Problems of the table itself: layers may use only lower ones, and pure ones only pure ones. */
function* checkTable(layers: Layers): Generator<string> {
  const names = Object.keys(layers);
  for (const [i, [name, { uses, isPure }]] of Object.entries(layers).entries()) {
    for (const used of uses) {
      if (names.indexOf(used) <= i) {
        yield `"${name}" must not use "${used}": it is not further down`;
      } else if (isPure && !layers[used]!.isPure) {
        yield `"${name}" is pure and must not use "${used}", which is not`;
      }
    }
  }
}

/** All that is wrong in these sources, given as text by path, one sentence for each. */
export function checkLayers(
  sources: ReadonlyMap<string, string>,
  layers: Layers = LAYERS,
): string[] {
  const problems = [...checkTable(layers)];
  const imports = new Map<string, readonly Import[]>();
  for (const [path, text] of sources) {
    const name = layerOf(path, layers);
    if (name === undefined) continue;
    const code = withoutComments(text);
    imports.set(path, importsOf(code));
    problems.push(...checkCode(path, code, layers[name]!));
    for (const { specifier } of imports.get(path)!) {
      if (!specifier.startsWith(".")) {
        if (layers[name]!.isPure) {
          problems.push(`${path} is pure and must not import "${specifier}"`);
        }
        continue;
      }
      const target = resolve(path, specifier);
      const used = target && layerOf(target, layers);
      if (used && (used === name || layers[name]!.uses.includes(used))) continue;
      problems.push(`${path} must not import ${target ?? specifier}`);
    }
  }
  return [...problems, ...checkCycles(imports), ...checkSelfContained(imports)];
}

/** Problems of a file's text. */
function* checkCode(path: string, code: string, layer: Layer): Generator<string> {
  const impure = layer.isPure && IMPURE.exec(code.replace(STRING, '""'))?.[1];
  if (impure) yield `${path} mentions ${impure}, but what it knows must come as arguments`;
  const texts = layer.isWithoutOptions ? [...code.matchAll(TEXT)] : [];
  if (OPTION.test(texts.join("\n"))) yield `${path} mentions an option`;
}

/** Import cycles. Imports of types alone do not count. */
function checkCycles(imports: ReadonlyMap<string, readonly Import[]>): string[] {
  const problems: string[] = [];
  const done = new Set<string>();
  const follow = (path: string, above: readonly string[]): void => {
    if (above.includes(path)) {
      const cycle = [...above.slice(above.indexOf(path)), path];
      problems.push(`a cycle: ${cycle.join(" -> ")}`);
      return;
    }
    if (done.has(path)) return;
    done.add(path);
    for (const { specifier, isType } of imports.get(path) ?? []) {
      const target = isType ? undefined : resolve(path, specifier);
      if (target !== undefined) follow(target, [...above, path]);
    }
  };
  for (const path of imports.keys()) follow(path, []);
  return problems;
}

/** Whatever `mod.ts` reaches is imported by URL, where there is no import map. */
function checkSelfContained(imports: ReadonlyMap<string, readonly Import[]>): string[] {
  const problems: string[] = [];
  const reached = new Set(["mod.ts"]);
  for (const path of reached) {
    for (const { specifier } of imports.get(path) ?? []) {
      const target = resolve(path, specifier);
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
  for (const name of topsOf(...Object.keys(LAYERS))) {
    const top = `${root}/${name}`;
    if (await exists(top, { isFile: true })) sources.set(name, await Deno.readTextFile(top));
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
