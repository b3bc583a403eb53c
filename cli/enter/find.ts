/** Finds the process that a name means, and holds it while it is looked at. */
import { hidepidOf } from "../../inspect/own_proc.ts";
import { statOf } from "../../inspect/process.ts";
import { ifReadable, pids, tryReadLink } from "../../inspect/proc.ts";
import { stat } from "../../ffi/dir.ts";
import { close } from "../../ffi/fast_calls.ts";
import { pidfdOpen } from "../../ffi/pidfd.ts";
import { didYouMean } from "../../launch/suggest.ts";
import { effectiveUser } from "../../launch/run/facts.ts";
import { UsageError } from "../getopt.ts";
import { unseenWords, whyAbsent } from "../unseen.ts";
import { fitOf, namesOf } from "./called.ts";
import { type Group, readGroups, sayGroups } from "./groups.ts";
import { isNetName } from "./net.ts";

/** The process that is entered. */
export interface Target {
  readonly pid: number;
  /** The inode of its pidfd, where it tells processes apart. Linux 6.9. */
  readonly inode?: number;
}

/** The process that a PID, a name, an id or a unit means. @throws {UsageError} */
export function findTarget(asked: string): Target {
  if (/^[1-9]\d{0,9}$/.test(asked)) {
    const stat = ifReadable(() => statOf(Number(asked)));
    if (stat) return held({ pid: stat.pid, starttime: stat.starttime }, asked);
  }
  const groups = readGroups();
  const called = groupsCalled(asked, groups);
  if (called.length === 0) throw notFound(asked, groups);
  if (called.length === 1) return held(called[0]!, asked);
  sayGroups(called);
  throw new UsageError(`'${asked}' is each of these; give the PID of one`);
}

/** All that is called so; what has the whole name goes before what begins with it. */
function groupsCalled(asked: string, groups: readonly Group[]): Group[] {
  const fitting = (wanted: string): Group[] =>
    groups.filter(({ belonging }) => fitOf(belonging, asked) === wanted);
  const exact = fitting("exact");
  return exact.length > 0 ? exact : fitting("part");
}

/** Sees to it that it is still the same process, and finds what nobody who gets its PID later has. */
function held({ pid, starttime }: Pick<Group, "pid" | "starttime">, asked: string): Target {
  const fd = pidfdOpen(pid);
  try {
    if (ifReadable(() => statOf(pid))?.starttime !== starttime) {
      throw new UsageError(`process ${pid}, which '${asked}' was, has ended meanwhile`);
    }
    if (fd < 0) return { pid };
    const { ino, dev } = stat("", fd);
    return isOfProcess(ino, dev) ? { pid, inode: ino } : { pid };
  } finally {
    if (fd >= 0) close(fd);
  }
}

/** Whether pidfds have inodes of their own here: on older kernels all have the same. */
function isOfProcess(ino: number, dev: number): boolean {
  const fd = pidfdOpen(Deno.pid);
  if (fd < 0) return false;
  try {
    const own = stat("", fd);
    return own.dev === dev && own.ino !== ino;
  } finally {
    close(fd);
  }
}

/** Whether a process has the caller's root directory: the same in the same mount namespace. */
export function hasOwnRoot(pid: number): boolean {
  const links = [`${pid}/ns/mnt`, "self/ns/mnt"].map(tryReadLink);
  if (links[0] !== links[1] || typeof links[0] === "number") return false;
  return ifReadable(() => {
    const [theirs, own] = [stat(`/proc/${pid}/root`), stat("/")];
    return theirs.dev === own.dev && theirs.ino === own.ino;
  }) ?? false;
}

function notFound(asked: string, groups: readonly Group[]): UsageError {
  const unseen = unseenWords({ unreadable: 0, ...hidepidOf(pids(), 0) });
  if (/^\d+$/.test(asked)) return new UsageError([whyAbsent(Number(asked)), ...unseen].join("; "));
  sayGroups(groups);
  const guess = didYouMean(asked, groups.flatMap(({ belonging }) => namesOf(belonging))) ||
    (groups.length > 0 ? ", only these are" : "");
  const isUsers = effectiveUser() !== 0 && unseen.length === 0;
  return new UsageError([
    `no running container or unit is called '${asked}'${isNetName(asked) ? "" : guess}`,
    ...(isNetName(asked) ? ["the network namespace of that name is entered by --net"] : []),
    ...(isUsers ? ["run as root to see what those of other users are called"] : unseen),
  ].join("; "));
}

/** Nothing is named: lists what could be. */
export function notNamed(): UsageError {
  const groups = readGroups();
  sayGroups(groups);
  return new UsageError(
    `which one? Give ${groups.length > 0 ? "one of these" : "a container, a unit"} or any PID`,
    true,
  );
}
