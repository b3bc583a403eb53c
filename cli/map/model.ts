/**
 * The map of namespaces before it is drawn: nested user namespaces, and in each what it owns: nested
 * PID namespaces with their processes, network namespaces with their interfaces, and namespaces that
 * no process is in.
 */
import { type NamespaceType, OWNERS_FIRST } from "../../ffi/abi/namespaces.ts";
import type { NamespaceId } from "../../inspect/ns_link.ts";
import type { ListedNamespace } from "../../inspect/namespaces.ts";
import type { NamespaceInodes } from "../../inspect/process.ts";
import { count } from "../words.ts";

/** A process on the map. */
export interface MapProcess {
  readonly pids: readonly number[];
  readonly name: string;
  /** Its state if it has ended: "zombie". */
  readonly ended?: string;
  /** The container that it is in, in few words, where the caller is not. */
  readonly container?: string;
}

/** Processes that are in the same eight namespaces, and in the same container. */
export interface Cell {
  readonly container?: string;
  /** Namespaces that are not those of PID 1; user and PID namespaces only if the cell is not in their boxes. */
  readonly namespaces: readonly NamespaceId[];
  readonly processes: readonly MapProcess[];
}

/** A PID namespace. */
export interface PidBox {
  readonly ns: number;
  /** Its parent, if it is not drawn in its parent's box. */
  readonly parent?: number;
  /** What holds it where no process is in it. */
  readonly held?: string;
  /** How many of its processes are drawn elsewhere, since they are in other user namespaces. */
  readonly elsewhere: number;
  readonly cells: readonly Cell[];
  readonly boxes: readonly PidBox[];
}

/** The note about processes that are drawn elsewhere. */
export function elsewhereNotes(elsewhere: number): string[] {
  return elsewhere === 0
    ? []
    : [`${count(elsewhere, "process", "processes")} in other user namespaces`];
}

/** A network namespace. */
export interface NetCard {
  readonly ns: number;
  /** The names of its interfaces; undefined where the caller may not ask. */
  readonly links: readonly string[] | undefined;
  readonly processes: number;
  readonly held?: string;
}

/** A namespace of another type that no process is in. */
export interface HeldCard extends NamespaceId {
  readonly held: string;
}

/** A user namespace; without a number, a box for namespaces whose owner the caller may not see. */
export interface UserBox {
  readonly ns?: number;
  /** Who made it, and which ids are which, in words. */
  readonly notes: readonly string[];
  /** Processes that are in it, but in no PID namespace that it owns. */
  readonly cells: readonly Cell[];
  readonly pids: readonly PidBox[];
  readonly nets: readonly NetCard[];
  readonly held: readonly HeldCard[];
  readonly boxes: readonly UserBox[];
}

/** One end of a veth pair. */
export interface LinkEnd {
  readonly ns: number;
  readonly name: string;
}

/** The map. */
export interface NamespaceMap {
  readonly roots: readonly UserBox[];
  readonly pairs: readonly (readonly [LinkEnd, LinkEnd])[];
}

/** The facts that the map is made from. */
export interface MapFacts {
  readonly namespaces: readonly ListedNamespace[];
  /** Processes by their PIDs. */
  readonly processes: ReadonlyMap<number, MapProcess>;
  /** The namespaces that need not be named: those of PID 1. */
  readonly usual: NamespaceInodes;
  readonly userNotes: ReadonlyMap<number, readonly string[]>;
  /** What holds a namespace that no process is in. */
  readonly held: ReadonlyMap<number, string>;
  readonly links: ReadonlyMap<number, readonly string[]>;
  readonly pairs: NamespaceMap["pairs"];
}

/** Makes the map. */
class Cartographer {
  readonly #facts: MapFacts;
  readonly #known: ReadonlyMap<number, ListedNamespace>;
  /** Processes by user namespace, then by all their namespaces. */
  readonly #cells = new Map<number | undefined, Map<string, Cell & { pid: number | undefined }>>();

  constructor(facts: MapFacts) {
    this.#facts = facts;
    this.#known = new Map(facts.namespaces.map((one) => [one.ns, one]));
    this.#gatherCells();
  }

  draw(): NamespaceMap {
    const users = this.#of("user");
    const roots = users.filter(({ parent }) => parent === undefined || !this.#known.has(parent));
    const lost = this.#facts.namespaces.some((one) => this.#ownerOf(one) === undefined);
    return {
      roots: [...roots.map((one) => this.#user(one.ns)), ...(lost ? [this.#user(undefined)] : [])],
      pairs: this.#facts.pairs,
    };
  }

  #of(type: NamespaceType): ListedNamespace[] {
    return this.#facts.namespaces.filter((one) => one.type === type);
  }

  /** The user namespace in whose box it is drawn; a user namespace counts as its own. */
  #ownerOf({ type, ns, owner }: ListedNamespace): number | undefined {
    if (type === "user") return ns;
    return owner !== undefined && this.#known.has(owner) ? owner : undefined;
  }

  #gatherCells(): void {
    const places = new Map<number, NamespaceInodes>();
    for (const { processes } of this.#facts.namespaces) {
      for (const { pid, namespaces } of processes) places.set(pid, namespaces);
    }
    for (const [pid, namespaces] of [...places].sort(([a], [b]) => a - b)) {
      const process = this.#facts.processes.get(pid);
      if (process) this.#putInCell(process, namespaces);
    }
  }

  #putInCell(process: MapProcess, namespaces: NamespaceInodes): void {
    const { usual } = this.#facts;
    const { container } = process;
    const key = [...OWNERS_FIRST.map((type) => namespaces[type]), container].join(" ");
    const cells = this.#cells.get(namespaces.user) ?? new Map();
    this.#cells.set(namespaces.user, cells);
    const cell = cells.get(key);
    if (cell) {
      cell.processes.push(process);
      return;
    }
    const pidNamespace = namespaces.pid === undefined ? undefined : this.#known.get(namespaces.pid);
    const boxed = pidNamespace && this.#ownerOf(pidNamespace) === namespaces.user;
    const shown = OWNERS_FIRST.flatMap((type) => {
      const ns = namespaces[type];
      const inBox = type === "user" || type === "pid" && boxed;
      return ns === undefined || inBox || ns === usual[type] ? [] : [{ type, ns }];
    });
    cells.set(key, {
      ...(container === undefined ? {} : { container }),
      namespaces: shown,
      processes: [process],
      pid: boxed ? namespaces.pid : undefined,
    });
  }

  #cellsIn(user: number | undefined, pid: number | undefined): Cell[] {
    return [...this.#cells.get(user)?.values() ?? []].filter((cell) => cell.pid === pid)
      .map(({ pid: _, ...cell }) => cell);
  }

  #heldBy({ ns, processes }: ListedNamespace): { held?: string } {
    const held = this.#facts.held.get(ns);
    return processes.length > 0 || held === undefined ? {} : { held };
  }

  #user(ns: number | undefined): UserBox {
    const { namespaces, userNotes, held } = this.#facts;
    const owned = namespaces.filter((one) => one.type !== "user" && this.#ownerOf(one) === ns);
    const pids = owned.filter(({ type }) => type === "pid");
    const isInner = ({ parent }: ListedNamespace): boolean =>
      pids.some((other) => other.ns === parent);
    const children = ns === undefined ? [] : this.#of("user").filter(({ parent }) => parent === ns);
    return {
      ...(ns === undefined ? {} : { ns }),
      notes: ns === undefined ? ["out of your sight"] : userNotes.get(ns) ?? [],
      cells: this.#cellsIn(ns, undefined),
      pids: pids.filter((one) => !isInner(one)).map((one) => this.#pid(one, ns, pids, false)),
      nets: owned.filter(({ type }) => type === "net").map((one) => this.#net(one)),
      held: owned.flatMap(({ type, ns, processes }) =>
        processes.length > 0 || type === "pid" || type === "net"
          ? []
          : [{ type, ns, held: held.get(ns) ?? "" }]
      ),
      boxes: children.map((child) => this.#user(child.ns)),
    };
  }

  #pid(
    one: ListedNamespace,
    user: number | undefined,
    all: readonly ListedNamespace[],
    inParent: boolean,
  ): PidBox {
    return {
      ns: one.ns,
      ...(inParent || one.parent === undefined ? {} : { parent: one.parent }),
      ...this.#heldBy(one),
      elsewhere: one.processes.filter(({ namespaces }) => namespaces.user !== user).length,
      cells: this.#cellsIn(user, one.ns),
      boxes: all.filter(({ parent }) => parent === one.ns)
        .map((child) => this.#pid(child, user, all, true)),
    };
  }

  #net(one: ListedNamespace): NetCard {
    return {
      ns: one.ns,
      links: this.#facts.links.get(one.ns),
      processes: one.processes.length,
      ...this.#heldBy(one),
    };
  }
}

/** Makes the map of the facts. */
export function mapOf(facts: MapFacts): NamespaceMap {
  return new Cartographer(facts).draw();
}
