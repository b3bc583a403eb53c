import { assertEquals, assertInstanceOf, assertThrows } from "@std/assert";
import { SpecError } from "../../launch/errors.ts";
import type { LaunchSpec } from "../../launch/spec.ts";
import { type Asked, planOf, problemsIn, PURE } from "../launch/specs.ts";

/** What the types would not let through, but a caller without types does. */
const wild = (spec: Record<string, unknown>): Asked => spec as Partial<LaunchSpec>;

const PROBLEMS: readonly (readonly [Asked, readonly string[]])[] = [
  [{ name: "sixteen bytes!!!" }, ["name | name: longer than 15 bytes: 'sixteen bytes!!!'"]],
  [{ name: "fifteen bytes!!" }, []],
  [{ name: "acht Bytes: ä" }, []],
  [{ name: "fünfzehn Bytes!" }, ["name | name: longer than 15 bytes: 'fünfzehn Bytes!'"]],
  [{ name: "a\0" }, ["name | name: contains a NUL byte"]],
  [wild({ namespaces: ["pid", "mount", "x"] }), [
    "namespaces | unknown namespace type: 'mount'; did you mean 'mnt'?",
    "namespaces | unknown namespace type: 'x'",
  ]],
  [wild({ persist: { disk: "/x" } }), ["namespaces | unknown namespace type: 'disk'"]],
  [{ program: "/bin/a\0b" }, ["program | program: contains a NUL byte"]],
  [{ argv: ["a", Uint8Array.of(0x62, 0)] }, ["argv[1] | argv[1]: contains a NUL byte"]],
  [{ root: "\0" }, ["root | root: contains a NUL byte"]],
  [{ wd: "\0" }, ["wd | wd: contains a NUL byte"]],
  [{ mountProc: "\0" }, ["mountProc | mountProc: contains a NUL byte"]],
  [{ mountBinfmt: "\0" }, ["mountBinfmt | mountBinfmt: contains a NUL byte"]],
  [{ loadInterp: "\0" }, ["loadInterp | loadInterp: contains a NUL byte"]],
  [{ persist: { uts: "/x\0" } }, ["persist.uts | persist.uts: contains a NUL byte"]],
  [{ whitelistEnv: ["A", "B\0"] }, ["whitelistEnv[1] | whitelistEnv[1]: contains a NUL byte"]],
  [{ setuid: -1 }, ["setuid | setuid: not a user or group id: -1"]],
  [{ setuid: 4294967294 }, []],
  [{ setuid: 4294967295 }, ["setuid | setuid: not a user or group id: 4294967295"]],
  [{ setgid: 1.5 }, ["setgid | setgid: not a user or group id: 1.5"]],
  [{ mapUser: NaN }, ["mapUser | mapUser: not a user or group id: NaN"]],
  [{ mapGroup: 2 ** 32 }, ["mapGroup | mapGroup: not a user or group id: 4294967296"]],
  [{ mapUser: { name: "ann" }, mapGroup: { name: "current" } }, []],
  [{ mapUser: { name: "" } }, ["mapUser.name | mapUser.name: not a user's name: ''"]],
  [{ mapUser: { name: "a:b" }, mapGroup: { name: "a\nb" } }, [
    "mapUser.name | mapUser.name: not a user's name: 'a:b'",
    "mapGroup.name | mapGroup.name: not a group's name: 'a\nb'",
  ]],
  [{ owner: { uid: -1, gid: Infinity } }, [
    "owner.uid | owner.uid: not a user or group id: -1",
    "owner.gid | owner.gid: not a user or group id: Infinity",
  ]],
  [{ mapUsers: [{ inner: 0, outer: -1, count: 1.5 }] }, [
    "mapUsers[0].outer | mapUsers[0].outer: not a whole number from 0 up: -1",
    "mapUsers[0].count | mapUsers[0].count: not a whole number from 0 up: 1.5",
  ]],
  [{ mapGroups: [{ inner: 0, outer: 0, count: 4294967295 }] }, []],
  [{ mapGroups: [{ inner: 1, outer: 0, count: 4294967295 }] }, [
    "mapGroups | mapGroups: ids of a range must be below 4294967295",
  ]],
  [{ mapGroups: [{ inner: 0, outer: 1, count: 4294967295 }] }, [
    "mapGroups | mapGroups: ids of a range must be below 4294967295",
  ]],
  [{ mapUsers: [{ inner: 0, outer: 10, count: 5 }, { inner: 5, outer: 15, count: 5 }] }, []],
  [{ mapUsers: [{ inner: 0, outer: 10, count: 6 }, { inner: 5, outer: 50, count: 5 }] }, [
    "mapUsers | mapUsers: inner ids of ranges overlap",
  ]],
  [{ mapUsers: [{ inner: 50, outer: 12, count: 6 }, { inner: 5, outer: 10, count: 5 }] }, [
    "mapUsers | mapUsers: outer ids of ranges overlap",
  ]],
  [{ killChild: 0 }, ["killChild | unknown signal: 0"]],
  [{ killChild: 64 }, []],
  [{ killChild: 65 }, ["killChild | unknown signal: 65"]],
  [{ namespaces: ["pid"], monotonic: 1n }, [
    'monotonic | monotonic and boottime need a new time namespace: "time" (namespaces)',
  ]],
  [{ boottime: 0n }, [
    'boottime | monotonic and boottime need a new time namespace: "time" (namespaces)',
  ]],
  [{ namespaces: ["time"], monotonic: -(2n ** 63n), boottime: 2n ** 63n - 1n }, []],
  [{ namespaces: ["time"], boottime: 2n ** 63n }, [
    "boottime | boottime: more than 64 bits: 9223372036854775808",
  ]],
  [wild({ propagation: "rshared" }), [
    "propagation | propagation: 'rshared' is none of 'private', 'shared', 'slave', 'unchanged'; did you mean 'shared'?",
  ]],
  [wild({ setgroups: "no" }), ["setgroups | setgroups: 'no' is none of 'allow', 'deny'"]],
  [{ mapGroup: 0, setgroups: "allow" }, [
    'setgroups | setgroups: "allow" and mapGroup exclude each other',
  ]],
  [{ mapGroup: 0, setgroups: "deny" }, []],
  [{ mapGroup: 0, mapGroups: ["auto"], setgroups: "allow" }, []],
];

for (const [asked, expected] of PROBLEMS) {
  const shown = Deno.inspect(asked, { compact: true, breakLength: Infinity });
  Deno.test(`compile() ${expected.length ? "refuses" : "accepts"} ${shown}`, PURE, () => {
    assertEquals(problemsIn(asked), [...expected]);
  });
}

Deno.test("compile() finds all problems at once, each with its path", PURE, () => {
  const problems = problemsIn(
    wild({
      name: "a name that is too long",
      program: "a\0",
      argv: ["a\0"],
      namespaces: ["x"],
      persist: { net: "\0" },
      root: "\0",
      wd: "\0",
      setuid: -1,
      setgid: -1,
      mapUser: -1,
      mapGroup: -1,
      killChild: -1,
      monotonic: 1n,
      propagation: "",
      setgroups: "",
    }),
  );
  assertEquals(problems.map((problem) => problem.split(" ")[0]).sort(), [
    ..."argv[0] killChild mapGroup mapUser monotonic name namespaces persist.net".split(
      " ",
    ),
    ..."program propagation root setgid setgroups setuid wd".split(" "),
  ]);
});

Deno.test("a SpecError is a TypeError whose message has all problems", PURE, () => {
  const error = assertThrows(() => planOf({ setuid: -1, setgid: -2 }), SpecError);
  assertInstanceOf(error, TypeError);
  assertEquals(error.name, "SpecError");
  assertEquals(
    error.message,
    "setuid: not a user or group id: -1; setgid: not a user or group id: -2",
  );
});
