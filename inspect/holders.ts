/** Everything that keeps one namespace alive. */
import type { Holder } from "./holder.ts";
import { listNamespaces, type Namespace } from "./namespaces.ts";

/** What {@linkcode holders} gives. */
export interface Holders {
  /** The namespace; undefined where the caller finds none of this inode number. */
  readonly namespace: Namespace | undefined;
  /** Processes first, then what is open or mounted, then the namespaces that need it. */
  readonly holders: readonly Holder[];
  /** How many processes the caller may not look into: what they hold is missing. */
  readonly unreadable: number;
}

/**
 * What keeps a namespace alive: the processes in it, those threads, children to come, descriptors,
 * sockets and bind mounts that a scan found, its child namespaces, and the namespaces it owns.
 */
export function holdersIn(namespace: Namespace, all: readonly Namespace[]): Holder[] {
  const { type, ns, processes } = namespace;
  const children = all.filter((other) => other.type === type && other.pns === ns);
  const owned = type === "user"
    ? all.filter((other) => other.type !== "user" && other.ons === ns)
    : [];
  return [
    ...processes.map(({ pid }) => ({ kind: "process", pid, link: type }) as const),
    ...namespace.holders,
    ...children.map((child) => ({ kind: "child", type: child.type, ns: child.ns }) as const),
    ...owned.map((one) => ({ kind: "owned", type: one.type, ns: one.ns }) as const),
  ];
}

/**
 * Finds everything that keeps a namespace alive, in one look through /proc. When all of it is gone
 * the kernel frees the namespace.
 *
 * Not to be seen are descriptors on their way through a socket, and file systems that were mounted
 * from inside it (a proc of a PID namespace, a sysfs of a network namespace) and moved out.
 *
 * @param ns The inode number, as in `/proc/PID/ns` and lsns(8).
 */
export function holders(ns: number): Holders {
  const { namespaces, unreadable } = listNamespaces();
  const namespace = namespaces.find((one) => one.ns === ns);
  return { namespace, holders: namespace ? holdersIn(namespace, namespaces) : [], unreadable };
}
