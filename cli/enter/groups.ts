/** The containers and units that there are, each by its first process. */
import type { Belonging } from "../../inspect/container/container.ts";
import { Containers } from "../../inspect/container/find.ts";
import { ifReadable, pids } from "../../inspect/proc.ts";
import { commandOf, statOf } from "../../inspect/process.ts";
import { safe } from "../../ffi/bytes.ts";
import { containerWords, unitWords } from "../belonging.ts";
import { say } from "../say.ts";
import { keyOf } from "./called.ts";

/** A container or a unit. */
export interface Group {
  readonly belonging: Belonging;
  /** The one that was there first: all else has been started by it, or later from outside. */
  readonly pid: number;
  readonly starttime: number;
}

/** As much of a command line as tells it from another. */
const SHOWN = 60;

/** As many lines as a small terminal has. */
const MOST = 20;

const ENDED = new Set(["Z", "X"]);

/** Finds them, those first that were there first. */
export function readGroups(): Group[] {
  const containers = new Containers();
  const groups = new Map<string, Group>();
  for (const pid of pids()) {
    const belonging = containers.of(pid);
    const key = keyOf(belonging);
    const stat = key === undefined ? undefined : ifReadable(() => statOf(pid));
    if (!stat || ENDED.has(stat.state)) continue;
    const { starttime } = stat;
    const before = groups.get(key!);
    if (!before || starttime < before.starttime) groups.set(key!, { belonging, pid, starttime });
  }
  return [...groups.values()].sort((one, other) => one.starttime - other.starttime);
}

/** Lists them on standard error: containers first, and of many the first. */
export function sayGroups(groups: readonly Group[]): void {
  const sorted = groups.toSorted((one, other) =>
    Number(other.belonging.container !== undefined) - Number(one.belonging.container !== undefined)
  );
  for (const { pid, belonging } of sorted.slice(0, MOST)) {
    const unit = unitWords(belonging);
    const words = [...containerWords(belonging), ...(unit === undefined ? [] : [unit])];
    const command = (ifReadable(() => commandOf(pid)) ?? "").slice(0, SHOWN);
    say(safe(`${pid}  ${words.join(", ")}: ${command}`));
  }
  if (groups.length > MOST) say(`and ${groups.length - MOST} more`);
}
