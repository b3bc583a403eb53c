/** Probes of mounts: file systems that are new, each in the namespace that it needs. */
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import type { LaunchSpec } from "../spec.ts";
import { SYSFS_HINTS } from "./hints.ts";
import { launch, type Places, type Probe } from "./probe.ts";
import { type LastSteps, mountOn, mountOverlay, succeed } from "./steps.ts";

/** What is mounted in a namespace of the right kind, as root of it. */
export function mounts({ folder }: Places, within: "user" | undefined): Probe[] {
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
