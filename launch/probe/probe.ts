/** What a probe is: a launch with other last steps than a program. */
import type { LaunchSpec } from "../spec.ts";
import type { LastSteps } from "./steps.ts";

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

/** What is launched: what a probe does not name is as little as can be. */
export const launch = (spec: Partial<LaunchSpec>): LaunchSpec => ({
  name: "nido",
  program: "",
  argv: [],
  namespaces: [],
  ...spec,
});
