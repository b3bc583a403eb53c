/** Finds where namespaces begin in a process tree, for borders around their processes. */
import { type NamespaceType, OWNERS_FIRST } from "../../ffi/abi/namespaces.ts";
import type { NamespaceInodes } from "../../inspect/process.ts";
import type { ProcessNode } from "../../inspect/process_tree.ts";

/** A namespace that begins at a border. The number is missing if the caller may not look. */
export interface BorderNamespace {
  readonly type: NamespaceType;
  readonly ns?: number;
}

/** What is drawn: a process with what is below it, or a border around processes. */
export type Piece = ProcessPiece | BorderPiece;

/** A process and what is below it. */
export interface ProcessPiece {
  readonly kind: "process";
  readonly node: ProcessNode;
  readonly below: readonly Piece[];
}

/** A border: the siblings inside are in these namespaces, and their parent is not. */
export interface BorderPiece {
  readonly kind: "border";
  readonly namespaces: readonly BorderNamespace[];
  /** The process that was drawn first in the same namespaces, if it is not inside this border. */
  readonly like?: number;
  /** The container that begins here. */
  readonly container?: string;
  readonly inside: readonly ProcessPiece[];
}

/** The namespaces of a process, and how many PIDs it has. */
interface Place {
  readonly namespaces: NamespaceInodes;
  readonly levels: number;
  readonly container?: string | undefined;
}

/** Names of containers, in few words. */
export interface ContainerNames {
  /** That of who looks. */
  readonly own?: string | undefined;
  /** That of a process. */
  readonly of: (pid: number) => string | undefined;
}

const NONE: ContainerNames = { of: () => undefined };

/** Finds borders, and remembers the first process in each namespace. */
class Surveyor {
  readonly #types: readonly NamespaceType[];
  readonly #first = new Map<string, number>();

  readonly #containers: ContainerNames;

  constructor(types: ReadonlySet<NamespaceType>, containers: ContainerNames) {
    this.#containers = containers;
    this.#types = OWNERS_FIRST.filter((type) => types.has(type));
  }

  /** The processes in a row, those behind the same border together. */
  survey(nodes: readonly ProcessNode[], around: Place): Piece[] {
    const pieces: Piece[] = [];
    const behind = new Map<string, ProcessPiece[]>();
    for (const node of nodes) {
      const namespaces = this.#difference(node, around);
      if (namespaces.length === 0) {
        pieces.push(this.#process(node, around));
        continue;
      }
      const known = namespaces.every(({ ns }) => ns !== undefined);
      const key = known ? keyOf(namespaces) : `process ${node.pid}`;
      const neighbours = behind.get(key);
      if (neighbours) {
        neighbours.push(this.#process(node, around));
        continue;
      }
      const like = known ? this.#first.get(key) : undefined;
      if (known && like === undefined) this.#first.set(key, node.pid);
      const container = this.#containers.of(node.pid);
      const inside = [this.#process(node, { ...around, container })];
      behind.set(key, inside);
      pieces.push({
        kind: "border",
        namespaces,
        ...(like === undefined ? {} : { like }),
        ...(container === undefined || container === around.container ? {} : { container }),
        inside,
      });
    }
    return pieces;
  }

  #process(node: ProcessNode, around: Place): ProcessPiece {
    const place = {
      namespaces: { ...around.namespaces, ...node.namespaces },
      levels: node.pids.length,
      container: around.container,
    };
    return { kind: "process", node, below: this.survey(node.children, place) };
  }

  /** The namespaces of a process that are not those of its parent. Those that a zombie has left count as unchanged. */
  #difference(node: ProcessNode, around: Place): BorderNamespace[] {
    const { namespaces, pids } = node;
    if (namespaces === undefined) {
      // Even if the caller may not look, one PID more shows a PID namespace.
      return this.#types.includes("pid") && pids.length > around.levels ? [{ type: "pid" }] : [];
    }
    return this.#types.flatMap((type) => {
      const ns = namespaces[type];
      return ns === undefined || ns === around.namespaces[type] ? [] : [{ type, ns }];
    });
  }
}

const keyOf = (namespaces: readonly BorderNamespace[]): string =>
  namespaces.map(({ type, ns }) => `${type}:${ns}`).join(" ");

/**
 * Puts borders into a process tree.
 *
 * @param outside The namespaces of who looks: no border is drawn around these.
 * @param types Types that borders are drawn for.
 * @param containers Asked for the first process behind each border.
 */
export function bordersIn(
  roots: readonly ProcessNode[],
  outside: NamespaceInodes,
  types: ReadonlySet<NamespaceType>,
  containers = NONE,
): Piece[] {
  const place = { namespaces: outside, levels: 1, container: containers.own };
  return new Surveyor(types, containers).survey(roots, place);
}
