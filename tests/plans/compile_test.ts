// What each option brings into a plan, and where it stands among the others: namespaces, processes.

import { assert, assertEquals } from "@std/assert";
import { complete } from "../../launch/implied.ts";
import {
  type Asked,
  assertOrder,
  between,
  callsOf,
  planOf,
  PURE,
  specOf,
} from "../launch/specs.ts";

const RUN = 'main: execve("/bin/true", ["true"], <environ>)';
const SHELL = 'main: execve("/bin/sh", ["/bin/sh", <path>], <environ>)';

Deno.test("nothing asked for: the program runs as it would without", PURE, () => {
  assertEquals(callsOf({}), ["main: geteuid()", RUN, SHELL]);
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
    assertOrder(asked, "main: clone(", "waiter: ", "child: execve(");
  }
  assertEquals(complete(specOf({})).fork, undefined);
});

Deno.test("clock offsets are written before there is a process in the namespace", PURE, () => {
  assertOrder(
    { namespaces: ["time"], boottime: -7n, monotonic: 5n, fork: true },
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
        "child: prctl(PR_SET_PDEATHSIG, SIGKILL)",
        `child: ${Object.keys(ids)[0]}(5)`,
        "child: prctl(PR_SET_PDEATHSIG, SIGKILL)",
        "child: ppoll(",
        "child: exit_group(1)",
        "child: close(<waiter>)",
        "child: execve(",
      );
    }
    const calls = callsOf({ killChild: 9 });
    assertEquals(calls.filter((call) => call.includes("PR_SET_PDEATHSIG")).length, 1);
  },
);

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
  assertEquals(between({ namespaces: ["uts"] }, { restore }), [
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
