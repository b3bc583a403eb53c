/** Probes of id maps: what may be mapped into a new user namespace. */
import type { LaunchSpec } from "../spec.ts";
import type { MachineFacts } from "./machine_facts.ts";
import { launch, type Probe } from "./probe.ts";
import { succeed } from "./steps.ts";

/** All ids for root, and for others those of /etc/subuid and /etc/subgid. */
export function idMaps({ uid, gid }: MachineFacts): Probe[] {
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
