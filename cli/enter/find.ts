/** Finds the process that a name means, and holds it while it is looked at. */
import type { Belonging } from "../../inspect/container/container.ts";
import { Containers } from "../../inspect/container/find.ts";
import { ifReadable, pids, tryReadLink } from "../../inspect/proc.ts";
import { hidepidOf } from "../../inspect/own_proc.ts";
import { commandOf, statOf } from "../../inspect/process.ts";
import { safe } from "../../ffi/bytes.ts";
import { stat } from "../../ffi/dir.ts";
import { close } from "../../ffi/fast_calls.ts";
import { pidfdOpen } from "../../ffi/pidfd.ts";
import { didYouMean } from "../../launch/suggest.ts";
import { containerWords, unitWords } from "../belonging.ts";
import { UsageError } from "../getopt.ts";
import { say } from "../say.ts";
import { unseenWords, whyAbsent } from "../unseen.ts";
import { fitOf, namesOf } from "./called.ts";

/** The process that is entered. */
export interface Target {
  readonly pid: number;
  /** The inode of its pidfd, where it tells processes apart. Linux 6.9. */
  readonly inode?: number;
}

/** A process that belongs to what is asked for. */
interface Found {
  readonly pid: number;
  readonly starttime: number;
  readonly belonging: Belonging;
}

/** As much of a command line as tells it from another. */
const SHOWN = 60;

const ENDED = new Set(["Z", "X"]);

/** The process that a PID, a name, an id or a unit means. @throws {UsageError} */
export function findTarget(asked: string): Target {
  if (/^[1-9]\d{0,9}$/.test(asked)) {
    const stat = ifReadable(() => statOf(Number(asked)));
    if (stat) return held({ pid: stat.pid, starttime: stat.starttime }, asked);
  }
  const groups = groupsCalled(asked);
  if (groups.length === 0) throw notFound(asked);
  if (groups.length > 1) throw ambiguous(asked, groups.map((group) => first(group)));
  return held(first(groups[0]!), asked);
}

/** The processes of all that is called so; what has the whole name goes before what begins with it. */
function groupsCalled(asked: string): Found[][] {
  const containers = new Containers();
  const fitting = { exact: new Map<string, Found[]>(), part: new Map<string, Found[]>() };
  for (const pid of pids()) {
    const belonging = containers.of(pid);
    const found = fitOf(belonging, asked);
    const stat = found && ifReadable(() => statOf(pid));
    if (!stat || ENDED.has(stat.state)) continue;
    const groups = fitting[found.fit];
    const group = groups.get(found.key) ?? [];
    group.push({ pid, starttime: stat.starttime, belonging });
    groups.set(found.key, group);
  }
  return [...(fitting.exact.size > 0 ? fitting.exact : fitting.part).values()];
}

/** The one that was there first: all else has been started by it, or later from outside. */
const first = (group: readonly Found[]): Found =>
  group.reduce((one, other) => other.starttime < one.starttime ? other : one);

/** Sees to it that it is still the same process, and finds what nobody who gets its PID later has. */
function held({ pid, starttime }: Pick<Found, "pid" | "starttime">, asked: string): Target {
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

function notFound(asked: string): UsageError {
  const containers = new Containers();
  const shown = pids();
  const names = shown.flatMap((pid) => namesOf(containers.of(pid)));
  const why = /^\d+$/.test(asked) ? [whyAbsent(Number(asked))] : [
    `no running container or unit is called '${asked}'${didYouMean(asked, names)}`,
  ];
  const unseen = { unreadable: 0, ...hidepidOf(shown, 0) };
  return new UsageError([...why, ...unseenWords(unseen)].join("; "));
}

/** Lists them, before the error. */
function ambiguous(asked: string, candidates: readonly Found[]): UsageError {
  for (const { pid, belonging } of candidates) {
    const unit = unitWords(belonging);
    const words = [...containerWords(belonging), ...(unit === undefined ? [] : [unit])];
    const command = (ifReadable(() => commandOf(pid)) ?? "").slice(0, SHOWN);
    say(safe(`${pid}  ${words.join(", ")}: ${command}`));
  }
  return new UsageError(`'${asked}' is each of these; give the PID of one`);
}
