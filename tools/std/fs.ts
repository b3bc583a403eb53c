/**
 * Stand-in for `@std/fs` where JSR cannot be reached: the functions that tools and tests use, with
 * the same results. Directory entries come in the order of the file system, as there; errors of the
 * system are Node's, told apart by `code`.
 *
 * @module
 */

import * as fs from "node:fs/promises";
import {
  accessSync,
  constants,
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  rmSync,
  type Stats,
  statSync,
} from "node:fs";
import { basename, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";

const toPath = (path: string | URL): string =>
  path instanceof URL ? fileURLToPath(path.href) : path;

const isMissing = (error: unknown): boolean => (error as { code?: string }).code === "ENOENT";

/** One entry that {@linkcode walk} found. */
export interface WalkEntry extends Deno.DirEntry {
  /** The path, beginning with the root as it was given. */
  path: string;
}

/** Options of {@linkcode walk} and {@linkcode walkSync}. */
export interface WalkOptions {
  /** How deep to go; the root has depth 0. */
  maxDepth?: number;
  /** Whether to report files; by default they are. */
  includeFiles?: boolean;
  /** Whether to report directories, the root among them; by default they are. */
  includeDirs?: boolean;
  /** Whether to report symbolic links; by default they are. */
  includeSymlinks?: boolean;
  /** Whether to report what links point to instead of the links. */
  followSymlinks?: boolean;
  /** Whether a followed link is reported by its real path; by default it is. */
  canonicalize?: boolean;
  /** Report only paths that end so. */
  exts?: string[];
  /** Report only paths that one of these matches. */
  match?: RegExp[];
  /** Neither report nor enter paths that one of these matches. */
  skip?: RegExp[];
}

function toEntry(path: string, stats: Stats, name = basename(path)): WalkEntry {
  return {
    path,
    name,
    isFile: stats.isFile(),
    isDirectory: stats.isDirectory(),
    isSymlink: stats.isSymbolicLink(),
  };
}

/** Walks a folder, parents before what they hold. */
export function* walkSync(
  root: string | URL,
  options: WalkOptions = {},
): IterableIterator<WalkEntry> {
  const { maxDepth = Infinity, includeFiles = true, includeDirs = true } = options;
  const { includeSymlinks = true, followSymlinks = false, canonicalize = true } = options;
  const exts = options.exts?.map((ext) => ext.startsWith(".") ? ext : `.${ext}`);
  const isSkipped = (path: string) => options.skip?.some((one) => path.match(one)) ?? false;
  const isWanted = (path: string) =>
    (exts?.some((ext) => path.endsWith(ext)) ?? true) &&
    (options.match?.some((one) => path.match(one)) ?? true) && !isSkipped(path);

  const top = toPath(root);
  if (maxDepth < 0) return;
  if (includeDirs && isWanted(top)) yield toEntry(normalize(top), statSync(top));
  if (maxDepth < 1 || isSkipped(top)) return;
  for (const name of readdirSync(top)) {
    let path = join(top, name);
    let stats = lstatSync(path);
    const found = toEntry(path, stats);
    if (stats.isSymbolicLink()) {
      if (!followSymlinks) {
        if (includeSymlinks && isWanted(path)) yield found;
        continue;
      }
      const real = realpathSync(path);
      stats = lstatSync(real);
      if (canonicalize) path = real;
    }
    if (stats.isDirectory()) yield* walkSync(path, { ...options, maxDepth: maxDepth - 1 });
    else if (includeFiles && isWanted(path)) yield { ...found, path };
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

function mustBeDirectory(stats: Stats): void {
  if (stats.isDirectory()) return;
  const type = stats.isFile() ? "file" : stats.isSymbolicLink() ? "symlink" : undefined;
  throw new Error(`Failed to ensure directory exists: expected 'dir', got '${type}'`);
}

/** Makes sure that the folder exists, and those above it. */
export function ensureDirSync(dir: string | URL): void {
  const stats = statSync(dir, { throwIfNoEntry: false });
  if (stats) mustBeDirectory(stats);
  else mkdirSync(dir, { recursive: true });
}

/** Makes sure that the folder exists, and those above it. */
export async function ensureDir(dir: string | URL): Promise<void> {
  await Promise.resolve();
  ensureDirSync(dir);
}

/** Makes sure that the folder exists and is empty. */
export async function emptyDir(dir: string | URL): Promise<void> {
  try {
    const names = await fs.readdir(dir);
    const remove = (name: string) => fs.rm(join(toPath(dir), name), { recursive: true });
    await Promise.all(names.map(remove));
  } catch (error) {
    if (!isMissing(error)) throw error;
    await fs.mkdir(dir, { recursive: true });
  }
}

/** Makes sure that the folder exists and is empty. */
export function emptyDirSync(dir: string | URL): void {
  ensureDirSync(dir);
  for (const name of readdirSync(dir)) rmSync(join(toPath(dir), name), { recursive: true });
}

/** Options of {@linkcode exists} and {@linkcode existsSync}. */
export interface ExistsOptions {
  /** Ask for a path that can be read. */
  isReadable?: boolean;
  /** Ask for a folder. */
  isDirectory?: boolean;
  /** Ask for a file. */
  isFile?: boolean;
}

/** Tells whether the path exists, links followed. */
export function existsSync(path: string | URL, options: ExistsOptions = {}): boolean {
  if (options.isDirectory && options.isFile) {
    throw new TypeError("Cannot ask for a path that is a directory and a file");
  }
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return false;
  if (options.isDirectory && !stats.isDirectory()) return false;
  if (options.isFile && !stats.isFile()) return false;
  if (!options.isReadable) return true;
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}

/** Tells whether the path exists, links followed. */
export async function exists(path: string | URL, options: ExistsOptions = {}): Promise<boolean> {
  await Promise.resolve();
  return existsSync(path, options);
}

/** Options of {@linkcode copy} and {@linkcode copySync}. */
export interface CopyOptions {
  /** Whether existing files are replaced; otherwise they are an error. */
  overwrite?: boolean;
  /** Whether copies keep the times of the originals. */
  preserveTimestamps?: boolean;
}

/** Copies a file, a link (as a link) or a folder with all it holds. */
export function copySync(src: string | URL, dest: string | URL, options: CopyOptions = {}): void {
  const { overwrite = false, preserveTimestamps = false } = options;
  if (!overwrite && lstatSync(dest, { throwIfNoEntry: false })) {
    throw new Deno.errors.AlreadyExists(`'${dest}' already exists.`);
  }
  cpSync(src, dest, {
    recursive: true,
    verbatimSymlinks: true,
    force: overwrite,
    errorOnExist: !overwrite,
    preserveTimestamps,
  });
}

/** Copies a file, a link (as a link) or a folder with all it holds. */
export async function copy(
  src: string | URL,
  dest: string | URL,
  options: CopyOptions = {},
): Promise<void> {
  await Promise.resolve();
  copySync(src, dest, options);
}
