// What each option brings into a plan, and where it stands among the others: the order of work.

import { assert, assertEquals } from "@std/assert";
import type { Caller } from "../../launch/caller.ts";
import { complete } from "../../launch/spec.ts";
import { type Asked, callsOf, planOf, PURE, ROOT, specOf, USER } from "./specs.ts";

const RUN = 'main: execve("/bin/true", ["true"], <environ>)';
const SHELL = 'main: execve("/bin/sh", ["/bin/sh", <path>], <environ>)';

/** The calls between the first and the program's. */
function between(asked: Asked, caller: Caller = USER): string[] {
  return callsOf({ search: false, ...asked }, caller).slice(0, -1)
    .map((call) => call.replace(/^main: /, ""));
}

/** These calls are made, by these processes, in this order; others may stand between. */
function assertOrder(asked: Asked, caller: Caller, ...expected: readonly string[]): void {
  const calls = callsOf(asked, caller);
  let at = 0;
  for (const part of expected) {
    const found = calls.slice(at).findIndex((call) => call.includes(part));
    assert(found >= 0, `no ${part} behind ${calls[at - 1]} in\n${calls.join("\n")}`);
    at += found + 1;
  }
}

const file = (path: string, text: string): string[] => [
  `openat(AT_FDCWD, "${path}", O_WRONLY|O_CLOEXEC)`,
  `write(<file>, "${text}", ${text.length})`,
  "close(<file>)",
];

Deno.test("nothing asked for: the program runs as it would without", PURE, () => {
  assertEquals(callsOf({}), [RUN, SHELL]);
});

Deno.test("all namespaces are created by one call", PURE, () => {
  assertEquals(between({ namespaces: ["uts", "ipc", "net", "user"] }), [
    "unshare(CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWUSER|CLONE_NEWNET)",
  ]);
});

// Options that create namespaces by themselves. @see unshare(1)
const IMPLIED: readonly (readonly [Asked, string])[] = [
  [{ mountProc: "/proc" }, "mnt"],
  [{ mountBinfmt: "/x" }, "mnt user"],
  [{ loadInterp: ":" }, "mnt user"],
  [{ mapUser: 0 }, "user"],
  [{ mapGroup: 0 }, "user"],
  [{ mapUsers: [] }, "user"],
  [{ mapGroups: [] }, "user"],
  [{ owner: { uid: 0, gid: 0 } }, "user"],
  [{ persist: { cgroup: "/x" } }, "cgroup"],
  [{ setuid: 0, setgid: 0, root: "/", wd: "/", keepCaps: true, setgroups: "deny" }, ""],
  [{ propagation: "slave" }, ""],
];

for (const [asked, types] of IMPLIED) {
  Deno.test(`${Object.keys(asked).join(" and ")} brings ${types || "no"} namespaces`, PURE, () => {
    assertEquals([...complete(specOf(asked)).namespaces].sort().join(" "), types);
  });
}

Deno.test("killChild and forwardSignals fork", PURE, () => {
  for (const asked of [{ killChild: 9 }, { forwardSignals: true }]) {
    assertEquals(complete(specOf(asked)).fork, true);
    assertOrder(asked, USER, "main: clone(", "waiter: ", "child: execve(");
  }
  assertEquals(complete(specOf({})).fork, undefined);
});

Deno.test("-r writes uid_map, denies setgroups, and then writes gid_map", PURE, () => {
  assertEquals(between({ mapUser: 0, mapGroup: 0 }), [
    "unshare(CLONE_NEWUSER)",
    ...file("/proc/self/uid_map", "0 1000 1"),
    ...file("/proc/self/setgroups", "deny"),
    ...file("/proc/self/gid_map", "0 1001 1"),
  ]);
});

Deno.test("--map-user alone leaves groups and setgroups alone", PURE, () => {
  assertEquals(between({ mapUser: 0 }), [
    "unshare(CLONE_NEWUSER)",
    ...file("/proc/self/uid_map", "0 1000 1"),
  ]);
});

Deno.test("--setgroups is written behind gid_map", PURE, () => {
  assertEquals(between({ namespaces: ["user"], setgroups: "deny" }), [
    "unshare(CLONE_NEWUSER)",
    ...file("/proc/self/setgroups", "deny"),
  ]);
  assertOrder(
    { mapGroup: 0, setgroups: "deny" },
    USER,
    '/proc/self/setgroups"',
    '/proc/self/gid_map"',
    '/proc/self/setgroups"',
  );
});

Deno.test("clock offsets are written before there is a process in the namespace", PURE, () => {
  assertOrder(
    { namespaces: ["time"], boottime: -7n, monotonic: 5n, fork: true },
    USER,
    "unshare(CLONE_NEWTIME)",
    '"7 -7 0", 6',
    '"1 5 0", 5',
    "clone(",
    "child: execve(",
  );
});

Deno.test("a child is forked behind unshare, and does all that is inside", PURE, () => {
  assertOrder(
    { namespaces: ["pid"], fork: true, mapUser: 0, mountProc: "/proc", setuid: 0, wd: "/" },
    USER,
    "main: unshare(",
    "main: clone(child_stack=NULL, flags=SIGCHLD)",
    "waiter: wait4(<child>, &status, 0, NULL)",
    "waiter: exit_group(<status>)",
    'child: openat(AT_FDCWD, "/proc/self/uid_map"',
    'child: mount("none", "/"',
    'child: chdir("/")',
    'child: mount("proc", "/proc"',
    "child: setuid(0)",
    "child: execve(",
  );
});

Deno.test(
  "the waiter keeps Ctrl-C to the program, and the program has its mask again",
  PURE,
  () => {
    assertOrder(
      { fork: true },
      USER,
      "main: rt_sigprocmask(SIG_BLOCK, [INT TERM], &old mask, 8)",
      "main: clone(",
      "child: rt_sigaction(SIGCHLD, &old action, NULL, 8)",
      "child: rt_sigprocmask(SIG_SETMASK, &old mask, NULL, 8)",
      "child: execve(",
    );
  },
);

Deno.test("forwardSignals waits for signals and passes them on", PURE, () => {
  assertOrder(
    { forwardSignals: true },
    USER,
    "main: rt_sigprocmask(SIG_BLOCK, [INT TERM CHLD], &old mask, 8)",
    "waiter: rt_sigtimedwait([INT TERM CHLD], NULL, NULL, 8)",
    "waiter: kill(<child>, <signal>)",
    "waiter: wait4(<child>, &status, WNOHANG, NULL)",
  );
});

Deno.test(
  "killChild binds the child before anything else, and asks whether it is too late",
  PURE,
  () => {
    assertOrder(
      { killChild: 15, mountProc: "/proc" },
      ROOT,
      "main: pidfd_open(<waiter pid>, 0)",
      "main: clone(",
      "child: prctl(PR_SET_PDEATHSIG, SIGTERM)",
      "child: ppoll(&poll, 1, {tv_sec=0, tv_nsec=0}, NULL, 8)",
      "child: exit_group(1)",
      "child: mount(",
      "child: execve(",
    );
  },
);

Deno.test(
  "killChild binds the child again behind the last change of ids, which undoes it",
  PURE,
  () => {
    for (const ids of [{ setuid: 5 }, { setgid: 5 }]) {
      assertOrder(
        { killChild: 9, ...ids },
        ROOT,
        "child: prctl(PR_SET_PDEATHSIG, SIGKILL)",
        `child: ${Object.keys(ids)[0]}(5)`,
        "child: prctl(PR_SET_PDEATHSIG, SIGKILL)",
        "child: ppoll(",
        "child: exit_group(1)",
        "child: close(<waiter>)",
        "child: execve(",
      );
    }
    const calls = callsOf({ killChild: 9 }, ROOT);
    assertEquals(calls.filter((call) => call.includes("PR_SET_PDEATHSIG")).length, 1);
  },
);

Deno.test("propagation is set first in a mount namespace, and without one not at all", PURE, () => {
  const calls = (propagation: Asked["propagation"]) =>
    between({ namespaces: ["mnt"], ...propagation ? { propagation } : {} });
  const flags = { private: "MS_PRIVATE", shared: "MS_SHARED", slave: "MS_SLAVE" } as const;
  for (const propagation of ["private", "shared", "slave"] as const) {
    assertEquals(calls(propagation), [
      "unshare(CLONE_NEWNS)",
      `mount("none", "/", NULL, MS_REC|${flags[propagation]}, NULL)`,
    ]);
  }
  assertEquals(calls(undefined), calls("private"));
  assertEquals(calls("unchanged"), ["unshare(CLONE_NEWNS)"]);
  assertEquals(between({ propagation: "slave" }), []);
});

const PROC = 'mount("proc", "/proc", "proc", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL)';

Deno.test("mountProc makes its place private where / is not, but not in another root", PURE, () => {
  const own = 'mount("none", "/proc", NULL, MS_REC|MS_PRIVATE, NULL)';
  const mounts = (asked: Asked) =>
    between({ mountProc: "/proc", ...asked }).filter((call) => call.includes("/proc"));
  assertEquals(mounts({}), [PROC]);
  assertEquals(mounts({ propagation: "private" }), [PROC]);
  for (const propagation of ["shared", "slave", "unchanged"] as const) {
    assertEquals(mounts({ propagation }), [own, PROC]);
    assertEquals(mounts({ propagation, root: "/r" }), [PROC]);
  }
});

Deno.test("root comes before the working directory, and both before mounts", PURE, () => {
  assertEquals(between({ root: "/r", wd: "/w", mountProc: "/proc", propagation: "unchanged" }), [
    "unshare(CLONE_NEWNS)",
    'chroot("/r")',
    'chdir("/w")',
    PROC,
  ]);
  assertEquals(between({ root: "/r" }), ['chroot("/r")', 'chdir("/")']);
  assertEquals(between({ wd: "w" }), ['chdir("w")']);
});

const BINFMT = 'mount("binfmt_misc", "/proc/sys/fs/binfmt_misc", "binfmt_misc", ' +
  "MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL)";

Deno.test("loadInterp mounts proc and binfmt_misc, and registers behind them", PURE, () => {
  const line = ":a:M::b::/c:";
  assertEquals(between({ loadInterp: line, propagation: "private" }).slice(1), [
    'mount("none", "/", NULL, MS_REC|MS_PRIVATE, NULL)',
    PROC,
    BINFMT,
    ...file("/proc/sys/fs/binfmt_misc/register", line),
  ]);
  assertEquals(between({ loadInterp: line, mountBinfmt: "/b" }).slice(2), [
    BINFMT.replace("/proc/sys/fs/binfmt_misc", "/b"),
    ...file("/b/register", line),
  ]);
});

Deno.test("an interpreter with flag F is registered before the root is another one", PURE, () => {
  const line = ":a:M::b::/cF:OCF";
  assertOrder(
    { loadInterp: line, root: "/r" },
    USER,
    BINFMT,
    '/register"',
    `write(<file>, "${line}"`,
    'chroot("/r")',
    PROC,
    BINFMT,
    "execve(",
  );
  const without = callsOf({ loadInterp: ":a:M::b::/cF:OC", root: "/r" });
  assertEquals(without.filter((call) => call.includes(BINFMT)).length, 1);
  assertEquals(without.filter((call) => call.includes('/register"')).length, 1);
});

Deno.test("groups change before users, and both behind all mounts", PURE, () => {
  assertEquals(between({ namespaces: ["mnt"], setuid: 5, setgid: 6 }), [
    "unshare(CLONE_NEWNS)",
    'mount("none", "/", NULL, MS_REC|MS_PRIVATE, NULL)',
    "setgroups(0, NULL)",
    "setgid(6)",
    "setuid(5)",
  ]);
  assertEquals(between({ setuid: 5 }), ["setuid(5)"]);
});

Deno.test("the owner's ids are taken before the namespaces are created", PURE, () => {
  assertEquals(between({ owner: { uid: 5, gid: 6 } }, ROOT), [
    "setgroups(0, NULL)",
    "setgid(6)",
    "setuid(5)",
    "unshare(CLONE_NEWUSER)",
  ]);
});

Deno.test("keepCaps works behind the change of ids, and in a new user namespace only", PURE, () => {
  assertOrder(
    { mapUser: 0, keepCaps: true, setuid: 0 },
    USER,
    "setuid(0)",
    "capget({version=_LINUX_CAPABILITY_VERSION_3, pid=0}, &capabilities)",
    "capset(",
    "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, <capability>, 0, 0)",
    "execve(",
  );
  assertEquals(between({ keepCaps: true }), []);
});

Deno.test(
  "ranges are mapped by a child that stays outside, while the program's process waits",
  PURE,
  () => {
    assertOrder(
      { mapUsers: ["all"], mapGroups: ["all"], mapUser: 0 },
      ROOT,
      "main: pipe2(&map pipe, O_CLOEXEC)",
      "main: clone(",
      "mapper: read(<map reader>",
      "mapper: openat(",
      'mapper: write(<file>, "0 0 1\\n1 1 4294967294", 20)',
      "mapper: openat(",
      'mapper: write(<file>, "0 0 4294967295", 14)',
      "mapper: exit_group(0)",
      "main: unshare(CLONE_NEWUSER)",
      'main: write(<map writer>, "+", 1)',
      "main: wait4(<mapper>",
      "main: execve(",
    );
  },
);

Deno.test("who is not root has ranges mapped by newuidmap and newgidmap", PURE, () => {
  const asked: Asked = { mapUsers: ["auto"], mapGroups: ["subids"] };
  assertOrder(
    asked,
    USER,
    "mapper: clone(",
    'newuidmap: execve("/usr/bin/newuidmap", ["newuidmap", <main pid>, "0", "100000", "65536"]',
    'newuidmap: execve("/bin/newuidmap"',
    "mapper: wait4(<newuidmap>",
    "mapper: clone(",
    'newgidmap: execve("/usr/bin/newgidmap", ["newgidmap", <main pid>, "200000", "200000", "65536"]',
    "mapper: wait4(<newgidmap>",
    "mapper: exit_group(0)",
    "main: unshare(",
  );
  assertEquals(callsOf(asked, USER).filter((call) => call.includes("_map")), []);
  assertEquals(callsOf(asked, ROOT).filter((call) => call.includes("newuidmap")), []);
});

Deno.test("namespaces are bound by this process where mounts and users stay the same", PURE, () => {
  assertEquals(between({ persist: { uts: "/u", net: "/n" } }), [
    "unshare(CLONE_NEWUTS|CLONE_NEWNET)",
    'mount("/proc/self/ns/net", "/n", NULL, MS_BIND, NULL)',
    'mount("/proc/self/ns/uts", "/u", NULL, MS_BIND, NULL)',
    'umount2("/n", MNT_DETACH)',
  ]);
});

Deno.test(
  "namespaces are bound by a child that stays outside where mounts or users are new",
  PURE,
  () => {
    for (const type of ["mnt", "user"] as const) {
      assertOrder(
        { persist: { [type]: "/f" } },
        ROOT,
        "main: clone(",
        "binder: read(<bind reader>",
        '"/f", NULL, MS_BIND, NULL)',
        "binder: exit_group(0)",
        "main: unshare(",
        'main: write(<bind writer>, "+", 1)',
        "main: wait4(<binder>",
        "main: execve(",
      );
    }
  },
);

Deno.test(
  "namespaces of children are bound when there is a child, which waits for it",
  PURE,
  () => {
    assertOrder(
      { persist: { pid: "/p" }, fork: true },
      ROOT,
      "main: unshare(CLONE_NEWPID)",
      "main: clone(",
      'waiter: mount("/proc/self/ns/pid_for_children", "/p", NULL, MS_BIND, NULL)',
      'waiter: write(<start writer>, "+", 1)',
      "waiter: wait4(<child>",
      "child: read(<start reader>",
      "child: execve(",
    );
  },
);

Deno.test("what the runtime changed is undone first", PURE, () => {
  const restore = { handled: [13], ignored: [], nofile: { soft: 1024n, hard: 4096n } };
  assertEquals(between({ namespaces: ["uts"] }, { ...USER, restore }), [
    "rt_sigaction(SIGPIPE, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}, NULL, 8)",
    "prlimit64(0, RLIMIT_NOFILE, {rlim_cur=1024, rlim_max=4*1024}, NULL)",
    "unshare(CLONE_NEWUTS)",
  ]);
});

Deno.test("the first step is the name", PURE, () => {
  const [first] = planOf({ name: "nsenter" }).steps;
  assert(first?.do === "call" && first.syscall === "prctl");
  assertEquals(first.args[1], { kind: "text", bytes: new TextEncoder().encode("nsenter") });
});
