/**
 * Mounts as they come and go, in each mount namespace that a process is in. An open mountinfo tells that it has
 * changed: only then is it read again.
 */
import { close } from "../../ffi/fast_calls.ts";
import { alerted } from "../../ffi/poll.ts";
import { type Mount, parseMountLine } from "../mountinfo.ts";
import { ifReadable, openFile, readAgain } from "../proc.ts";

/** A mountinfo of thousands of mounts has some 100 bytes for each. */
const MOST_BYTES = 1 << 24;

/** Each takes a descriptor. */
const MOST_NAMESPACES = 512;

/** Lines of a mountinfo by what names a mount. */
type Lines = ReadonlyMap<string, string>;

/** ID, parent, device, root and mount point: options change, and so does propagation. */
const nameOf = (line: string): string => line.split(" ", 5).join(" ");
/** Without the IDs, for copies of a mount in a new namespace. */
const placeOf = (line: string): string => line.split(" ", 5).slice(2).join(" ");

function linesOf(text: string): Lines {
  return new Map(text.split("\n").filter(Boolean).map((line) => [nameOf(line), line]));
}

interface Watched {
  /** Whose mountinfo it is: while it lives, it keeps all that the descriptor does. */
  readonly pid: number;
  readonly fd: number;
  lines: Lines;
}

/** A mount that is new or gone. */
export interface MountChange {
  readonly mnt: number;
  readonly change: "new" | "gone";
  readonly mount: Mount;
}

/** Watches mount namespaces. */
export class MountWatch implements Disposable {
  readonly #watched = new Map<number, Watched>();

  /** Whose mountinfo is read of this namespace. */
  pidOf(mnt: number): number | undefined {
    return this.#watched.get(mnt)?.pid;
  }

  /**
   * Watches a mount namespace by a process in it.
   *
   * @param copied The namespace that it is a new copy of: what differs is told.
   */
  add(mnt: number, pid: number, copied?: number): MountChange[] {
    const before = this.#watched.get(mnt);
    if (!before && this.#watched.size >= MOST_NAMESPACES) return [];
    const fd = ifReadable(() => openFile(`${pid}/mountinfo`));
    if (fd === undefined) return [];
    if (before) close(before.fd);
    const lines = ifReadable(() => linesOf(readAgain(fd, MOST_BYTES))) ?? new Map();
    this.#watched.set(mnt, { pid, fd, lines });
    if (before) return changes(mnt, before.lines, lines);
    const model = copied === undefined ? undefined : this.#watched.get(copied)?.lines;
    if (!model) return [];
    const known = new Set([...model.values()].map(placeOf));
    const fresh = [...lines].filter(([, line]) => !known.has(placeOf(line)));
    return changes(mnt, new Map(), new Map(fresh));
  }

  /** No process is in it any more: the descriptor would keep it. */
  remove(mnt: number): void {
    const watched = this.#watched.get(mnt);
    if (watched) close(watched.fd);
    this.#watched.delete(mnt);
  }

  /** What has changed since it was asked last. */
  changes(): MountChange[] {
    const byFd = new Map(
      [...this.#watched].map(([mnt, watched]) => [watched.fd, { mnt, watched }]),
    );
    return alerted([...byFd.keys()]).flatMap((fd) => {
      const { mnt, watched } = byFd.get(fd)!;
      const lines = ifReadable(() => linesOf(readAgain(fd, MOST_BYTES)));
      if (!lines) return [];
      const before = watched.lines;
      watched.lines = lines;
      return changes(mnt, before, lines);
    });
  }

  [Symbol.dispose](): void {
    for (const mnt of [...this.#watched.keys()]) this.remove(mnt);
  }
}

/** The difference of two mountinfos: what is gone, the last first, and what is new. */
export function changes(mnt: number, before: Lines, now: Lines): MountChange[] {
  const one = (change: "new" | "gone", lines: Lines, others: Lines): MountChange[] =>
    [...lines].filter(([name]) => !others.has(name)).flatMap(([, line]) => {
      const mount = parseMountLine(line);
      return mount ? [{ mnt, change, mount }] : [];
    });
  return [...one("gone", before, now).reverse(), ...one("new", now, before)];
}
