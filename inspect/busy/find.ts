/** Everything that keeps a mount, a device or a directory busy, as far as the caller may look. */
import { S_IFBLK, S_IFCHR, S_IFMT } from "../../ffi/abi/stat.ts";
import { type FilePlace, placeOf } from "../../ffi/file_place.ts";
import { type Mount, parseMountinfo } from "../mountinfo.ts";
import { type Hidepid, hidepidOf, ownPid } from "../own_proc.ts";
import { ifReadable, linesWith, pids } from "../proc.ts";
import { contentOf } from "./cgroup.ts";
import { builtOn, type Loop, loops, swaps, unixSockets } from "./kernel.ts";
import { isPeer, type Mounted, mountedIn } from "./mounted.ts";
import { type ProcessHolder, processHolders, type Wanted } from "./processes.ts";
import { isWithin, mountAt, type PathSubject } from "./subject.ts";

/** What keeps a path busy. Paths, PIDs and devices are the caller's, unless said otherwise. */
export interface Busy {
  readonly subject: PathSubject;
  /** Mounts that are on it or below it here, the deepest first: they have to go before it. */
  readonly nested: readonly Mount[];
  /** Where else it is mounted, in all mount namespaces: that keeps the file system, not the mount that is asked for. */
  readonly others: readonly (Mounted & {
    /** Whether unmounting it here unmounts it there: what holds it there holds it here. */
    readonly isPeer: boolean;
  })[];
  /** Swap areas. */
  readonly swaps: readonly string[];
  readonly loops: readonly Loop[];
  readonly builtOn: ReturnType<typeof builtOn>;
  /** Cgroups that are below it, the deepest first, where it is the directory of one. */
  readonly cgroups: readonly string[];
  readonly processes: readonly ProcessHolder[];
  /** How many processes the caller may not look into. */
  readonly unreadable: number;
  readonly hidepid?: Hidepid;
}

const mountsOf = (of: number | "self", part: string): Mount[] =>
  parseMountinfo((ifReadable(() => linesWith(`${of}/mountinfo`, part)) ?? []).join("\n"));

/** The mounts of the caller, as far as its root shows them. */
export function ownMounts(): Mount[] {
  return mountsOf("self", " - ");
}

/** The mounts that are mounted on a mount, and on those, the deepest first. */
export function nestedIn({ id }: Mount, all: readonly Mount[]): Mount[] {
  return all.filter((one) => one.parent === id && one.id !== id)
    .flatMap((one) => [...nestedIn(one, all), one]);
}

/** The mounts on a folder and below it, the deepest first. */
function mountsBelow(path: string, all: readonly Mount[]): Mount[] {
  return all.filter(({ mountPoint }) => isWithin(mountPoint, path))
    .sort((a, b) => b.mountPoint.length - a.mountPoint.length);
}

/** Looks. @param subject As subjectAt() gives it. */
export function findBusy(subject: PathSubject, ours: readonly Mount[]): Busy {
  const { kind, path, mount } = subject;
  const mounted = mountedIn(subject);
  const nested = kind === "mount"
    ? nestedIn(mount!, ours)
    : kind === "directory"
    ? mountsBelow(path, ours)
    : [];
  const own = new Set([...nested.map(({ id }) => id), ...kind === "mount" ? [mount!.id] : []]);
  const others = mounted.filter((one) => !one.here || !own.has(one.mount.id))
    .map((one) => ({ ...one, isPeer: kind === "mount" && unmountsToo(mount!, one, ours) }));
  const test = testFor(subject, ours, others);
  const { processes, unreadable } = processHolders(test.wanted, ownPid());
  const cgroup = isCgroup(subject) ? contentOf(path) : { below: [], pids: [] };
  const shown = pids();
  return {
    subject,
    nested,
    others,
    swaps: swaps().filter((area) => isSwapIn(area, subject, test.isPathIn)),
    loops: loops().filter(({ file, dev }) => dev === subject.dev && test.isPathIn(file)),
    builtOn: kind === "block device" ? builtOn(subject.dev!) : [],
    cgroups: cgroup.below,
    processes: withMembers(processes, path, cgroup.pids),
    unreadable,
    ...hidepidOf(shown, 0),
  };
}

/** Whether it is the directory of a cgroup. */
export function isCgroup({ kind, mount }: PathSubject): boolean {
  return kind === "directory" && (mount?.fsType === "cgroup2" || mount?.fsType === "cgroup");
}

/** Adds the processes that are in a cgroup. */
function withMembers(
  processes: readonly ProcessHolder[],
  path: string,
  members: readonly number[],
): ProcessHolder[] {
  const self = ownPid();
  const all = new Map(processes.map((one) => [one.pid, one]));
  for (const pid of members) {
    if (pid === self) continue;
    all.set(pid, { pid, holds: [{ by: "cgroup", path }, ...all.get(pid)?.holds ?? []] });
  }
  return [...all.values()];
}

/** The path of a swap area is as whoever has set it up calls it: here it may be another file, or none. */
function isSwapIn(
  path: string,
  { kind, dev }: PathSubject,
  isPathIn: (path: string) => boolean,
): boolean {
  const place = placeOf(path);
  if (typeof place === "number") return false;
  return isPathIn(path) && place.dev === dev || kind === "block device" && place.rdev === dev;
}

function unmountsToo(mount: Mount, other: Mounted, ours: readonly Mount[]): boolean {
  const parent = ours.find(({ id }) => id === mount.parent);
  const theirs = other.here
    ? ours.find(({ id }) => id === other.mount.parent)
    : mountsOf(other.pid, `${other.mount.parent} `).find(({ id }) => id === other.mount.parent);
  return other.mount.id !== mount.id && isPeer(mount, other.mount, [parent, theirs]);
}

/** Tells what is in it: the files of processes, and paths that the kernel shows. */
function testFor(
  subject: PathSubject,
  ours: readonly Mount[],
  others: Busy["others"],
): { wanted: Wanted; isPathIn: (path: string) => boolean } {
  const { kind, path, dev, mount } = subject;
  const [has, isPathIn] = kind === "mount"
    ? ofMount(mount!, ours, others)
    : kind === "block device" || kind === "character device"
    ? ofDevice(subject, ours, others)
    : ofFolder(path, ours);
  const sockets = new Map([...unixSockets()].filter(([, name]) => isPathIn(name)));
  // Files of an overlay are mapped from the file systems below it. @see ovl_mmap() in the kernel's fs/overlayfs/file.c
  const isAsMapped = kind === "mount" && dev !== undefined && mount!.fsType !== "overlay";
  return { wanted: { has, sockets, ...(isAsMapped ? { dev } : {}) }, isPathIn };
}

type Test = readonly [has: Wanted["has"], isPathIn: (path: string) => boolean];

function ofMount(mount: Mount, ours: readonly Mount[], others: Busy["others"]): Test {
  const peers = others.filter(({ isPeer }) => isPeer).map((one) => one.mount.id);
  const ids = new Set([mount.id, ...peers]);
  const isPathIn = (path: string): boolean => mountAt(path, ours)?.id === mount.id;
  return [({ mntId, dev }, path, isHere) => {
    if (mntId !== undefined) return ids.has(mntId);
    return dev === mount.dev && isPathIn(path) && isHere();
  }, isPathIn];
}

function ofDevice(
  { dev, kind }: PathSubject,
  ours: readonly Mount[],
  others: Busy["others"],
): Test {
  const ids = new Set(others.map(({ mount }) => mount.id));
  const type = kind === "block device" ? S_IFBLK : S_IFCHR;
  const isIn = (place: FilePlace): boolean =>
    (place.mode & S_IFMT) === type && place.rdev === dev ||
    kind === "block device" &&
      (place.dev === dev || place.mntId !== undefined && ids.has(place.mntId));
  return [isIn, (path) => mountAt(path, ours)?.dev === dev];
}

function ofFolder(folder: string, ours: readonly Mount[]): Test {
  const ids = new Set(ours.map(({ id }) => id));
  return [
    ({ mntId }, path, isHere) =>
      isWithin(path, folder) && (mntId === undefined ? isHere() : ids.has(mntId)),
    (path) => isWithin(path, folder),
  ];
}
