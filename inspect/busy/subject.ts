/** What a path is whose holders are asked for: a mount point, a device or a directory. */
import { S_IFBLK, S_IFCHR, S_IFMT } from "../../ffi/abi/stat.ts";
import { placeOf } from "../../ffi/file_place.ts";
import type { Mount } from "../mountinfo.ts";

/** A path of the caller's, without links. */
export interface PathSubject {
  readonly path: string;
  /**
   * `mount`: something is mounted on it here. `gone`: there is no such path here. Either can still be a mount point
   * elsewhere, as a directory can.
   */
  readonly kind: "mount" | "block device" | "character device" | "directory" | "gone";
  /** The file system that it is in, or that is mounted on it; of a device the device itself. */
  readonly dev?: string;
  /** What is mounted on it here, the last of several; else the mount that it is in. */
  readonly mount?: Mount;
  /** Where it is in its file system, as the root of a bind mount of it would be. */
  readonly root?: string;
}

/** Whether a path is another, or below it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}

/** Where a path is in the file system of the mount that it is in. */
export function rootFor(path: string, { mountPoint, root }: Mount): string {
  const rest = mountPoint === "/" ? path : path.slice(mountPoint.length);
  const joined = `${root === "/" ? "" : root}${rest === "/" ? "" : rest}`;
  return joined === "" ? "/" : joined;
}

/** The mount that a path is in, or that is mounted on it: of the longest mount point, the last. */
export function mountAt(path: string, mounts: readonly Mount[]): Mount | undefined {
  let found: Mount | undefined;
  for (const mount of mounts) {
    if (!isWithin(path, mount.mountPoint)) continue;
    if (!found || mount.mountPoint.length >= found.mountPoint.length) found = mount;
  }
  return found;
}

/**
 * What a path is.
 *
 * @param path Absolute, without links.
 * @param mounts The caller's.
 */
export function subjectAt(path: string, mounts: readonly Mount[]): PathSubject {
  const place = placeOf(path);
  const mount = mountAt(path, mounts);
  // What is mounted need not answer: a file system of a daemon that has died.
  if (mount?.mountPoint === path) {
    return { path, kind: "mount", dev: mount.dev, mount, root: mount.root };
  }
  if (typeof place === "number") return { path, kind: "gone" };
  const type = place.mode & S_IFMT;
  if (type === S_IFBLK) return { path, kind: "block device", dev: place.rdev };
  if (type === S_IFCHR) return { path, kind: "character device", dev: place.rdev };
  return {
    path,
    kind: "directory",
    dev: mount?.dev ?? place.dev,
    ...(mount ? { mount, root: rootFor(path, mount) } : {}),
  };
}
