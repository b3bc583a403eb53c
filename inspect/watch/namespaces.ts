/** Namespaces as they come, are left by all processes, and go. */
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import { holdersIn } from "../holders.ts";
import { type ListedNamespace, listNamespaces } from "../namespaces.ts";
import type { ProcessSummary } from "../process_summary.ts";
import type { WatchEvent } from "./event.ts";

/** Of the time, how much is spent on looking for what keeps namespaces. */
const SHARE_OF_SEARCH = 0.1;
/** Milliseconds between two searches, at least. */
const SEARCH_EVERY = 300;

interface KnownNamespace {
  readonly type: NamespaceType;
  /** The processes that are in it. */
  readonly processes: Set<number>;
}

/** Watches namespaces. */
export class NamespaceWatch {
  readonly #known = new Map<number, KnownNamespace>();
  /** Those that no process is in any more, and those of them that something keeps. */
  readonly #left = new Set<number>();
  readonly #kept = new Set<number>();
  readonly #tell: (event: WatchEvent) => void;
  #searchAt = 0;

  /** @param tell Takes what happens. */
  constructor(tell: (event: WatchEvent) => void) {
    this.#tell = tell;
    for (const { type, ns, processes } of listNamespaces().namespaces) {
      this.#known.set(ns, { type, processes: new Set() });
      if (processes.length === 0) this.#kept.add(ns);
    }
  }

  /** Notes that there is one. @returns Whether it is new. */
  note(type: NamespaceType, ns: number, by?: ProcessSummary): boolean {
    const before = this.#known.get(ns);
    // The kernel soon gives the number of one that is gone to another.
    if (before && (before.type !== type || this.#left.has(ns))) this.#forget(ns, before.type);
    if (this.#known.has(ns)) return false;
    this.#known.set(ns, { type, processes: new Set() });
    const maker = by ? { by } : {};
    this.#tell({ kind: "namespace", change: "new", type, ns, ...maker, holders: [] });
    return true;
  }

  /** Notes that something other than a process in it keeps it. */
  keep(ns: number): void {
    this.#kept.add(ns);
  }

  /** Notes that no process is in it: a search finds out what keeps it. */
  leave(ns: number): void {
    this.#left.add(ns);
  }

  /** Puts a process into one that is noted. @returns How many are there then; undefined if it was there before. */
  enter(ns: number, pid: number): number | undefined {
    const { processes } = this.#known.get(ns)!;
    if (processes.has(pid)) return undefined;
    processes.add(pid);
    this.#left.delete(ns);
    this.#kept.delete(ns);
    return processes.size;
  }

  /** Takes a process out of one. @returns The type, and another that is there; undefined if it was not there. */
  exit(
    ns: number,
    pid: number,
  ): { readonly type: NamespaceType; readonly other: number | undefined } | undefined {
    const known = this.#known.get(ns);
    if (!known?.processes.delete(pid)) return undefined;
    const [other] = known.processes;
    if (other === undefined) this.#left.add(ns);
    return { type: known.type, other };
  }

  /** Whether one process is in it, and no other. */
  hasOne(ns: number): boolean {
    return this.#known.get(ns)?.processes.size === 1;
  }

  /**
   * Finds out which of those that no process is in are gone. This looks through all of /proc.
   *
   * @param now When the watch began to look.
   * @param isAll Whether what kept some may be gone, too.
   * @returns Whether it is done: else there was nothing to be looked for, or it is too early.
   */
  search(now: number, isAll: boolean): boolean {
    const asked = new Set(isAll ? [...this.#left, ...this.#kept] : this.#left);
    if (asked.size === 0 || now < this.#searchAt) return false;
    const namespaces = list([...asked].map((ns) => this.#known.get(ns)!.type));
    for (const ns of asked) {
      const one = namespaces.find((found) => found.ns === ns);
      const { type } = this.#known.get(ns)!;
      // One that is about to end, or has not been noticed yet: it is looked for again.
      if (one && one.processes.length > 0) continue;
      this.#left.delete(ns);
      if (!one) this.#forget(ns, type);
      else if (!this.#kept.has(ns)) {
        this.#kept.add(ns);
        const holders = holdersIn(one, namespaces);
        this.#tell({ kind: "namespace", change: "empty", type, ns, holders });
      }
    }
    const took = performance.now() - now;
    this.#searchAt = now + Math.max(SEARCH_EVERY, took / SHARE_OF_SEARCH);
    return true;
  }

  #forget(ns: number, type: NamespaceType): void {
    this.#known.delete(ns);
    this.#left.delete(ns);
    this.#kept.delete(ns);
    this.#tell({ kind: "namespace", change: "gone", type, ns, holders: [] });
  }
}

function list(types: readonly NamespaceType[]): readonly ListedNamespace[] {
  // A user namespace may live by those of any type that it owns.
  return listNamespaces(types.includes("user") ? {} : { types: [...new Set(types)] }).namespaces;
}
