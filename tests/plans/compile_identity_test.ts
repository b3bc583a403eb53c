// Where maps, ids and capabilities stand in the order of work.

import { assertEquals } from "@std/assert";
import { type Asked, assertOrder, between, file, PURE } from "../launch/specs.ts";

Deno.test("-r writes uid_map, denies setgroups, and then writes gid_map", PURE, () => {
  assertEquals(between({ mapUser: 0, mapGroup: 0 }), [
    "unshare(CLONE_NEWUSER)",
    ...file("/proc/self/uid_map", "0 <euid> 1", "<length>"),
    ...file("/proc/self/setgroups", "deny"),
    ...file("/proc/self/gid_map", "0 <egid> 1", "<length>"),
  ]);
});

Deno.test("--map-user alone leaves groups and setgroups alone", PURE, () => {
  assertEquals(between({ mapUser: 0 }), [
    "unshare(CLONE_NEWUSER)",
    ...file("/proc/self/uid_map", "0 <euid> 1", "<length>"),
  ]);
});

Deno.test("--setgroups is written behind gid_map", PURE, () => {
  assertEquals(between({ namespaces: ["user"], setgroups: "deny" }), [
    "unshare(CLONE_NEWUSER)",
    ...file("/proc/self/setgroups", "deny"),
  ]);
  assertOrder(
    { mapGroup: 0, setgroups: "deny" },
    '/proc/self/setgroups"',
    '/proc/self/gid_map"',
    '/proc/self/setgroups"',
  );
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
  assertEquals(between({ owner: { uid: 5, gid: 6 } }), [
    "setgroups(0, NULL)",
    "setgid(6)",
    "setuid(5)",
    "unshare(CLONE_NEWUSER)",
  ]);
});

Deno.test("keepCaps works behind the change of ids, and in a new user namespace only", PURE, () => {
  assertOrder(
    { mapUser: 0, keepCaps: true, setuid: 0 },
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
      "main: pipe2(&map pipe, O_CLOEXEC)",
      "main: clone(",
      "mapper: read(<map reader>",
      'mapper: openat(AT_FDCWD, "/proc/<main pid>/uid_map"',
      "mapper: write(<file>, <start>, <length>)",
      'mapper: openat(AT_FDCWD, "/proc/<main pid>/gid_map"',
      "mapper: write(<file>, <start>, <length>)",
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
    "mapper: clone(",
    'newuidmap: execve("<folder>/newuidmap", <argv>, <environ>)',
    "mapper: wait4(<newuidmap>",
    "mapper: clone(",
    'newgidmap: execve("<folder>/newgidmap", <argv>, <environ>)',
    "mapper: wait4(<newgidmap>",
    "mapper: exit_group(0)",
    "main: unshare(",
  );
});
