// Where mounts and directories stand in the order of work.

import { assertEquals } from "@std/assert";
import { type Asked, assertOrder, between, callsOf, file, PURE } from "../launch/specs.ts";

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

const CHECK = "fstatfs(<file>, &statfs)";

Deno.test("loadInterp mounts proc and binfmt_misc, and registers behind them", PURE, () => {
  const line = ":a:M::b::/c:";
  assertEquals(between({ loadInterp: line, propagation: "private" }).slice(1), [
    'mount("none", "/", NULL, MS_REC|MS_PRIVATE, NULL)',
    PROC,
    BINFMT,
    ...file("/proc/sys/fs/binfmt_misc/register", line).toSpliced(1, 0, CHECK),
  ]);
  assertEquals(between({ loadInterp: line, mountBinfmt: "/b" }).slice(2), [
    BINFMT.replace("/proc/sys/fs/binfmt_misc", "/b"),
    ...file("/b/register", line).toSpliced(1, 0, CHECK),
  ]);
});

Deno.test("an interpreter with flag F is registered before the root is another one", PURE, () => {
  const line = ":a:M::b::/cF:OCF";
  assertOrder(
    { loadInterp: line, root: "/r" },
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
