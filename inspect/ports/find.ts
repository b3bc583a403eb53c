/** Finds the sockets that wait for whoever comes, in every network namespace. */
import { type ListedNamespace, listNamespaces } from "../namespaces.ts";
import { inodeIn } from "../ns_link.ts";
import type { Hidepid } from "../own_proc.ts";
import { ifReadable, linesWith, readText, tryReadLink } from "../proc.ts";
import type { ScannedProcess } from "../scan.ts";
import type { Address } from "./address.ts";
import { type SocketHolder, socketHolders } from "./holders.ts";
import { FILES, type Listening, parseFibTrie, parseIfInet6, parseSocketLine } from "./proc_net.ts";
import { askSocket } from "./socket.ts";

/** A socket that waits, where, and who has it open. */
export interface Port extends Listening {
  /** The network namespace that it is in, by inode number. */
  readonly ns: number;
  /** Ascending by PID. None where the kernel has it, it is on its way through another socket, or the caller may not look. */
  readonly holders: readonly SocketHolder[];
}

/** What was found. */
export interface Ports {
  readonly ports: readonly Port[];
  /** All network namespaces that are known, ascending by inode number. */
  readonly namespaces: readonly ListedNamespace[];
  /** All processes that /proc shows, ascending by PID. */
  readonly processes: readonly ScannedProcess[];
  /** How many processes the caller may not look into. */
  readonly unreadable: number;
  readonly hidepid?: Hidepid;
}

/** How many processes of a namespace are tried: one may end meanwhile. */
const TRIES = 8;

/** Folders of /proc of processes and threads that are in it. */
function tasksIn({ processes, holders }: ListedNamespace): string[] {
  const threads = holders.flatMap((holder) =>
    holder.kind === "thread" ? [`${holder.pid}/task/${holder.tid}`] : []
  );
  return [...processes.map(({ pid }) => `${pid}`), ...threads].slice(0, TRIES);
}

/** What `read` reads below a task's folder, by the first task that stays in the namespace meanwhile. */
function throughTask<T>(one: ListedNamespace, read: (task: string) => T): T | undefined {
  for (const task of tasksIn(one)) {
    const found = ifReadable(() => read(task));
    const link = tryReadLink(`${task}/ns/net`);
    if (found !== undefined && typeof link === "string" && inodeIn(link) === one.ns) return found;
  }
  return undefined;
}

/** Those that wait in a namespace, as /proc/PID/net of a task in it tells. */
function listeningBy(task: string): Listening[] {
  return FILES.flatMap((file) => {
    const read = () => linesWith(`${task}/net/${file.name}`, ` ${file.state} `);
    // Without IPv6 its files are missing.
    const lines = file.name.endsWith("6") ? ifReadable(read) ?? [] : read();
    return lines.flatMap((line) => parseSocketLine(line, file) ?? []);
  });
}

/** Those that wait in a namespace without processes: each has been left open by somebody elsewhere. */
function listeningHeld({ holders }: ListedNamespace): Listening[] {
  const sockets = new Map<number, { pid: number; fd: number }>();
  for (const holder of holders) {
    if (holder.kind === "socket" && !sockets.has(holder.inode)) sockets.set(holder.inode, holder);
  }
  return [...sockets.values()].flatMap(({ pid, fd }) => askSocket(pid, fd) ?? []);
}

/**
 * Finds TCP sockets that listen and UDP sockets that have a port and no peer, in every network namespace that a
 * process or thread is in that the caller may look into, or that sockets of such a process are in. Changes nothing.
 *
 * @throws {SyscallError} of openat(2): ENOENT where no proc is mounted on /proc.
 * @see proc_pid_net(5), network_namespaces(7), pidfd_getfd(2)
 */
export function listPorts(): Ports {
  const { namespaces, processes, ...unseen } = listNamespaces({ types: ["net"], mounts: false });
  const found = namespaces.flatMap((one) =>
    (throughTask(one, listeningBy) ?? listeningHeld(one)).map((listening) => ({
      ...listening,
      ns: one.ns,
    }))
  );
  const holders = socketHolders(processes, new Set(found.map(({ inode }) => inode)));
  const ports = found.map((one) => ({ ...one, holders: holders.get(one.inode) ?? [] }));
  return { ports, namespaces, processes, ...unseen };
}

/** The addresses of a network namespace that others may use, of IPv4 and IPv6; undefined where no task of it can be asked. */
export function addressesOf(namespace: ListedNamespace): Address[] | undefined {
  return throughTask(namespace, (task) => [
    ...parseFibTrie(readText(`${task}/net/fib_trie`)),
    ...parseIfInet6(ifReadable(() => readText(`${task}/net/if_inet6`)) ?? ""),
  ]);
}
