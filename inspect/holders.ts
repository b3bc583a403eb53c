/** Everything that keeps one namespace alive. */
import type { Holder } from "./holder.ts";
import { type ListedNamespace, listNamespaces } from "./namespaces.ts";
import type { Hidepid } from "./own_proc.ts";

/** What {@linkcode holders} gives. */
export interface Holders {
  /** The namespace; undefined where the caller finds none of this inode number. */
  readonly namespace: ListedNamespace | undefined;
  /** Processes first, then what is open or mounted, then the namespaces that need it. */
  readonly holders: readonly Holder[];
  /** How many processes the caller may not look into: what they hold is missing. */
  readonly unreadable: number;
  /** The option of /proc that keeps processes from the caller, as in NamespaceList. */
  readonly hidepid?: Hidepid;
}

/**
 * What keeps a namespace alive: the processes in it, those threads, children to come, descriptors,
 * sockets and bind mounts that a scan found, its child namespaces, and the namespaces it owns.
 */
export function holdersIn(namespace: ListedNamespace, all: readonly ListedNamespace[]): Holder[] {
  const { type, ns, processes } = namespace;
  const children = all.filter((other) => other.type === type && other.parent === ns);
  const owned = type === "user"
    ? all.filter((other) => other.type !== "user" && other.owner === ns)
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
 * Changes nothing. Root sees all; others what their own processes hold.
 *
 * @param ns The inode number, as in `/proc/PID/ns` and lsns(8).
 * @throws {SyscallError} of openat(2): ENOENT where no proc is mounted on /proc.
 * @see namespaces(7), "Namespace lifetime"
 *
 * @example Is this process alone in its UTS namespace?
 * ```ts
 * import { holders, namespacesOf } from "@nido/nido";
 *
 * const { holders: all, unreadable } = holders(namespacesOf(Deno.pid).uts!);
 * const others = all.filter((one) => one.kind !== "process" || one.pid !== Deno.pid);
 * console.log(`${others.length} others, and ${unreadable} processes that may not be asked`);
 * ```
 */
export function holders(ns: number): Holders {
  const { namespaces, processes: _, ...missing } = listNamespaces();
  const namespace = namespaces.find((one) => one.ns === ns);
  return { namespace, holders: namespace ? holdersIn(namespace, namespaces) : [], ...missing };
}
