// What joining brings into a plan, and in which order: the plans themselves are in tests/testdata/plans.

import { assert, assertEquals } from "@std/assert";
import { isStraight } from "../../launch/child.ts";
import { imageOf } from "../../engine/image.ts";
import { planSteps } from "../../engine/print.ts";
import { complete } from "../../launch/implied.ts";
import type { Join } from "../../launch/join/spec.ts";
import { UNLESS_TAKEN } from "../../launch/join/sources.ts";
import {
  type Asked,
  assertOrder,
  between,
  callsOf,
  planOf,
  PURE,
  specOf,
} from "../launch/specs.ts";

const of = (join: Join, more: Asked = {}): Asked => ({ join: { target: 4126, ...join }, ...more });

/** The calls where the target's descriptor is taken, which is not so before Linux 5.8. */
const taken = (asked: Asked): string[] =>
  planSteps(planOf({ search: false, ...asked })).filter(({ when }) => when !== UNLESS_TAKEN)
    .map(({ call }) => call);

const UTS = of({ namespaces: ["uts"] });

/** Whether /proc is the caller's own comes before the target is opened. */
const CHECK = ['readlinkat(AT_FDCWD, "/proc/self", &own link, 31)', "getpid()"];

Deno.test(
  "namespaces of the target are joined by one call, without a look at its files",
  PURE,
  () => {
    assertEquals(taken(of({ namespaces: ["uts", "net", "ipc"] })).slice(2, -1), [
      "prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)",
      ...CHECK,
      'statfs("/proc", &statfs)',
      "write(2, \"unshare: note: /proc is of another PID namespace: 4126 is a process of the caller's, " +
      'not what /proc shows\\n", 106)',
      "pidfd_open(4126, 0)",
      "pidfd_open(4126, PIDFD_THREAD)",
      "uname(&utsname)",
      "setns(<target>, CLONE_NEWUTS|CLONE_NEWIPC|CLONE_NEWNET)",
      "close(<target>)",
    ]);
  },
);

Deno.test("a file is joined by itself, and without a target there is none", PURE, () => {
  assertEquals(between({ join: { files: { uts: "/run/uts" } } }), [
    "prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)",
    'openat(AT_FDCWD, "/run/uts", O_RDONLY|O_CLOEXEC)',
    "setns(<uts namespace>, CLONE_NEWUTS)",
    "close(<uts namespace>)",
  ]);
});

Deno.test("a process that joins is not dumpable before it has anything to hide", PURE, () => {
  for (const join of [{ namespaces: ["mnt"], root: true, env: true }, { all: true }] as Join[]) {
    const calls = callsOf(of(join));
    const first = calls.findIndex((call) => /(openat|pidfd_open)\(/.test(call));
    const prctl = calls.indexOf("main: prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)");
    assert(prctl >= 0 && prctl < first, calls.join("\n"));
  }
});

Deno.test(
  "nor is it afterwards; and once something is joined no file of /proc is named by its whole path",
  PURE,
  () => {
    const more: Asked = { mapUser: 0, mapGroup: 0, persist: { uts: "/run/uts" } };
    for (
      const asked of [
        of({ all: true, root: true, wd: true, env: true, cgroup: true }),
        of({ namespaces: ["mnt", "net"] }, { ...more, namespaces: ["user", "time"], boottime: 5n }),
        of({ namespaces: ["mnt"] }, { ...more, namespaces: ["user", "pid"], fork: true }),
        of({ namespaces: ["mnt"] }, { persist: { uts: "/run/uts" }, fork: true }),
      ]
    ) {
      const calls = callsOf(asked);
      assertEquals(calls.filter((call) => call.includes("SUID_DUMP_USER")), []);
      const joined = calls.findIndex((call) => call.includes("setns("));
      const later = calls.slice(joined).filter((call) =>
        /(main|child|waiter): .*"\/proc/.test(call)
      );
      assertEquals(later, []);
    }
  },
);

Deno.test(
  "everything is opened before anything changes, and closed before the program",
  PURE,
  () => {
    const join: Join = {
      namespaces: ["user", "pid"],
      files: { uts: "/run/uts", mnt: "/run/mnt" },
      ids: { ipc: 7n },
      netSocket: 5,
      root: true,
      wd: "/srv",
      env: true,
      cgroup: true,
    };
    const calls = callsOf(of(join, { setuid: "follow", fork: false }));
    const changes = calls.findIndex((call) => /setgroups|write\(<group>/.test(call));
    const opens = calls.flatMap((call, i) =>
      /openat\(|getfd\(|SIOCGSKNS|handle_at\(/.test(call) ? [i] : []
    );
    assert(opens.length > 8 && Math.max(...opens) < changes, calls.join("\n"));
    const run = calls.findIndex((call) => call.includes("execve("));
    for (const name of ["target", "user namespace", "pid namespace", "uts namespace", "owned"]) {
      const uses = calls.flatMap((call, i) => call.includes(`<${name}>`) ? [i] : []);
      if (uses.length === 0) continue;
      const last = Math.max(...uses);
      assert(calls[last]!.includes(`close(<${name}>)`) && last < run, `${name}: ${calls[last]}`);
    }
  },
);

Deno.test("other namespaces are tried first, and again behind the user namespace", PURE, () => {
  assertOrder(
    of({ namespaces: ["user", "mnt"], files: { uts: "/u" } }, { fork: false }),
    "setns(<target>, CLONE_NEWNS)",
    "setns(<uts namespace>, CLONE_NEWUTS)",
    "setns(<target>, CLONE_NEWNS|CLONE_NEWUSER)",
    "setns(<uts namespace>, CLONE_NEWUTS)",
  );
  assertOrder(
    of({ namespaces: ["mnt"], files: { user: "/u" } }),
    "setns(<target>, CLONE_NEWNS)",
    "setns(<user namespace>, CLONE_NEWUSER)",
    "setns(<target>, CLONE_NEWNS)",
  );
  const setns = taken(of({ namespaces: ["mnt", "uts"] })).filter((call) => call.includes("setns"));
  assertEquals(setns.length, 1, "without one there is no second time");
});

Deno.test("a PID namespace is joined by a child, unless that is not wanted", PURE, () => {
  for (const join of [{ namespaces: ["pid"] }, { all: true }] as Join[]) {
    assertEquals(complete(specOf(of(join))).fork, true);
    assertOrder(of(join), "setns(<pid namespace>, CLONE_NEWPID)", "clone(", "execve(");
    assert(!callsOf(of(join, { fork: false })).some((call) => call.includes("clone(")));
  }
  assertEquals(complete(specOf({ join: { files: { pid: "/p" } } })).fork, true);
  assertEquals(complete(specOf(UTS)).fork, undefined);
});

Deno.test(
  "the waiter of a program that joins stops with it, and leaves signals alone",
  PURE,
  () => {
    assertOrder(
      of({ namespaces: ["pid"] }),
      "waiter: waitid(P_PID, <child>, NULL, WEXITED|WSTOPPED|WNOWAIT, NULL)",
      "waiter: wait4(<child>, &status, WNOHANG|WSTOPPED, NULL)",
      "waiter: kill(<self>, SIGSTOP)",
      "waiter: kill(<child>, SIGCONT)",
      "waiter: exit_group(<status>)",
    );
    const calls = callsOf(of({ namespaces: ["pid"] }));
    assertEquals(calls.filter((call) => call.includes("SIG_BLOCK")), []);
    assertOrder(
      of({ namespaces: ["uts"] }, { forwardSignals: true }),
      "main: rt_sigprocmask(SIG_BLOCK, [INT TERM CHLD]",
      "waiter: wait4(<child>, &status, WNOHANG|WSTOPPED, NULL)",
      "waiter: kill(<self>, SIGSTOP)",
      "child: rt_sigprocmask(SIG_SETMASK",
    );
  },
);

Deno.test("ids become 0 where a user namespace is joined, and only there", PURE, () => {
  const ids = (asked: Asked): string[] =>
    callsOf(asked).filter((call) => /set[ug]id\(|setgroups/.test(call))
      .map((call) => call.replace("main: ", ""));
  const user = { namespaces: ["user"] } as const;
  assertEquals(ids(UTS), []);
  assertEquals(ids(of(user)), [
    "setgroups(0, NULL)",
    "setgroups(0, NULL)",
    "setgid(0)",
    "setuid(0)",
  ]);
  assertEquals(ids(of({ ...user, preserveCredentials: true })), []);
  assertEquals(ids(of({ ...user, preserveCredentials: true }, { setuid: 5 })), ["setuid(5)"]);
  assertEquals(ids(of(user, { setuid: "follow", setgid: 7 })), [
    "setgroups(0, NULL)",
    "setgroups(0, NULL)",
    "setgid(7)",
    "setuid(<target's uid>)",
  ]);
});

Deno.test("killChild binds the child again behind ids that become 0", PURE, () => {
  assertOrder(
    of({ namespaces: ["user"] }, { killChild: 9 }),
    "child: prctl(PR_SET_PDEATHSIG, SIGKILL)",
    "child: setuid(0)",
    "child: prctl(PR_SET_PDEATHSIG, SIGKILL)",
    "child: close(<waiter>)",
  );
});

Deno.test("another root is entered by its descriptor, and then the working directory", PURE, () => {
  assertOrder(
    of({ namespaces: ["mnt"], root: "/srv", wd: true }),
    'openat(AT_FDCWD, "/srv", O_RDONLY|O_CLOEXEC|O_PATH)',
    'openat(AT_FDCWD, "/proc/4126/cwd", O_RDONLY|O_CLOEXEC|O_PATH)',
    "setns(",
    "fchdir(<root>)",
    'chroot(".")',
    "close(<root>)",
    "fchdir(<cwd>)",
    "close(<cwd>)",
  );
  assertOrder(
    of({ namespaces: ["mnt"], root: true }, { wd: "/in" }),
    "chroot",
    'chdir("/in")',
  );
});

Deno.test("the target's variables bring the target's PATH", PURE, () => {
  const calls = callsOf(of({ namespaces: ["uts"], env: true }, { program: "id", argv: ["id"] }));
  assertEquals(calls.filter((call) => call.includes("execve(")), [
    'main: execve("<folder>/id", ["id"], <environ>)',
    'main: execve("/bin/sh", ["/bin/sh", <path>], <environ>)',
  ]);
});

Deno.test("kept capabilities are those of the user namespace that is joined", PURE, () => {
  const has = (asked: Asked) =>
    callsOf({ ...asked, keepCaps: true }).some((c) => c.includes("capset"));
  assertEquals(has(UTS), false);
  assertEquals(has(of({ namespaces: ["user"] })), true);
  assertEquals(has(of({ all: true })), true);
});

Deno.test("a plan that joins never runs in the memory of who starts it", PURE, () => {
  for (const join of [{ namespaces: ["uts"] }, { all: true }, { files: { net: "/n" } }] as Join[]) {
    assertEquals(isStraight(planOf({ join: { target: 4126, ...join } })), false);
  }
});

Deno.test("namespaces are created in those that are joined", PURE, () => {
  assertOrder(
    of({ namespaces: ["net"] }, { namespaces: ["mnt", "time"], monotonic: 5n }),
    '"/proc/self/timens_offsets"',
    "prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)",
    "setns(<target>, CLONE_NEWNET)",
    "unshare(CLONE_NEWTIME|CLONE_NEWNS)",
    "write(<clocks>",
    "execve(",
  );
});

Deno.test("a file beside a socket or a parent gives a plan: both go before it", PURE, () => {
  const joined: readonly NonNullable<Asked["join"]>[] = [
    { target: 1, files: { net: "/n" }, netSocket: 3 },
    { target: 1, files: { user: "/u" }, userParent: true },
  ];
  for (const join of joined) imageOf(planOf({ join }), "x86_64");
});
