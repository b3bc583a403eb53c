/** What `nido watch` prints of an event: a line for people, or JSON for programs. */
import type { Mount } from "../../inspect/mountinfo.ts";
import type { ProcessSummary } from "../../inspect/process_summary.ts";
import type { WatchEvent } from "../../inspect/watch/event.ts";
import { safe } from "../../ffi/bytes.ts";
import { type Line, lineOf, type Pen, type Span, strokesOf } from "../lines.ts";
import { cut, textWidth } from "../text.ts";
import { holdingOf } from "../who/holding.ts";
import { Witnesses } from "../who/witnesses.ts";

/** How lines are made. */
export interface Style {
  readonly pen: Pen;
  readonly width: number;
  /** Names of users by uid. */
  readonly users: ReadonlyMap<number, string>;
}

/** As wide as the longest, for columns. */
const TIME = 9;
const CHANGE = 6;
const KIND = 8;
/** Columns that a command has at least. */
const SHORTEST = 15;

const soft = (text: string): Span => ({ text, look: "dim" });

function pidsOf({ pids }: ProcessSummary, pen: Pen): Span[] {
  const { arrow } = strokesOf(pen);
  return pids.flatMap((pid, i) => [
    ...(i > 0 ? [{ text: arrow, look: "dim" } as const] : []),
    { text: String(pid), ...(i === pids.length - 1 ? { look: "bold" } as const : {}) },
  ]);
}

/** What has no arguments, as a zombie, is named as ps(1) does. */
const commandOf = ({ command, name }: ProcessSummary): string => command || `[${name}]`;

/** Who did it is to be seen, too, however long the command is. */
function shortened(command: string, room: number, pen: Pen): string {
  const shown = safe(command, pen.ascii);
  return textWidth(shown) <= room ? command : cut(shown, room - 1) + strokesOf(pen).more;
}

function byWords({ pid, name, uid }: ProcessSummary, users: Style["users"]): Span {
  return soft(`  by ${pid} ${name} of ${users.get(uid) ?? `uid ${uid}`}`);
}

const mountWords = ({ source, root, fsType, mountPoint }: Mount): string =>
  `${fsType === "nsfs" ? root : source} on ${mountPoint}${fsType === "nsfs" ? "" : ` (${fsType})`}`;

function partsOf(
  event: WatchEvent,
  { pen, width, users }: Style,
): [change: string, kind: Span, Span[]] {
  switch (event.kind) {
    case "process": {
      const by = event.by ? [byWords(event.by, users)] : [];
      const pids = pidsOf(event.process, pen);
      const others = [...pids, ...by].reduce((sum, { text }) => sum + textWidth(text), 1);
      const room = Math.max(SHORTEST, width - TIME - CHANGE - KIND - others);
      const command = { text: ` ${shortened(commandOf(event.process), room, pen)}` };
      return [event.change, { text: "process" }, [...pids, command, ...by]];
    }
    case "namespace": {
      const { change, type, ns, by, holders } = event;
      const [first, ...more] = holders;
      const held = first ? holdingOf(first, new Witnesses(), pen.ascii).what : undefined;
      const kept = held === undefined
        ? []
        : [soft(`  held by ${held}${more.length > 0 ? ` and ${more.length} more` : ""}`)];
      const who = by ? [byWords(by, users)] : kept;
      return [change, { text: type, look: type }, [{ text: String(ns), look: "bold" }, ...who]];
    }
    case "enter": {
      const { type, ns, process, from } = event;
      const said = [{ text: String(ns), look: "bold" } as const, soft(`  from ${from}`)];
      return ["enter", { text: type, look: type }, [...said, byWords(process, users)]];
    }
    case "mount": {
      const { change, mount, mnt, of, alone } = event;
      const where = alone ? byWords(of, users) : soft(`  where ${of.pid} ${of.name} is`);
      const said = [{ text: mountWords(mount) }, soft(`  in mnt ${mnt}`), where];
      return [change, { text: "mount", look: "mnt" }, said];
    }
  }
}

const LOOKS = { new: "good", gone: "warn", empty: "doubt" } as const;

/** A line for people: when, what has happened, to what, and who did it. */
export function eventLine(event: WatchEvent, time: string, style: Style): Line {
  const [change, kind, said] = partsOf(event, style);
  const look = LOOKS[change as keyof typeof LOOKS];
  return lineOf(
    [
      soft(`${time} `),
      { text: change.padEnd(CHANGE), ...(look ? { look } : {}) },
      { ...kind, text: kind.text.padEnd(KIND) },
      ...said,
    ],
    style.width,
    style.pen,
  );
}

/** A value for JSON: what is not known is null. */
export function eventJson(event: WatchEvent, time: string): unknown {
  switch (event.kind) {
    case "process": {
      const { kind, change, process, by } = event;
      return { time, kind, change, process, by: by ?? null };
    }
    case "namespace": {
      const { kind, change, type, ns, by, holders } = event;
      return { time, kind, change, type, ns, by: by ?? null, holders };
    }
    case "enter": {
      const { kind, type, ns, from, process } = event;
      return { time, kind, type, ns, from, process };
    }
    case "mount": {
      const { kind, change, mnt, mount, of, alone } = event;
      const { mountPoint, fsType, superOptions, ...rest } = mount;
      return {
        time,
        kind,
        change,
        mnt,
        mount: { ...rest, mount_point: mountPoint, fs_type: fsType, super_options: superOptions },
        of,
        alone,
      };
    }
  }
}
