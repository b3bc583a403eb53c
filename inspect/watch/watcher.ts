/** One watch: what it knows, and what is different each time it looks. */
import { OWNERS_FIRST } from "../../ffi/abi/namespaces.ts";
import { parseNsLink } from "../ns_link.ts";
import type { NamespaceInodes } from "../process.ts";
import { pids } from "../proc.ts";
import { type Births, readBirths, wasGivenAgain } from "./births.ts";
import type { ProcessSummary } from "../process_summary.ts";
import type { WatchEvent } from "./event.ts";
import {
  hasExecuted,
  isChildOf,
  type KnownProcess,
  namespacesNow,
  readKnown,
  statNow,
} from "./known_process.ts";
import { type MountChange, MountWatch } from "./mounts.ts";
import { NamespaceWatch } from "./namespaces.ts";

/** Milliseconds. What is younger may still be about to enter its namespaces and to execute its program. */
const YOUNG = 1000;
/** All processes are listed at least this often, whatever else is seen. */
const LIST_EVERY = 1000;
/** Of the time, how much is spent on lists, and on looking at old processes. */
const SHARE_OF_LISTS = 0.007;
const SHARE_OF_OLD = 0.005;

/** What changes, each time it is asked. */
export class Watcher implements Disposable {
  readonly #processes = new Map<number, KnownProcess>();
  readonly #namespaces: NamespaceWatch;
  readonly #mounts = new MountWatch();
  readonly #young = new Set<number>();
  #old: number[] = [];
  #births: Births | undefined;
  #listed = 0;
  #listTook = 0;
  #somethingWent = false;
  #events: WatchEvent[] = [];

  /** @throws {SyscallError} where no proc is mounted on /proc. */
  constructor() {
    const now = performance.now();
    this.#births = readBirths();
    this.#namespaces = new NamespaceWatch((event) => this.#tell(event));
    for (const pid of pids()) this.#born(pid, now);
    this.#young.clear();
    this.#events = [];
  }

  /** What has happened since the last time. @param interval Milliseconds until the next time. */
  look(interval: number): WatchEvent[] {
    const now = performance.now();
    for (const pid of this.#young) this.#check(pid);
    this.#list(now);
    for (const pid of this.#young) {
      if (now - (this.#processes.get(pid)?.since ?? 0) > YOUNG) this.#young.delete(pid);
    }
    this.#checkOld(interval * SHARE_OF_OLD);
    this.#tellMounts(this.#mounts.changes());
    if (this.#namespaces.search(now, this.#somethingWent)) this.#somethingWent = false;
    const events = this.#events;
    this.#events = [];
    return events;
  }

  [Symbol.dispose](): void {
    this.#mounts[Symbol.dispose]();
  }

  #tell(event: WatchEvent): void {
    if (event.kind === "namespace" && event.change === "gone") this.#mounts.remove(event.ns);
    this.#events.push(event);
  }

  #list(now: number): void {
    const since = now - this.#listed;
    if (since < this.#listTook / SHARE_OF_LISTS) return;
    const births = readBirths();
    const before = this.#births;
    const same = births && before && births.last === before.last &&
      births.threads === before.threads;
    if (same && since < LIST_EVERY) return;
    [this.#births, this.#listed] = [births, now];
    const start = performance.now();
    const shown = new Set(pids());
    this.#listTook = performance.now() - start;
    const dead: [number, KnownProcess][] = [];
    for (const [pid, known] of this.#processes) {
      if (!shown.has(pid)) dead.push([pid, known]);
      else if (births && before && wasGivenAgain(pid, before, births)) {
        if (statNow(pid)?.starttime !== known.starttime) this.#died(pid, known);
      }
    }
    // First what is born: it may be in the namespaces of what is dead.
    for (const pid of shown) if (!this.#processes.has(pid)) this.#born(pid, now);
    for (const [pid, known] of dead) this.#died(pid, known);
  }

  #born(pid: number, now: number): void {
    const known = readKnown(pid, now);
    if (!known) return;
    const { namespaces, told, kthread } = known;
    this.#processes.set(pid, known);
    if (kthread) return;
    this.#young.add(pid);
    const above = this.#processes.get(told.ppid);
    const parent = above && isChildOf(known, above) ? above : undefined;
    const by = parent ? { by: parent.told } : {};
    this.#tell({ kind: "process", change: "new", process: told, ...by });
    // It begins where its parent is, or has its children be.
    const before: NamespaceInodes = { ...parent?.namespaces };
    for (const type of ["pid", "time"] as const) {
      const own = before[`${type}_for_children`];
      if (own !== undefined) before[type] = own;
    }
    this.#moved(known, parent ? before : namespaces, parent?.told);
  }

  #died(pid: number, known: KnownProcess): void {
    this.#processes.delete(pid);
    this.#young.delete(pid);
    this.#somethingWent = true;
    for (const type of OWNERS_FIRST) this.#leave(pid, known.namespaces[type]);
    if (known.kthread) return;
    this.#tell({ kind: "process", change: "gone", process: known.told });
  }

  /** Looks at a process again. */
  #check(pid: number): void {
    const known = this.#processes.get(pid);
    const namespaces = known && namespacesNow(pid);
    if (!known || !namespaces) return;
    const before = known.namespaces;
    known.namespaces = namespaces;
    if (hasExecuted(known)) {
      this.#tell({ kind: "process", change: "exec", process: known.told });
    }
    for (const type of OWNERS_FIRST) {
      if (before[type] !== namespaces[type]) this.#leave(pid, before[type]);
    }
    this.#moved(known, before);
  }

  /** Notes where a process is. @param before Where it was. */
  #moved({ told, namespaces }: KnownProcess, before: NamespaceInodes, parent?: ProcessSummary) {
    for (const type of OWNERS_FIRST) {
      const ns = namespaces[type];
      const from = before[type];
      if (ns === undefined) continue;
      const isFirst = type === "pid" && told.pids.at(-1) === 1;
      const isNew = this.#namespaces.note(type, ns, isFirst && parent ? parent : told);
      const count = this.#namespaces.enter(ns, told.pid);
      if (count === undefined) continue;
      if (type === "mnt" && count === 1) {
        this.#tellMounts(this.#mounts.add(ns, told.pid, isNew ? from : undefined));
      }
      if (!isNew && from !== undefined && from !== ns) {
        this.#tell({ kind: "enter", process: told, type, ns, from });
      }
    }
    for (const type of ["pid", "time"] as const) {
      const ns = namespaces[`${type}_for_children`];
      if (ns !== undefined && this.#namespaces.note(type, ns, told)) this.#namespaces.keep(ns);
    }
  }

  #leave(pid: number, ns: number | undefined): void {
    const left = ns === undefined ? undefined : this.#namespaces.exit(ns, pid);
    if (left?.type !== "mnt") return;
    const { other } = left;
    if (other === undefined) this.#mounts.remove(ns!);
    else if (this.#mounts.pidOf(ns!) === pid) this.#tellMounts(this.#mounts.add(ns!, other));
  }

  /** Looks at old processes in turn, as many as the time allows. */
  #checkOld(milliseconds: number): void {
    const end = performance.now() + milliseconds;
    for (let left = this.#processes.size; left > 0; left--) {
      if (this.#old.length === 0) this.#old = [...this.#processes.keys()];
      const pid = this.#old.pop();
      if (pid === undefined) return;
      if (this.#young.has(pid) || this.#processes.get(pid)?.kthread !== false) continue;
      this.#check(pid);
      if (performance.now() > end) return;
    }
  }

  #tellMounts(changes: readonly MountChange[]): void {
    for (const { mnt, change, mount } of changes) {
      this.#somethingWent ||= change === "gone";
      // `ip netns add` leaves a namespace that only a mount holds.
      const id = change === "new" && mount.fsType === "nsfs" ? parseNsLink(mount.root) : undefined;
      if (id && this.#namespaces.note(id.type, id.ns)) this.#namespaces.leave(id.ns);
      const of = this.#processes.get(this.#mounts.pidOf(mnt) ?? 0)?.told;
      const alone = this.#namespaces.hasOne(mnt);
      if (of) this.#tell({ kind: "mount", change, mount, mnt, of, alone });
    }
  }
}
