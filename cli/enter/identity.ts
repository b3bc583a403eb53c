/** As whom `nido enter` goes into a user namespace whose root is nobody, as that of a sandbox is. */
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import type { IdRange } from "../../ffi/abi/id_map.ts";
import { stat } from "../../ffi/dir.ts";
import { close } from "../../ffi/fast_calls.ts";
import { openNamespace, ownerOf, parentOf } from "../../ffi/nsfs.ts";
import { inodeIn } from "../../inspect/ns_link.ts";
import { idMaps } from "../../inspect/process.ts";
import { ifReadable, tryReadLink } from "../../inspect/proc.ts";
import { effectiveUser } from "../../launch/run/facts.ts";
import type { LaunchSpec } from "../../launch/spec.ts";

/** What is to be said of ids, and of the user namespace, beside `all`. */
export interface Identity extends Pick<LaunchSpec, "setuid" | "setgid"> {
  readonly userParent?: true;
}

/** The identity by which the process's namespaces can be entered; nothing where the usual one does. */
export function identityIn(pid: number): Identity {
  const theirs = tryReadLink(`${pid}/ns/user`);
  if (typeof theirs === "number" || theirs === tryReadLink("self/ns/user")) return {};
  const user = effectiveUser();
  if (user !== 0) return isOwnedByParent(pid, inodeIn(theirs)) ? { userParent: true } : {};
  const maps = ifReadable(() => idMaps(pid));
  return maps && isNobody(maps.uid) && isNobody(maps.gid)
    ? { setuid: "follow", setgid: "follow" }
    : {};
}

/** Whether a map has ids, but none for root: neither for that of outside, nor for one of its own. */
export function isNobody(map: readonly IdRange[]): boolean {
  return map.length > 0 && map.every(({ inner, outer }) => inner > 0 && outer > 0);
}

/**
 * Whether mounts belong to the parent of the user namespace: bwrap makes a second user namespace last, in
 * which ids are the caller's again. Who made both has rights over the mounts in the parent alone.
 */
function isOwnedByParent(pid: number, user: number): boolean {
  const owner = related(`/proc/${pid}/ns/mnt`, ownerOf);
  return owner !== undefined && owner !== user &&
    owner === related(`/proc/${pid}/ns/user`, parentOf) &&
    owner !== inodeIn(String(tryReadLink("self/ns/user")));
}

/** The inode number of a namespace that one is related to; undefined where the caller may not know. */
function related(path: string, relation: (fd: number) => number): number | undefined {
  const fd = ifReadable(() => openNamespace(path, AT_FDCWD));
  if (fd === undefined) return undefined;
  const found = relation(fd);
  try {
    return found < 0 ? undefined : stat("", found).ino;
  } finally {
    if (found >= 0) close(found);
    close(fd);
  }
}
