/** The eight namespace types: their names in /proc/PID/ns and their flags. @see namespaces(7) */
import {
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWTIME,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
} from "./sched.ts";

/** A namespace type, named as in /proc/PID/ns. */
export type NamespaceType = "cgroup" | "ipc" | "mnt" | "net" | "pid" | "time" | "user" | "uts";

/** The clone flag of each namespace type. */
export const NAMESPACE_FLAGS: Readonly<Record<NamespaceType, number>> = {
  cgroup: CLONE_NEWCGROUP,
  ipc: CLONE_NEWIPC,
  mnt: CLONE_NEWNS,
  net: CLONE_NEWNET,
  pid: CLONE_NEWPID,
  time: CLONE_NEWTIME,
  user: CLONE_NEWUSER,
  uts: CLONE_NEWUTS,
};

/** All namespace types, in the order of their names. */
export const NAMESPACE_TYPES = Object.keys(NAMESPACE_FLAGS) as readonly NamespaceType[];

/** A link in /proc/PID/ns: a namespace that the process is in, or that its next children will be in. */
export type NamespaceLink = NamespaceType | "pid_for_children" | "time_for_children";

/** All links of /proc/PID/ns. */
export const NAMESPACE_LINKS: readonly NamespaceLink[] = [
  ...NAMESPACE_TYPES,
  "pid_for_children",
  "time_for_children",
];

/** The clone flags of these types together. */
export function flagsOf(types: readonly NamespaceType[]): number {
  return types.reduce((flags, type) => flags | NAMESPACE_FLAGS[type], 0);
}

/** The types in the order in which they are shown and told: what contains others first. */
export const OWNERS_FIRST: readonly NamespaceType[] = [
  "user",
  "pid",
  "mnt",
  "net",
  "uts",
  "ipc",
  "cgroup",
  "time",
];
