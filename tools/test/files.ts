/** The test files, in their order. */

import { walkSync } from "@std/fs";

/** The files of one "deno test". */
export interface Unit {
  /** A test file, or "documentation". */
  readonly name: string;
  /** For "deno test": paths from the repository, and what they are taken for. */
  readonly args: readonly string[];
}

/** The parsed arguments of `./dev test`. */
export interface Request {
  readonly units: readonly Unit[];
  /** Passed to each "deno test". */
  readonly options: readonly string[];
}

// --ignore replaces what deno.json excludes.
const DOCUMENTATION: Unit = {
  name: "documentation",
  args: ["--doc", "--ignore=.deno,dist,tests"],
};

/** The slowest files first, so that none is left alone at the end. */
const FIRST: readonly RegExp[] = [
  /readers\//,
  /drop_in\/unshare/,
  /drop_in\//,
  /clients\//,
  /library\/(consumers|readme)/,
  /(cli|words)\/(learn|words|completions|doctor)/,
  /(launch|plans)\/(freeze|open|open_join)_test/,
  /binary\//,
  /security\/race/,
  /inspect\/(limits|watch)/,
  /tools\/(dev|test)_test/,
  /docs\//,
  /examples\//,
  /launch\/(request|init)\//,
  /command\/kill/,
  /errno_stress/,
  /cli\/|plans\/|words\//,
  /documentation/,
];

const rank = (name: string): number => {
  const at = FIRST.findIndex((pattern) => pattern.test(name));
  return at < 0 ? FIRST.length : at;
};

const isFolder = (path: string): boolean => Deno.statSync(path).isDirectory;

const exists = (path: string): boolean => {
  try {
    return Boolean(Deno.statSync(path));
  } catch {
    return false;
  }
};

function filesBelow(folder: string): string[] {
  const found = [...walkSync(folder, { includeDirs: false, match: [/_test\.ts$/] })];
  return found.map(({ path }) => path);
}

function textOf(word: string | undefined): string {
  if (word === undefined) throw new TypeError("--filter needs a text");
  return word;
}

/**
 * Sorts arguments into files, in the current folder, and options.
 *
 * @throws {TypeError} if a file is not there, or a text.
 */
export function parseRequest(args: readonly string[]): Request {
  const options: string[] = [];
  const units = new Map<string, Unit>();
  const add = (unit: Unit): void => void units.set(unit.name, unit);
  for (let i = 0; i < args.length; i++) {
    const arg = args[i]!;
    // Its value may be a word of its own, and the name of a file too.
    if (arg === "--filter") options.push(arg, textOf(args[++i]));
    else if (arg.startsWith("-")) options.push(arg);
    else if (!exists(arg)) throw new TypeError(`there is no ${arg}`);
    else if (!isFolder(arg)) {
      add({ name: arg, args: arg.endsWith("_test.ts") ? [arg] : ["--doc", arg] });
    } else {
      for (const path of filesBelow(arg)) add({ name: path, args: [path] });
      if (!/^(\.\/)?tests\b/.test(arg)) add({ name: `examples in ${arg}`, args: ["--doc", arg] });
    }
  }
  if (units.size === 0) {
    add(DOCUMENTATION);
    for (const path of filesBelow("tests")) add({ name: path, args: [path] });
  }
  const sorted = [...units.values()].sort((a, b) =>
    rank(a.name) - rank(b.name) || (a.name < b.name ? -1 : 1)
  );
  return { units: sorted, options };
}
