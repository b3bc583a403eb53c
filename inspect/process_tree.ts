/** The processes as a tree, each with its namespaces and its PIDs at every level. */
import { type Hidepid, hidepidOf } from "./own_proc.ts";
import { livingThread, type NamespaceInodes, namespacesOf, statusOf } from "./process.ts";
import { isDenied, isGone, pids } from "./proc.ts";
import { type ProcessSummary, summaryOf } from "./process_summary.ts";

/** A process and its children. */
export interface ProcessNode extends ProcessSummary {
  /** One letter: R S D T t Z X I. Z with more than one thread: the first has ended, others live. */
  readonly state: string;
  /** How many; one that has ended counts until all have. */
  readonly threads: number;
  /** By inode number; undefined where the caller may not look. Those of another thread where the first has ended. */
  readonly namespaces: NamespaceInodes | undefined;
  /** Ascending by PID. */
  readonly children: readonly ProcessNode[];
}

function ifAllowed<T>(reader: () => T): T | undefined {
  try {
    return reader();
  } catch (error) {
    if (isDenied(error)) return undefined;
    throw error;
  }
}

type Growing = ProcessNode & { readonly children: ProcessNode[] };

/** @throws {SyscallError} EACCES: the caller may see nothing but the PID. */
function readNode(pid: number, commands: boolean): Growing | undefined {
  try {
    const status = statusOf(pid);
    const { state, threads } = status;
    const alive = livingThread(status) ?? pid;
    return {
      ...summaryOf(pid, status, commands ? alive : undefined),
      state,
      threads,
      namespaces: ifAllowed(() => namespacesOf(alive)),
      children: [],
    };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** The tree, and what is missing in it. */
interface ReadTree {
  readonly roots: ProcessNode[];
  /** How many processes are left out because the caller may not look: see {@linkcode hidepidOf}. */
  readonly hidden: number;
  /** Why processes are missing, counted or not. */
  readonly hidepid?: Hidepid;
}

/**
 * {@linkcode processTree}, and what is missing in it.
 *
 * @param commands Whether the nodes have their `command`.
 * @throws {SyscallError}
 */
export function readTree(commands: boolean): ReadTree {
  const nodes = new Map<number, Growing>();
  const shown = pids();
  let hidden = 0;
  for (const pid of shown) {
    try {
      const node = readNode(pid, commands);
      if (node) nodes.set(pid, node);
    } catch (error) {
      if (!isDenied(error)) throw error;
      hidden++;
    }
  }
  return { roots: linkTree(nodes), hidden, ...hidepidOf(shown, hidden) };
}

/**
 * All processes that the caller's /proc shows, each with its namespaces and its PIDs. Processes
 * that end meanwhile are left out, and those that a /proc mounted with `hidepid` keeps from the
 * caller. Changes nothing.
 *
 * @returns The roots, ascending by PID: usually 1 and 2, and in a PID namespace whatever has
 * entered it from outside.
 * @throws {SyscallError} of openat(2): ENOENT where no proc is mounted on /proc.
 * @see proc_pid_status(5), credentials(7)
 *
 * @example
 * ```ts
 * import { type ProcessNode, processTree } from "@nido/nido";
 *
 * function draw({ pids, name, children }: ProcessNode, depth = 0): void {
 *   console.log(`${"  ".repeat(depth)}${pids.join(" → ")} ${name}`);
 *   for (const child of children) draw(child, depth + 1);
 * }
 * for (const root of processTree()) draw(root);
 * ```
 */
export function processTree(): ProcessNode[] {
  return readTree(true).roots;
}

/** Puts each node below its parent; nodes whose parent is missing, or their own, are roots. */
export function linkTree(nodes: ReadonlyMap<number, Growing>): ProcessNode[] {
  const roots: ProcessNode[] = [];
  for (const node of nodes.values()) {
    const parent = nodes.get(node.ppid);
    // PIDs are used again: what was read at different moments need not be a tree.
    if (parent && !isBelow(nodes, parent, node)) parent.children.push(node);
    else roots.push(node);
  }
  return roots;
}

function isBelow(nodes: ReadonlyMap<number, Growing>, node: Growing, of: Growing): boolean {
  const seen = new Set<Growing>();
  for (let at: Growing | undefined = node; at && !seen.has(at); at = nodes.get(at.ppid)) {
    if (at === of) return true;
    seen.add(at);
  }
  return false;
}
