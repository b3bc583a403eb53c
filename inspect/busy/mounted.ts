/** In which mount namespaces something is mounted. */
import { listNamespaces } from "../namespaces.ts";
import { type Mount, parseMountinfo } from "../mountinfo.ts";
import { mountNamespaceOf } from "../container/traces.ts";
import { ifReadable, linesWith } from "../proc.ts";
import { isWithin, type PathSubject } from "./subject.ts";

/** A mount, as the processes of a mount namespace see it. */
export interface Mounted {
  readonly mount: Mount;
  /** The mount namespace, by inode number. */
  readonly ns: number;
  /** The user namespace that owns it; undefined where the caller may not know. */
  readonly owner?: number;
  /** A process in it, as the caller's /proc numbers it. */
  readonly pid: number;
  /** Whether it is the caller's mount namespace. */
  readonly here: boolean;
}

/** A mount namespace by which it can be looked into. */
interface View {
  readonly ns: number;
  readonly owner?: number;
  readonly pid: number;
  readonly task: string;
  readonly here: boolean;
}

/** The mount namespaces that processes and threads are in, the caller's first. */
function views(): View[] {
  const own = mountNamespaceOf("self");
  const list = listNamespaces({ types: ["mnt"], mounts: false }).namespaces;
  const all = list.flatMap(({ ns, owner, processes, holders }) => {
    const thread = holders.find(({ kind }) => kind === "thread");
    const pid = processes[0]?.pid ?? (thread && "pid" in thread ? thread.pid : undefined);
    if (pid === undefined) return [];
    const task = !processes[0] && thread?.kind === "thread"
      ? `${pid}/task/${thread.tid}`
      : `${pid}`;
    const here = ns === own;
    return [{
      ns,
      ...(owner === undefined ? {} : { owner }),
      pid,
      task: here ? "self" : task,
      here,
    }];
  });
  return all.sort((a, b) => Number(b.here) - Number(a.here));
}

/**
 * Whether a mount is of what is asked for: of a device all of its file system, of a mount point what is the same or
 * below it in the file system; of another path also what is mounted on it elsewhere.
 */
export function isMountOf(mount: Mount, subject: PathSubject, isHere: boolean): boolean {
  const { kind, path, dev, root } = subject;
  if (kind === "character device") return false;
  // btrfs has a number of its own for each mount.
  if (kind === "block device") {
    return mount.dev === dev || mount.source === path && mount.dev.startsWith("0:");
  }
  if (kind !== "mount" && mount.mountPoint === path && !isHere) return true;
  if (kind === "gone") return false;
  if (kind === "directory" && isHere && isWithin(mount.mountPoint, path)) return true;
  return mount.dev === dev && root !== undefined && isWithin(mount.root, root);
}

/** All mounts of it, in the namespaces that the caller may look into. */
export function mountedIn(subject: PathSubject): Mounted[] {
  return views().flatMap(({ task, ...view }) => {
    // Hundreds of namespaces may have thousands of mounts: most of their lines are of no use here.
    const parts = [
      subject.dev === undefined ? undefined : ` ${subject.dev} `,
      ` ${octal(subject.path)}`,
    ];
    const lines = parts.flatMap((part) =>
      part === undefined ? [] : ifReadable(() => linesWith(`${task}/mountinfo`, part)) ?? []
    );
    return parseMountinfo([...new Set(lines)].join("\n"))
      .filter((mount) => isMountOf(mount, subject, view.here))
      .map((mount) => ({ mount, ...view }));
  });
}

/** As mountinfo has a path. */
function octal(path: string): string {
  return path.replace(
    /[ \t\n\\]/g,
    (char) => `\\${char.charCodeAt(0).toString(8).padStart(3, "0")}`,
  );
}

const groupOf = (mount: Mount | undefined, name: "shared" | "master"): string | undefined =>
  mount?.optional.find((field) => field.startsWith(`${name}:`))?.slice(name.length + 1);

/**
 * Whether unmounting one mount unmounts another too, and so fails where that one is busy: the mounts that they are
 * on are peers, or the other's is a slave. @see mount_namespaces(7), "Shared subtrees"
 *
 * @param parents What each is mounted on.
 */
export function isPeer(
  one: Mount,
  other: Mount,
  parents: readonly [one: Mount | undefined, other: Mount | undefined],
): boolean {
  const shared = groupOf(parents[0], "shared");
  const theirs = [groupOf(parents[1], "shared"), groupOf(parents[1], "master")];
  return one.dev === other.dev && one.root === other.root && shared !== undefined &&
    theirs.includes(shared);
}
