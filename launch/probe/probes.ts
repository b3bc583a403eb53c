/** Probes: launches with other last steps than a program. Pure. */
import { delegate } from "./cgroup.ts";
import { enter } from "./entering.ts";
import { executeInMemory, executeUnnamed } from "./execution.ts";
import { idMaps } from "./id_maps.ts";
import type { MachineFacts } from "./machine_facts.ts";
import { mounts } from "./mounts.ts";
import { namespaces } from "./namespaces.ts";
import { launch, type Places, type Probe } from "./probe.ts";
import { nest, raiseLoopback } from "./steps.ts";

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
