/** Puts the rows of `lsns` into trees. */
import type { ListedNamespace } from "../../inspect/namespaces.ts";
import type { ScannedProcess } from "../../inspect/scan.ts";
import type { Row } from "../table.ts";
import type { Subject } from "./columns.ts";
import type { TreeRelation } from "./options.ts";

type Growing = Row & { readonly children: Row[] };

/** Makes a row; undefined if the filter excludes it. */
export type RowMaker = (subject: Subject) => Growing | undefined;

/** A forest that grows row by row. */
class Forest {
  readonly roots: Row[] = [];

  add(row: Growing | undefined, parent: Growing | undefined): void {
    if (row) (parent ? parent.children : this.roots).push(row);
  }
}

const parentIn = (
  processes: ReadonlyMap<number, ScannedProcess>,
  process: ScannedProcess,
): ScannedProcess | undefined =>
  process.ppid === process.pid ? undefined : processes.get(process.ppid);

/**
 * One row for each namespace. The process tree has each below the last row before it that stands
 * for the parent of its first process.
 */
export function byProcess(
  namespaces: readonly ListedNamespace[],
  processes: ReadonlyMap<number, ScannedProcess>,
  row: RowMaker,
): Row[] {
  const forest = new Forest();
  const latest = new Map<number, Growing>();
  for (const namespace of namespaces) {
    const process = namespace.processes[0];
    const made = row({ namespace, process });
    const parent = process && parentIn(processes, process);
    forest.add(made, parent && latest.get(parent.pid));
    if (process && made) latest.set(process.pid, made);
  }
  return forest.roots;
}

/** One row for each namespace, below its owner or parent, which are added where they were left out. */
export function byRelation(
  relation: Exclude<TreeRelation, "process">,
  chosen: readonly ListedNamespace[],
  all: readonly ListedNamespace[],
  row: RowMaker,
): Row[] {
  const forest = new Forest();
  const byInode = new Map(all.map((namespace) => [namespace.ns, namespace]));
  const done = new Map<ListedNamespace, Growing | undefined>();
  const related = (ns: number | undefined): ListedNamespace | undefined =>
    ns === undefined ? undefined : byInode.get(ns);
  const add = (namespace: ListedNamespace): void => {
    if (done.has(namespace)) return;
    done.set(namespace, undefined);
    const [owner, parent] = [related(namespace.owner), related(namespace.parent)];
    const above = relation === "owner" ? owner : parent;
    const first = above ?? owner;
    if (first) add(first);
    const made = row({ namespace, process: namespace.processes[0] });
    forest.add(made, above && done.get(above));
    done.set(namespace, made);
  };
  for (const namespace of chosen) add(namespace);
  return forest.roots;
}

/** One row for each process of a namespace. */
export function ofProcesses(namespace: ListedNamespace, tree: boolean, row: RowMaker): Row[] {
  const forest = new Forest();
  const members = new Map(namespace.processes.map((process) => [process.pid, process]));
  const done = new Map<ScannedProcess, Growing | undefined>();
  const add = (process: ScannedProcess): void => {
    if (done.has(process)) return;
    done.set(process, undefined);
    const parent = tree ? parentIn(members, process) : undefined;
    if (parent) add(parent);
    const made = row({ namespace, process });
    forest.add(made, parent && done.get(parent));
    done.set(process, made);
  };
  for (const process of namespace.processes) add(process);
  return forest.roots;
}
