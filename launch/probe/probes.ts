/** Probes: launches with other last steps than a program. Pure. */
import { NAMESPACE_TYPES, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import type { LaunchSpec } from "../spec.ts";
import { delegate } from "./cgroup.ts";
import { enter } from "./entering.ts";
import { executeInMemory, executeUnnamed } from "./execution.ts";
import { SYSFS_HINTS } from "./hints.ts";
import { type LastSteps, mountOn, mountOverlay, nest, raiseLoopback, succeed } from "./steps.ts";
import type { MachineFacts } from "./machine_facts.ts";

/** The groups of probes. */
export type ProbeGroup =
  | "namespaces"
  | "id maps"
  | "mounts"
  | "network"
  | "entering"
  | "execution"
  | "cgroups";

/** A probe. */
export interface Probe {
  /**
   * Its name: a namespace type, a file system, an option of unshare(1). What is tried in a user
   * namespace of its own begins with `user+`.
   */
  readonly name: string;
  readonly group: ProbeGroup;
  /** What is tried, in plain words. */
  readonly does: string;
  readonly spec: LaunchSpec;
  readonly last: LastSteps;
  /** The probes that must work for this one to work. They run before it. */
  readonly needs?: readonly string[];
  /** Why it cannot be tried at all. */
  readonly hindered?: string;
}

/** Places on the machine that probes use. */
export interface Places {
  /** A folder that exists, to mount on. */
  readonly folder: string;
  /** Folders for launchers' files, where memory does not work. */
  readonly folders: readonly string[];
  /** A cgroup that does not exist yet, below the caller's if that is known. */
  readonly cgroup: string;
}

const launch = (spec: Partial<LaunchSpec>): LaunchSpec => ({
  name: "nido",
  program: "",
  argv: [],
  namespaces: [],
  ...spec,
});

/** In words, in the order of their names. */
const TYPES: Readonly<Record<NamespaceType, string>> = {
  cgroup: "a cgroup namespace",
  ipc: "an IPC namespace",
  mnt: "a mount namespace",
  net: "a network namespace",
  pid: "a PID namespace and its PID 1",
  time: "a time namespace, boot clock an hour ahead",
  user: "a user namespace",
  uts: "a UTS namespace",
};

const OTHERS = NAMESPACE_TYPES.filter((type) => type !== "user");

/** Options that a namespace needs to be of use. */
const useOf = (type: NamespaceType): Partial<LaunchSpec> => ({
  ...(type === "pid" || type === "time" ? { fork: true } : {}),
  ...(type === "time" ? { boottime: 3600n } : {}),
});

/** What is mounted in a namespace of the right kind, as root of it. */
function mounts({ folder }: Places, within: "user" | undefined): Probe[] {
  const types: NamespaceType[] = within ? ["user", "mnt"] : ["mnt"];
  const root = within ? { mapUser: 0, mapGroup: 0 } : {};
  const probe = (
    type: string,
    does: string,
    last: LastSteps,
    namespaces: readonly NamespaceType[] = [],
    more: Partial<LaunchSpec> = {},
  ): Probe => ({
    name: within ? `user+${type}` : type,
    group: "mounts",
    does: `${within ? "in a user namespace: " : ""}${does}`,
    spec: launch({ ...root, ...more, namespaces: [...types, ...namespaces] }),
    last,
    needs: within
      ? ["user", "map-root-user", ...["mnt", ...namespaces].map((type) => `user+${type}`)]
      : ["mnt", ...namespaces],
  });
  return [
    probe("proc", "a new proc, in a PID namespace", succeed, ["pid"], {
      fork: true,
      mountProc: "/proc",
    }),
    probe(
      "sysfs",
      "a new sysfs, in a network namespace",
      mountOn(folder, "sysfs", "", SYSFS_HINTS),
      ["net"],
    ),
    probe("tmpfs", "a new tmpfs", mountOn(folder, "tmpfs")),
    probe("devpts", "a new devpts", mountOn(folder, "devpts", "newinstance,ptmxmode=0666")),
    probe("mqueue", "a new mqueue, in an IPC namespace", mountOn(folder, "mqueue"), ["ipc"]),
    probe(
      "overlay",
      "an overlay, written to",
      mountOverlay(folder, within ? ",userxattr" : ""),
    ),
  ];
}

function namespaces({ privileged }: MachineFacts): Probe[] {
  const alone = OTHERS.map((type): Probe => ({
    name: type,
    group: "namespaces",
    does: TYPES[type],
    spec: launch({ namespaces: [type], ...useOf(type) }),
    last: succeed,
  }));
  const inside = OTHERS.map((type): Probe => ({
    name: `user+${type}`,
    group: "namespaces",
    does: `in a user namespace: ${TYPES[type]}`,
    spec: launch({ namespaces: ["user", type], ...useOf(type) }),
    last: succeed,
    needs: ["user"],
  }));
  return [
    {
      name: "user",
      group: "namespaces",
      does: TYPES.user,
      spec: launch({ namespaces: ["user"] }),
      last: succeed,
    },
    ...(privileged ? alone : []),
    ...inside,
  ];
}

function idMaps({ uid, gid }: MachineFacts): Probe[] {
  const probe = (
    name: string,
    does: string,
    maps: Partial<LaunchSpec>,
    needs = ["user"],
  ): Probe => ({
    name,
    group: "id maps",
    does,
    spec: launch({ namespaces: ["user"], ...maps }),
    last: succeed,
    needs,
  });
  const ranges = uid === 0
    ? probe("map-all", "all ids of this user namespace", {
      mapUsers: ["all"],
      mapGroups: ["all"],
    })
    : probe("map-auto", "ranges of /etc/subuid and /etc/subgid, by newuidmap", {
      mapUsers: ["auto"],
      mapGroups: ["auto"],
    });
  return [
    probe("map-root-user", "one's own uid and gid, mapped to 0", { mapUser: 0, mapGroup: 0 }),
    probe("map-current-user", "one's own uid and gid, mapped to themselves", {
      mapUser: uid,
      mapGroup: gid,
    }),
    ranges,
    probe("setgroups", "groups dropped where ranges are mapped", {
      ...(uid === 0
        ? { mapUsers: ["all"], mapGroups: ["all"] }
        : { mapUsers: ["auto"], mapGroups: ["auto"] }),
      setgid: 0,
    }, ["user", ranges.name]),
  ];
}

/** The probes of these names, and those that they need, in the order of output. */
export function neededFor(names: readonly string[], probes: readonly Probe[]): Probe[] {
  const wanted = new Set(names);
  // What a probe needs comes before it.
  for (const { name, needs = [] } of probes.toReversed()) {
    if (!wanted.has(name)) continue;
    for (const need of needs) wanted.add(need);
  }
  return probes.filter(({ name }) => wanted.has(name));
}

/** All probes, in the order of output. */
export function probesFor(machine: MachineFacts, places: Places): Probe[] {
  const { privileged, arch, cgroup, othersProc } = machine;
  const root = { mapUser: 0, mapGroup: 0 };
  return [
    ...namespaces(machine),
    ...idMaps(machine),
    {
      name: "user+user",
      group: "namespaces",
      does: "in a user namespace: another",
      spec: launch({ namespaces: ["user"], ...root }),
      last: nest,
      needs: ["user", "map-root-user"],
    },
    ...(privileged ? mounts(places, undefined) : []),
    ...mounts(places, "user"),
    {
      name: "loopback",
      group: "network",
      does: "in user and network namespaces: lo set up",
      spec: launch({ namespaces: ["user", "net"], ...root }),
      last: raiseLoopback,
      needs: ["user", "map-root-user", "user+net"],
    },
    {
      name: "setns",
      group: "entering",
      does: "user and UTS namespaces of a child entered",
      spec: launch({}),
      last: enter,
      needs: ["user", "user+uts"],
      ...(othersProc
        ? { hindered: "/proc is of another PID namespace: a child has another number there" }
        : {}),
    },
    {
      name: "memfd",
      group: "execution",
      does: "a program in memory alone, executed",
      spec: launch({}),
      last: executeInMemory(arch),
    },
    {
      name: "unnamed file",
      group: "execution",
      does: "a program in a file without a name, executed",
      spec: launch({}),
      last: executeUnnamed(arch, places.folders),
    },
    {
      name: "cgroup delegation",
      group: "cgroups",
      does: "a cgroup below one's own, a process moved into it",
      spec: launch({}),
      last: delegate(cgroup ?? "", places.cgroup),
      ...(cgroup === null ? { hindered: "no cgroup v2 that this process is in can be seen" } : {}),
    },
  ];
}
