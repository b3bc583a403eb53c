/** Gathers the facts of a process for `nido pid`. */
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import { close } from "../../ffi/fast_calls.ts";
import type { Belonging } from "../../inspect/container/container.ts";
import type { Containers } from "../../inspect/container/find.ts";
import { openHolder } from "../../inspect/holder.ts";
import { hostNameOf } from "../../inspect/host_name.ts";
import type { IdMaps } from "../../inspect/id_map.ts";
import {
  commandOf,
  idMaps,
  livingThread,
  type NamespaceInodes,
  namespacesOf,
  statusOf,
} from "../../inspect/process.ts";
import { ifReadable, readText } from "../../inspect/proc.ts";
import { type Relations, relationsOf } from "../../inspect/relations.ts";
import { rootOf } from "../../inspect/root_directory.ts";
import type { Status } from "../../inspect/status.ts";
import { type ThreadElsewhere, threadsElsewhere } from "../../inspect/thread_namespaces.ts";
import { type ClockOffset, timeOffsetsOf } from "../../inspect/time_offsets.ts";

/** A user namespace and who made it. */
export interface UserNamespace {
  readonly ns: number;
  /** The uid of who made it, as the caller sees it. */
  readonly maker?: number;
  /** Its parent; missing of the initial one, and where the caller may not see it. */
  readonly parent?: number;
}

/** The facts of a process. Fields are missing where the caller may not look. */
export interface ProcessFacts {
  readonly status: Status;
  /** A living thread, if the first has ended: namespaces are those of this one. */
  readonly living: number | undefined;
  readonly command: string;
  readonly parent: string | undefined;
  readonly namespaces: NamespaceInodes | undefined;
  /** The owner of each namespace, by its type. */
  readonly owners: Partial<Record<NamespaceType, number>>;
  /** The PID namespaces it is visible in, the caller's first, its own last: as many as `status.nspid`, or none. */
  readonly pidNamespaces: readonly number[];
  /** Its user namespace and the parents of that, up to the caller's. */
  readonly userNamespaces: readonly UserNamespace[];
  readonly maps: IdMaps | undefined;
  readonly belonging: Belonging;
  /** As paths and names of the caller's. */
  readonly root: string | undefined;
  readonly hostName: string | undefined;
  readonly threadsElsewhere: readonly ThreadElsewhere[];
  readonly timeOffsets: readonly ClockOffset[] | undefined;
}

/** What is known beside the process: of who asks, and of the kernel. */
export interface CallerFacts {
  /** The namespaces of the caller. */
  readonly own: NamespaceInodes;
  /** The names of users by their ids. */
  readonly users: ReadonlyMap<number, string>;
  readonly lastCapability: number;
  readonly belonging: Belonging;
  readonly hostName: string;
}

/** The relations of a namespace, and its ancestors, nearest first. */
function lineage(
  fd: number,
  type: NamespaceType,
): { relations: Relations; above: { ns: number; relations: Relations }[] } {
  const above: { ns: number; relations: Relations }[] = [];
  const relations = relationsOf(fd, type, (relative, ns, relativeFd) => {
    if (relative !== type) return;
    const more = lineage(relativeFd, type);
    above.push({ ns, relations: more.relations }, ...more.above);
  });
  return { relations, above };
}

function userNamespace(ns: number, { makerUid, parent }: Relations): UserNamespace {
  return {
    ns,
    ...(makerUid === undefined ? {} : { maker: makerUid }),
    ...(parent === undefined ? {} : { parent }),
  };
}

/** Gathers the facts. @throws {SyscallError} ENOENT or ESRCH if there is no such process. */
export function factsOf(pid: number, containers: Containers): ProcessFacts {
  const status = statusOf(pid);
  const living = livingThread(status);
  const alive = living ?? pid;
  const namespaces = ifReadable(() => namespacesOf(alive));
  const owners: Partial<Record<NamespaceType, number>> = {};
  let pidNamespaces: number[] = [];
  let userNamespaces: UserNamespace[] = [];
  for (const [link, ns] of Object.entries(namespaces ?? {})) {
    if (link.endsWith("_for_children")) continue;
    const type = link as NamespaceType;
    const fd = openHolder({ kind: "process", pid: alive, link: type });
    if (fd < 0) continue;
    const { relations, above } = lineage(fd, type);
    close(fd);
    if (relations.owner !== undefined) owners[type] = relations.owner;
    if (type === "pid") pidNamespaces = [ns, ...above.map((one) => one.ns)].reverse();
    if (type === "user") {
      userNamespaces = [
        userNamespace(ns, relations),
        ...above.map((one) => userNamespace(one.ns, one.relations)),
      ];
    }
  }
  return {
    status,
    living,
    command: ifReadable(() => commandOf(alive)) ?? status.name,
    parent: status.ppid === 0 ? undefined : ifReadable(() => statusOf(status.ppid).name),
    namespaces,
    owners,
    // A /proc of another PID namespace does not show the caller's processes.
    pidNamespaces: pidNamespaces.length === status.nspid.length ? pidNamespaces : [],
    userNamespaces,
    maps: ifReadable(() => idMaps(pid)),
    belonging: containers.of(alive),
    root: rootOf(alive),
    hostName: namespaces?.uts === undefined ? undefined : hostNameOf(alive),
    threadsElsewhere: status.threads > 1 && namespaces
      ? threadsElsewhere(status.tgid, namespaces).filter(({ tid }) => tid !== alive)
      : [],
    timeOffsets: timeOffsetsOf(alive),
  };
}

/** The kernel's last capability. @see capabilities(7), /proc/sys/kernel/cap_last_cap */
export function lastCapability(): number {
  return Number(ifReadable(() => readText("sys/kernel/cap_last_cap")) ?? 40);
}
