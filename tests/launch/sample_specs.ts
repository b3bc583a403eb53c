/** Launches whose plans are kept in tests/testdata/plans, by the file's name. Together they have every step there is. */
import { encode } from "../../ffi/bytes.ts";
import type { Starter } from "../../launch/starter.ts";
import type { Asked } from "./specs.ts";

const INTERPRETER = ":x:M::\\x7fELF::/usr/bin/qemu:";

/** A spec, and who starts it. */
export const SAMPLES: Readonly<Record<string, readonly [Asked, Starter?]>> = {
  nothing: [{}],
  walkthrough: [{
    program: "sh",
    argv: ["sh"],
    namespaces: ["user", "pid"],
    mapUser: 0,
    mapGroup: 0,
    fork: true,
    mountProc: "/proc",
  }],
  "every namespace": [{
    namespaces: ["mnt", "uts", "ipc", "net", "pid", "user", "cgroup", "time"],
    mapUser: 1000,
    mapGroup: 1001,
    setgroups: "deny",
    keepCaps: true,
    monotonic: 100n,
    boottime: -5n,
  }],
  "ranges by newuidmap": [{
    mapUser: 0,
    mapGroup: 0,
    mapUsers: ["auto"],
    mapGroups: ["auto"],
    fork: true,
  }],
  "names of ids": [{
    mapUser: { name: "ann" },
    mapGroup: { name: "staff" },
    mapGroups: [{ inner: 0, outer: 100000, count: 10 }],
  }],
  "ranges by root with an owner": [{
    owner: { uid: 7, gid: 8 },
    mapUser: 0,
    mapUsers: [{ inner: 1, outer: 100000, count: 65535 }],
    mapGroups: ["all"],
    setgroups: "allow",
    setuid: 3,
    setgid: 4,
  }],
  "persistent uts": [{ persist: { uts: "/run/uts", net: "/run/net" } }],
  "persistent mnt and pid": [{
    persist: { mnt: "/run/mnt", pid: "/run/pid", time: "/run/time" },
    fork: true,
    mountProc: "/proc",
  }],
  "life bound to the waiter": [{
    namespaces: ["pid"],
    killChild: 9,
    forwardSignals: true,
    setuid: 3,
    setgid: 4,
  }],
  "kill-child without other ids": [{ killChild: 15 }],
  "another root": [{
    root: "/srv/root",
    mountProc: "/proc",
    propagation: "slave",
    loadInterp: `${INTERPRETER}F`,
  }],
  "a root made of operations": [{
    namespaces: ["pid", "ipc"],
    mapUser: 0,
    mapGroup: 0,
    fork: true,
    newRoot: [
      { kind: "ro-bind", source: "/usr", destination: "/usr" },
      { kind: "bind", source: { fd: 7 }, destination: "/opened" },
      { kind: "proc", destination: "/proc" },
      { kind: "dev", destination: "/dev" },
      { kind: "tmp-overlay", sources: ["/etc"], destination: "/etc" },
      { kind: "bind-data", content: "data", destination: "/data" },
      { kind: "symlink", target: "usr/bin", destination: "/bin" },
    ],
  }],
  "loopback and descriptors to wait by": [{
    namespaces: ["net"],
    loopback: true,
    syncFds: [7, 8],
    blockFd: 9,
    dieWithParent: true,
    infoFd: 10,
    statusFd: 11,
  }],
  "capabilities and filters": [{
    namespaces: ["user"],
    mapUser: 0,
    mapGroup: 0,
    setuid: 0,
    capabilities: [{ drop: "all" }, { add: "net_bind_service" }],
    seccomp: [Uint8Array.of(6, 0, 0, 0, 0, 0, 0xff, 0x7f), { fd: 9 }],
  }],
  "another interpreter": [{ loadInterp: INTERPRETER, mapUser: 0, wd: "/tmp" }],
  "proc elsewhere": [{
    namespaces: ["pid"],
    fork: true,
    mountProc: "/mnt/proc",
    mountBinfmt: "/mnt/binfmt",
    propagation: "shared",
  }],
  "join one namespace": [{ name: "nsenter", join: { target: 4126, namespaces: ["uts"] } }],
  "join as an ordinary user": [{
    name: "nsenter",
    join: { target: 4126, namespaces: ["user", "mnt", "uts"] },
    keepCaps: true,
  }],
  "join all": [{
    name: "nsenter",
    join: { target: 4126, all: true, root: true, wd: true, env: true },
    program: "id",
    argv: ["id"],
    keepCaps: true,
  }],
  "join files ids and a socket": [{
    name: "nsenter",
    join: {
      target: 4126,
      targetInode: 777n,
      files: { uts: "/run/uts", user: "/run/user" },
      ids: { mnt: 4n },
      netSocket: 9,
      root: "/srv",
      cgroup: true,
      context: true,
    },
    wd: "/sub",
    setuid: "follow",
    setgid: "follow",
    killChild: 9,
    forwardSignals: true,
  }],
  "join the parent": [{
    name: "nsenter",
    join: { target: 4126, userParent: true, preserveCredentials: true },
  }],
  "join and create": [{
    name: "nsenter",
    join: { target: 4126, namespaces: ["net"] },
    namespaces: ["user", "mnt"],
    mapUser: 0,
  }],
  "restored environment": [{
    program: encode("gr\udcff\u00fcn"),
    argv: ["a b", 'quo"te', "\n\x01" + "2", encode("\udcff")],
    whitelistEnv: ["HOME", "PATH"],
  }, {
    restore: { handled: [13], ignored: [33], nofile: { soft: 1024n, hard: 1048576n } },
  }],
};
