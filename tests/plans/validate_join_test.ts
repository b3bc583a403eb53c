import { assertEquals } from "@std/assert";
import type { LaunchSpec } from "../../launch/spec.ts";
import { type Asked, problemsIn, PURE } from "../launch/specs.ts";

/** What the types would not let through, but a caller without types does. */
const wild = (spec: Record<string, unknown>): Asked => spec as Partial<LaunchSpec>;

const NO_NAMESPACE = "join | join: it names no namespaces: add all, namespaces or files";
const NO_TARGET = "join.target | join.target: missing";

const PROBLEMS: readonly (readonly [Asked, readonly string[]])[] = [
  [{ join: {} }, [NO_NAMESPACE]],
  [{ join: { target: 1 } }, [NO_NAMESPACE]],
  [{ join: { target: 1, root: true, wd: true, env: true } }, [NO_NAMESPACE]],
  [{ join: { target: 1, all: true } }, []],
  [{ join: { target: 1, namespaces: ["uts", "user"] } }, []],
  [{ join: { files: { uts: "/u" } } }, []],
  [{ join: { ids: { uts: 5n } } }, []],
  [{ join: { files: { uts: "/u" }, userParent: true } }, []],
  [{ join: { namespaces: ["uts"] } }, [NO_TARGET]],
  [{ join: { namespaces: ["uts", "net"], files: { uts: "/u" } } }, [NO_TARGET]],
  [{ join: { namespaces: ["uts"], files: { uts: "/u" } } }, []],
  [{ join: { all: true } }, [NO_TARGET]],
  [{ join: { netSocket: 3 } }, [NO_TARGET]],
  [{ join: { userParent: true } }, [NO_TARGET]],
  [{ join: { files: { uts: "/u" }, targetInode: 3n } }, [NO_TARGET]],
  [{
    join: { files: { uts: "/u" }, root: true, wd: true, env: true, cgroup: true },
    setuid: "follow",
  }, [
    "join.target | join.root: true needs join.target",
    "join.target | join.wd: true needs join.target",
    "join.target | join.env needs join.target",
    "join.target | join.cgroup needs join.target",
    'join.target | setuid: "follow" needs join.target',
  ]],
  [{ join: { files: { uts: "/u" }, root: "/r", wd: "/w", context: true } }, []],
  [{ setgid: "follow" }, ["setgid | setgid: follows a target, and there is none to join"]],
  [wild({ join: { target: 1, namespaces: ["mount"], files: { disk: "/x" }, all: true } }), [
    "join | unknown namespace type: 'mount'; did you mean 'mnt'?",
    "join | unknown namespace type: 'disk'",
  ]],
  ...[0, -1, 1.5, NaN, 2 ** 31].map((target): [Asked, string[]] => [
    { join: { target, namespaces: ["uts"] } },
    [`join.target | join.target: not a number from 1 to 2147483647: ${target}`],
  ]),
  [{ join: { target: 2 ** 31 - 1, netSocket: 0 } }, []],
  [{ join: { target: 1, netSocket: -1 } }, [
    "join.netSocket | join.netSocket: not a number from 0 to 2147483647: -1",
  ]],
  ...[0n, -1n, 2n ** 64n].map((targetInode): [Asked, string[]] => [
    { join: { target: 1, targetInode, all: true } },
    [`join.targetInode | join.targetInode: not a positive number of 64 bits: ${targetInode}`],
  ]),
  [{ join: { ids: { uts: 2n ** 64n } } }, [
    "join.ids.uts | join.ids.uts: not a number of 64 bits: 18446744073709551616",
  ]],
  [{ join: { ids: { uts: 5n }, files: { uts: "/u" } } }, [
    "join.ids.uts | join.ids.uts and join.files.uts exclude each other",
  ]],
  [{ join: { files: { uts: "/u\0" }, root: "\0", wd: "a\0" } }, [
    "join.root | join.root: contains a NUL byte",
    "join.wd | join.wd: contains a NUL byte",
    "join.files.uts | join.files.uts: contains a NUL byte",
  ]],
  [{ join: { target: 1, all: true, root: true, wd: true }, root: "/r", wd: "/w" }, [
    "join.root | root and join.root exclude each other",
    "join.wd | wd and join.wd exclude each other",
  ]],
  [{ join: { target: 1, all: true, env: true }, clearEnv: true, whitelistEnv: ["A"] }, [
    "join.env | join.env and clearEnv exclude each other",
    "join.env | join.env and whitelistEnv exclude each other",
  ]],
  [{ join: { target: 1, all: true }, namespaces: ["pid"], mapUser: 0 }, [
    "namespaces | a PID namespace can be joined or created, not both",
    "namespaces | a user namespace can be joined or created, not both",
  ]],
  [{ join: { target: 1, namespaces: ["net"] }, namespaces: ["pid", "user"] }, []],
  [{ join: { target: 1, all: true }, fork: false, killChild: 9, forwardSignals: true }, [
    "killChild | fork: false and killChild exclude each other",
    "forwardSignals | fork: false and forwardSignals exclude each other",
  ]],
  [{ join: { target: 1, all: true }, fork: false, forwardSignals: false }, []],
];

for (const [asked, problems] of PROBLEMS) {
  const shown = JSON.stringify(
    asked,
    (_, value) => typeof value === "bigint" ? `${value}n` : value,
  );
  Deno.test(`${shown} has ${problems.length} problems`, PURE, () => {
    assertEquals(problemsIn(asked), [...problems]);
  });
}
