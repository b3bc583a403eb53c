/** The root directory of a process, as a path of the caller. */
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_STATX_DONT_SYNC,
  AT_SYMLINK_NOFOLLOW,
} from "../ffi/abi/fcntl.ts";
import { stat } from "../ffi/dir.ts";
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

/** Whether a path is in a file system that may not answer. */
function isSlow(path: string, ours: readonly Mount[]): boolean {
  return ours.some(({ fsType, mountPoint }) =>
    SLOW.test(fsType) && (path === mountPoint || path.startsWith(`${mountPoint}/`))
  );
}

/** Whether a path is the root directory of a process. */
function isRootOf(pid: number, path: string): boolean {
  const flags = AT_EMPTY_PATH | AT_STATX_DONT_SYNC;
  try {
    const there = stat(`/proc/${pid}/root`, AT_FDCWD, flags);
    const here = stat(path, AT_FDCWD, flags | AT_SYMLINK_NOFOLLOW);
    return there.dev === here.dev && there.ino === here.ino;
  } catch (error) {
    if (error instanceof SyscallError) return false;
    throw error;
  }
}

const mountsOf = (of: number | "self", part: string): Mount[] =>
  parseMountinfo((ifReadable(() => linesWith(`${of}/mountinfo`, part)) ?? []).join("\n"));

/**
 * The root directory of a process, as a path from the caller's.
 *
 * @returns undefined where the caller may not look, and where it has no path here.
 */
export function rootOf(pid: number): string | undefined {
  const link = tryReadLink(`${pid}/root`);
  if (typeof link !== "string" || !link.startsWith("/")) return undefined;
  const [there, here] = [tryReadLink(`${pid}/ns/mnt`), tryReadLink("self/ns/mnt")];
  if (typeof there !== "string" || typeof here !== "string") return undefined;
  if (inodeIn(there) === inodeIn(here)) return link;
  const root = mountsOf(pid, " / ").findLast(({ mountPoint }) => mountPoint === "/");
  const ours = mountsOf("self", " - ");
  // What is no mount there has the path that it has here, if it is the same folder.
  const paths = root ? rootsIn(root, ours) : [link];
  return paths.find((path) => !isSlow(path, ours) && isRootOf(pid, path));
}
