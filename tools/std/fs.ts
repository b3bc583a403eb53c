/**
 * Stand-in for `@std/fs` where JSR cannot be reached: what tools and tests use of it, with the same
 * results. Entries come in the order of the file system, as there; errors of the system are Node's,
 * told apart by `code`.
 *
 * @module
 */

import { cpSync, lstatSync, mkdirSync, readdirSync, type Stats, statSync } from "node:fs";
import { basename, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const toPath = (path: string | URL): string =>
  path instanceof URL ? fileURLToPath(path.href) : path;

/** One entry that {@linkcode walk} found. */
export interface WalkEntry extends Deno.DirEntry {
  /** The path, beginning with the root as it was given. */
  path: string;
}

/** Options of {@linkcode walk} and {@linkcode walkSync}. */
export interface WalkOptions {
  /** Whether to report directories, the root among them; by default they are. */
  includeDirs?: boolean;
  /** Report only paths that end so. */
  exts?: string[];
  /** Report only paths that one of these matches. */
  match?: RegExp[];
}

const toEntry = (path: string, stats: Stats): WalkEntry => ({
  path,
  name: basename(path),
  isFile: stats.isFile(),
  isDirectory: stats.isDirectory(),
  isSymlink: stats.isSymbolicLink(),
});

/** Walks a folder, parents before what they hold. Links are reported, and not followed. */
export function* walkSync(
  root: string | URL,
  options: WalkOptions = {},
): IterableIterator<WalkEntry> {
  const exts = options.exts?.map((ext) => ext.startsWith(".") ? ext : `.${ext}`);
  const isWanted = (path: string) =>
    (exts?.some((ext) => path.endsWith(ext)) ?? true) &&
    (options.match?.some((one) => path.match(one)) ?? true);
  const top = toPath(root);
  if ((options.includeDirs ?? true) && isWanted(top)) yield toEntry(normalize(top), statSync(top));
  for (const name of readdirSync(top)) {
    const path = join(top, name);
    const stats = lstatSync(path);
    if (stats.isDirectory()) yield* walkSync(path, options);
    else if (isWanted(path)) yield toEntry(path, stats);
  }
}

/** Walks a folder as {@linkcode walkSync} does, one entry at a time. */
export async function* walk(
  root: string | URL,
  options: WalkOptions = {},
): AsyncIterableIterator<WalkEntry> {
  await Promise.resolve();
  yield* walkSync(root, options);
}

/** Makes sure that the folder exists, and those above it. */
export async function ensureDir(dir: string | URL): Promise<void> {
  await Promise.resolve();
  const stats = statSync(dir, { throwIfNoEntry: false });
  if (!stats) mkdirSync(dir, { recursive: true });
  else if (!stats.isDirectory()) {
    const type = stats.isFile() ? "file" : undefined;
    throw new Error(`Failed to ensure directory exists: expected 'dir', got '${type}'`);
  }
}

/** Options of {@linkcode exists}. */
export interface ExistsOptions {
  /** Ask for a folder. */
  isDirectory?: boolean;
  /** Ask for a file. */
  isFile?: boolean;
}

/** Tells whether the path exists, links followed. */
export async function exists(path: string | URL, options: ExistsOptions = {}): Promise<boolean> {
  await Promise.resolve();
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return false;
  if (options.isDirectory && !stats.isDirectory()) return false;
  return !options.isFile || stats.isFile();
}

/** Copies a file, a link (as a link) or a folder with all it holds to where nothing is. */
export async function copy(src: string | URL, dest: string | URL): Promise<void> {
  await Promise.resolve();
  if (lstatSync(dest, { throwIfNoEntry: false })) {
    throw new Deno.errors.AlreadyExists(`'${dest}' already exists.`);
  }
  cpSync(src, dest, { recursive: true, verbatimSymlinks: true, force: false, errorOnExist: true });
}
