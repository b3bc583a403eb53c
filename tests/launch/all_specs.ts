/** All launches that tests have, of whomever: what holds of every plan is tested by them. */
import { UsageError } from "../../cli/getopt.ts";
import { nsenter } from "../../cli/nsenter.ts";
import { unshare } from "../../cli/unshare.ts";
import type { LaunchSpec } from "../../launch/spec.ts";
import { nsenterLines } from "../drop_in/nsenter_lines.ts";
import { unshareLines } from "../drop_in/unshare_lines.ts";
import { SAMPLES } from "./sample_specs.ts";
import { type Asked, specOf } from "./specs.ts";

/** Everything at once, and the shell. */
const EVERYTHING: Asked = {
  argv: [],
  namespaces: ["mnt", "uts", "ipc", "net", "pid", "user", "cgroup", "time"],
  persist: {
    mnt: "/m",
    uts: "/u",
    ipc: "/i",
    net: "/n",
    pid: "/p",
    user: "/U",
    cgroup: "/C",
    time: "/T",
  },
  killChild: 9,
  forwardSignals: true,
  mountProc: "/proc",
  mountBinfmt: "/binfmt",
  loadInterp: ":name:M::magic:mask:/interpreter:F",
  propagation: "shared",
  root: "/root",
  wd: "/wd",
  setuid: 1,
  setgid: 2,
  mapUser: "current",
  mapGroup: 0,
  mapUsers: ["auto", "subids", "all", { inner: 1, outer: 2, count: 3 }],
  mapGroups: ["auto", "subids", "all", { inner: 1, outer: 2, count: 3 }],
  owner: { uid: 1, gid: 2 },
  setgroups: "deny",
  keepCaps: true,
  monotonic: 1n,
  boottime: -2n,
  whitelistEnv: ["HOME", "PATH", "SHELL"],
};

/** Everything that can be joined at once, and the shell. */
const JOINING: LaunchSpec = {
  name: "nsenter",
  argv: [],
  namespaces: [],
  join: {
    target: 4194303,
    targetInode: 2n ** 40n,
    all: true,
    namespaces: ["cgroup", "mnt", "pid", "time", "user"],
    files: { ipc: "/ipc", uts: "/uts" },
    netSocket: 3,
    userParent: true,
    root: true,
    wd: true,
    env: true,
    cgroup: true,
    context: true,
  },
  killChild: 15,
  forwardSignals: true,
  setuid: "follow",
  setgid: "follow",
  keepCaps: true,
};

export function everythingSpec(): LaunchSpec {
  const { program: _, ...spec } = specOf(EVERYTHING);
  return spec;
}

export function specs(): [string, LaunchSpec][] {
  const samples = Object.entries(SAMPLES).map(([name, [asked]]) =>
    [name, specOf(asked)] as [string, LaunchSpec]
  );
  return [...samples, ["everything", everythingSpec()], ["everything joined", JOINING]];
}

/** The specs of the command lines that the drop-in tests have. */
export function lineSpecs(): LaunchSpec[] {
  const lines = [
    ...unshareLines.map((line) => [unshare, line.argv] as const),
    ...nsenterLines.map((line) => [nsenter, line.argv] as const),
  ];
  return lines.flatMap(([command, argv]) => {
    if (!argv) return [];
    try {
      const spec = command.parse(argv);
      return typeof spec === "string" ? [] : [spec];
    } catch (error) {
      if (error instanceof UsageError) return [];
      throw error;
    }
  });
}
