/** Probes of namespaces: each type that can be created, and with a user namespace. */
import { NAMESPACE_TYPES, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import type { LaunchSpec } from "../spec.ts";
import type { MachineFacts } from "./machine_facts.ts";
import { launch, type Probe } from "./probe.ts";
import { succeed } from "./steps.ts";

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

/** Without a user namespace only for who is privileged. */
export function namespaces({ privileged }: MachineFacts): Probe[] {
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
