/** All namespaces that the caller can find. */
import { NAMESPACE_TYPES, type NamespaceType } from "../ffi/abi/namespaces.ts";
import { NetnsIds } from "../ffi/netlink.ts";
import { close } from "../ffi/fast_calls.ts";
import { type Holder, holderPath, openHolder } from "./holder.ts";
import type { NamespaceId } from "./ns_link.ts";
import type { Hidepid } from "./own_proc.ts";
import { type Relations, relationsOf } from "./relations.ts";
import { scan, type ScannedProcess } from "./scan.ts";

/** A namespace as {@linkcode listNamespaces} finds it. PIDs, uids and paths are as the caller's namespaces have them. */
export interface ListedNamespace extends NamespaceId, Relations {
  /** The processes that are in it, ascending by PID; zombies count in user and PID namespaces. */
  readonly processes: readonly ScannedProcess[];
  /** What else keeps it alive, as far as a scan shows: not parents and owners of others. */
  readonly holders: readonly Holder[];
  /** Where it can be opened; undefined of one that is only a parent or owner, or held by a socket. */
  readonly path?: string;
  /** The caller's bind mounts of it. Where it has none, one of another mount namespace by /proc/PID/root. */
  readonly mounts: readonly string[];
}

/** What {@linkcode listNamespaces} gives. */
export interface NamespaceList {
  /** Ascending by inode number. */
  readonly namespaces: readonly ListedNamespace[];
  /** All processes that the caller's /proc shows, ascending by PID; of a /proc with hidepid those it lets the caller see. */
  readonly processes: readonly ScannedProcess[];
  /** How many processes in /proc the caller may not look into: the list may miss what only they hold. */
  readonly unreadable: number;
  /** The option of /proc that keeps processes from the caller. With `invisible` and `ptraceable` they cannot be counted. */
  readonly hidepid?: Hidepid;
}

/** What to look for. */
export interface ListOptions {
  /** Only these types. */
  readonly types?: readonly NamespaceType[];
  /** Whether to ask the network subsystem for `netnsid`. */
  readonly netnsid?: boolean;
  /** Whether to look for bind mounts: true unless it is false. That takes most of the time where there are many mounts. */
  readonly mounts?: boolean;
}

interface Found extends NamespaceId {
  readonly processes: ScannedProcess[];
  readonly holders: Holder[];
  relations: Relations | undefined;
}

class Finder {
  readonly found = new Map<number, Found>();
  readonly types: ReadonlySet<NamespaceType>;
  readonly netnsIds: NetnsIds | undefined;

  constructor(types: ReadonlySet<NamespaceType>, netnsIds: NetnsIds | undefined) {
    this.types = types;
    this.netnsIds = netnsIds;
  }

  of({ type, ns }: NamespaceId): Found {
    let found = this.found.get(ns);
    if (!found) {
      found = { type, ns, processes: [], holders: [], relations: undefined };
      this.found.set(ns, found);
    }
    return found;
  }

  relate(found: Found, fd: number): void {
    found.relations ??= relationsOf(
      fd,
      found.type,
      (type, ns, relative) => {
        // A namespace may be held by nothing but those that it owns: then this is the only way to find it.
        if (this.types.has(type) && !this.found.has(ns)) {
          this.relate(this.of({ type, ns }), relative);
        }
      },
      this.netnsIds,
    );
  }
}

/** Holders by which a namespace can be opened, the best first. */
function* waysTo({ type, processes, holders }: Found): Generator<Holder> {
  for (const { pid } of processes.slice(0, 2)) yield { kind: "process", pid, link: type };
  yield* holders.slice(0, 8);
}

/**
 * Lists the namespaces that exist, as far as the caller can see: those of all processes and
 * threads, those of `*_for_children`, those that only a descriptor, a socket or a bind mount in any
 * mount namespace holds, and those that only are parents or owners of these.
 *
 * Not found are namespaces held only by a descriptor that is on its way through a socket, and those
 * that only processes hold which the caller may not ptrace; `unreadable` counts these processes.
 *
 * Changes nothing. Inode numbers name namespaces; PIDs are as the caller's /proc numbers them, uids
 * as the caller's user namespace does.
 *
 * @throws {SyscallError} of openat(2): ENOENT where no proc is mounted on /proc.
 * @see namespaces(7), ioctl_nsfs(2), lsns(8)
 *
 * @example Network namespaces, and how many processes are in each
 * ```ts
 * import { listNamespaces } from "@nido/nido";
 *
 * for (const { ns, processes, path } of listNamespaces({ types: ["net"] }).namespaces) {
 *   console.log(`net:[${ns}]`, processes.length, path);
 * }
 * ```
 */
export function listNamespaces(options: ListOptions = {}): NamespaceList {
  const types = options.types ?? NAMESPACE_TYPES;
  const netnsIds = options.netnsid && types.includes("net") ? new NetnsIds() : undefined;
  try {
    return list(types, options, netnsIds);
  } finally {
    netnsIds?.[Symbol.dispose]();
  }
}

function list(
  types: readonly NamespaceType[],
  { mounts }: ListOptions,
  netnsIds: NetnsIds | undefined,
): NamespaceList {
  const { processes, held, ...missing } = scan(types, mounts);
  const finder = new Finder(new Set(types), netnsIds);
  for (const process of processes) {
    for (const type of types) {
      const ns = process.namespaces[type];
      if (ns !== undefined) finder.of({ type, ns }).processes.push(process);
    }
  }
  for (const { id, holder } of held) finder.of(id).holders.push(holder);
  for (const found of [...finder.found.values()]) {
    for (const way of waysTo(found)) {
      const fd = openHolder(way);
      if (fd < 0) continue;
      finder.relate(found, fd);
      close(fd);
      break;
    }
  }
  const namespaces = [...finder.found.values()].sort((a, b) => a.ns - b.ns).map(finish);
  return { namespaces, processes, ...missing };
}

function finish({ type, ns, processes, holders, relations }: Found): ListedNamespace {
  const first = processes[0];
  const path = first
    ? `/proc/${first.pid}/ns/${type}`
    : holders.map(holderPath).find((one) => one !== undefined);
  const mounts = holders.filter((holder) => holder.kind === "mount");
  const here = mounts.filter((mount) => mount.here).map((mount) => mount.path);
  const elsewhere = mounts.slice(0, 1).map((mount) => holderPath(mount)!);
  return {
    type,
    ns,
    processes,
    holders,
    ...relations,
    ...(path === undefined ? {} : { path }),
    mounts: here.length > 0 ? [...new Set(here)] : elsewhere,
  };
}
