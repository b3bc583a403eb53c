/** Launches whose plans are kept in tests/testdata/plans, by the file's name. Together they have every step there is. */
import { encode } from "../../ffi/bytes.ts";
import type { Caller } from "../../launch/caller.ts";
import { type Asked, ROOT, USER } from "./specs.ts";

const INTERPRETER = ":x:M::\\x7fELF::/usr/bin/qemu:";

/** A spec and who launches it. */
export const SAMPLES: Readonly<Record<string, readonly [Asked, Caller]>> = {
  nothing: [{}, USER],
  walkthrough: [{
    program: "sh",
    argv: ["sh"],
    namespaces: ["user", "pid"],
    mapUser: 0,
    mapGroup: 0,
    fork: true,
    mountProc: "/proc",
  }, USER],
  "every namespace": [{
    namespaces: ["mnt", "uts", "ipc", "net", "pid", "user", "cgroup", "time"],
    mapUser: 1000,
    mapGroup: 1001,
    setgroups: "deny",
    keepCaps: true,
    monotonic: 100n,
    boottime: -5n,
  }, USER],
  "ranges by newuidmap": [{
    mapUser: 0,
    mapGroup: 0,
    mapUsers: ["auto"],
    mapGroups: ["auto"],
    fork: true,
  }, USER],
  "ranges by root with an owner": [{
    owner: { uid: 7, gid: 8 },
    mapUser: 0,
    mapUsers: [{ inner: 1, outer: 100000, count: 65535 }],
    mapGroups: ["all"],
    setgroups: "allow",
    setuid: 3,
    setgid: 4,
  }, ROOT],
  "persistent uts": [{ persist: { uts: "/run/uts", net: "/run/net" } }, ROOT],
  "persistent mnt and pid": [{
    persist: { mnt: "/run/mnt", pid: "/run/pid", time: "/run/time" },
    fork: true,
    mountProc: "/proc",
  }, ROOT],
  "life bound to the waiter": [{
    namespaces: ["pid"],
    killChild: 9,
    forwardSignals: true,
    setuid: 3,
    setgid: 4,
  }, ROOT],
  "kill-child without other ids": [{ killChild: 15 }, USER],
  "another root": [{
    root: "/srv/root",
    mountProc: "/proc",
    propagation: "slave",
    loadInterp: `${INTERPRETER}F`,
  }, ROOT],
  "another interpreter": [{ loadInterp: INTERPRETER, mapUser: 0, wd: "/tmp" }, USER],
  "proc elsewhere": [{
    namespaces: ["pid"],
    fork: true,
    mountProc: "/mnt/proc",
    mountBinfmt: "/mnt/binfmt",
    propagation: "shared",
  }, ROOT],
  "join one namespace": [{ name: "nsenter", join: { target: 4126, namespaces: ["uts"] } }, ROOT],
  "join as an ordinary user": [{
    name: "nsenter",
    join: { target: 4126, namespaces: ["user", "mnt", "uts"] },
    keepCaps: true,
  }, USER],
  "join all": [{
    name: "nsenter",
    join: { target: 4126, all: true, root: true, wd: true, env: true },
    program: "id",
    argv: ["id"],
    keepCaps: true,
  }, ROOT],
  "join all on an old kernel": [{
    name: "nsenter",
    join: { target: 4126, all: true },
    fork: false,
  }, { ...ROOT, kernel: [5, 7] }],
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
  }, { ...ROOT, kernel: [6, 18] }],
  "join the parent": [{
    name: "nsenter",
    join: { target: 4126, userParent: true, preserveCredentials: true },
  }, USER],
  "join and create": [{
    name: "nsenter",
    join: { target: 4126, namespaces: ["net"] },
    namespaces: ["user", "mnt"],
    mapUser: 0,
  }, ROOT],
  "restored environment": [{
    program: encode("gr\udcff\u00fcn"),
    argv: ["a b", 'quo"te', "\n\x01" + "2", encode("\udcff")],
    whitelistEnv: ["HOME", "PATH"],
  }, {
    ...USER,
    environ: ["HOME=/h", "PATH=:/opt/b\u00efn", "X=y"],
    restore: { handled: [13], ignored: [33], nofile: { soft: 1024n, hard: 1048576n } },
  }],
};
