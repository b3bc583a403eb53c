/** The root directory of a process, as a path of the caller. */
import { lstat, stat } from "../ffi/dir.ts";
import { SyscallError } from "../ffi/errors.ts";
import { type Mount, parseMountinfo } from "./mountinfo.ts";
import { inodeIn } from "./ns_link.ts";
import { ifReadable, linesWith, tryReadLink } from "./proc.ts";

/** File systems that may not answer: a user's own, and those of other machines. */
const SLOW = /^(fuse|nfs|cifs|smb|9p|ceph|afs|autofs)/;

/** A path in a mount: `rest` is what is below its root. */
function pathIn({ root, mountPoint }: Mount, path: string): string | undefined {
  if (path !== root && root !== "/" && !path.startsWith(`${root}/`)) return undefined;
  const rest = root === "/" ? path : path.slice(root.length);
  const joined = `${mountPoint === "/" ? "" : mountPoint}${rest === "/" ? "" : rest}`;
  return joined === "" ? "/" : joined;
}

/**
 * Where the root of another mount namespace could be found in one's own, the best first: the same file system is
 * mounted there, from the same folder or one above. A mount may hide it: that remains to be seen.
 *
 * @param root The mount that is the root of a process there.
 * @param ours The caller's.
 */
export function rootsIn(root: Mount, ours: readonly Mount[]): string[] {
  if (SLOW.test(root.fsType)) return [];
  const paths = ours.filter(({ dev }) => dev === root.dev)
    .flatMap((mount) => pathIn(mount, root.root) ?? []);
  return [...new Set(paths)].sort((a, b) => a.length - b.length);
}

/** Whether a path is the root directory of a process. */
function isRootOf(pid: number, path: string): boolean {
  try {
    const [there, here] = [stat(`/proc/${pid}/root`), lstat(path)];
    return there.dev === here.dev && there.ino === here.ino;
  } catch (error) {
    if (error instanceof SyscallError) return false;
    throw error;
  }
}

/**
 * The root directory of a process, as a path from the caller's.
 *
 * @returns undefined where the caller may not look, and where it has no path here.
 */
export function rootOf(pid: number): string | undefined {
  const link = tryReadLink(`${pid}/root`);
  if (typeof link !== "string") return undefined;
  const [there, here] = [tryReadLink(`${pid}/ns/mnt`), tryReadLink("self/ns/mnt")];
  if (typeof there !== "string" || typeof here !== "string") return undefined;
  if (inodeIn(there) === inodeIn(here)) return link.startsWith("/") ? link : undefined;
  const mounts = (of: number | "self", part: string): Mount[] =>
    parseMountinfo((ifReadable(() => linesWith(`${of}/mountinfo`, part)) ?? []).join("\n"));
  const root = mounts(pid, " / ").findLast(({ mountPoint }) => mountPoint === "/");
  if (!root) return undefined;
  return rootsIn(root, mounts("self", ` ${root.dev} `)).find((path) => isRootOf(pid, path));
}
