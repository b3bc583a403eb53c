// Options that are open: the same launch comes of them as of those that are known.

import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { NAMESPACE_TYPES } from "../../ffi/abi/namespaces.ts";
import { decode } from "../../ffi/bytes.ts";
import { runSteps } from "../../engine/print.ts";
import type { Plan } from "../../engine/plan.ts";
import type { Program } from "../../engine/program.ts";
import { verify } from "../../engine/verify.ts";
import { checked, compileFor } from "../../launch/compile.ts";
import { dryRunHere, programOf } from "../../launch/run/dry_run.ts";
import type { LaunchSpec } from "../../launch/spec.ts";
import { run, runPlan, withImage } from "../machine/run_image.ts";
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { type Needs, requires } from "../requires.ts";
import { OPEN_PATHS, openPlanOf, pathsOf, withoutStep } from "./open_specs.ts";
import { SAMPLES } from "./sample_specs.ts";
import { type Asked, planOf, specOf } from "./specs.ts";

/** The calls of a dry run. */
const callsOf = (program: Program): string[] =>
  runSteps(dryRunHere(program, ["unshare"]))
    .map(({ process, call, error = "" }) => `${process}: ${withoutStep(call)} ${error}`);

for (const [name, [asked, starter]] of Object.entries(SAMPLES)) {
  if (asked.join || starter || typeof asked.mapUser === "object") continue;
  Deno.test(`with all options open "${name}" makes the same calls`, () => {
    const plan = openPlanOf(checked(specOf(asked)), OPEN_PATHS);
    verify(plan);
    assertEquals(callsOf(programOf(plan)), callsOf(programOf(planOf(asked))));
  });
}

/** What can be seen of a launch from inside. The arguments are namespaces of who looks. */
const LOOK = `
for type in ${NAMESPACE_TYPES.join(" ")}; do
  test "$(readlink /proc/self/ns/$type)" = "$1" || echo "new $type"; shift
done
cat /proc/self/uid_map /proc/self/gid_map /proc/self/setgroups /proc/self/timens_offsets
grep -E '^(Uid|Gid|Groups|CapAmb):' /proc/self/status
read -r _ _ _ _ _ session _ </proc/self/stat; test "$session" = $$ && echo "leads a session"
awk '$5 == "/" || $5 == "/proc" { print $5, $7 == "-" ? "" : "propagates" }' /proc/self/mountinfo
cat /proc/self/limits /proc/sys/kernel/hostname /proc/sys/kernel/domainname
pwd
env | sort
cat /proc/1/comm
`;

const lookSpec = (asked: Asked): LaunchSpec =>
  specOf({
    program: "/bin/sh",
    argv: [
      ...["sh", "-c", LOOK, "sh"],
      ...NAMESPACE_TYPES.map((type) => Deno.readLinkSync(`/proc/self/ns/${type}`)),
    ],
    ...asked,
  });

/** An option that is open. */
interface Case {
  /** What the launch has beside it, which is known. */
  readonly beside?: Asked;
  /** What is given. */
  readonly asked: Asked;
  readonly needs?: Needs;
  /** From inside it may look as without that. */
  readonly unseen?: true;
}

const INSIDE: Asked = { namespaces: ["user"], mapUser: 0, mapGroup: 0 };
const MOUNTS: Asked = { ...INSIDE, namespaces: ["user", "mnt"] };
const ROOT: Needs = { root: true };

const CASES: Readonly<Record<string, Case>> = {
  "namespaces": {
    beside: INSIDE,
    asked: { namespaces: ["user", "mnt", "uts", "ipc", "net", "cgroup"] },
  },
  "fork": { beside: INSIDE, asked: { fork: true }, unseen: true },
  "killChild": { asked: { killChild: 9 }, unseen: true },
  "killChild with another id": {
    beside: { mapUser: 0, mapGroup: 0, setuid: 0 },
    asked: { killChild: 9 },
    unseen: true,
  },
  "forwardSignals": { asked: { forwardSignals: true }, unseen: true },
  "setuid": { beside: { mapUser: 7, mapGroup: 8 }, asked: { setuid: 7 }, unseen: true },
  "setuid of another": { asked: { setuid: 7 }, needs: ROOT },
  "setgid of another": { asked: { setgid: 7 }, needs: ROOT },
  "mapUser": { asked: { mapUser: 7 } },
  "mapUser and its own id": { asked: { mapUser: "current" } },
  "mapGroup": { beside: { mapUser: 7 }, asked: { mapGroup: 8 } },
  "mapGroup and its own id": { asked: { mapGroup: "current" } },
  "mapUsers": { asked: { mapUsers: [{ inner: 5, outer: 6, count: 3 }] }, needs: ROOT },
  "mapUsers around a hole": {
    beside: { mapUser: 0 },
    asked: { mapUsers: [{ inner: 0, outer: 100, count: 20 }, { inner: 30, outer: 40, count: 5 }] },
    needs: ROOT,
  },
  "all of mapUsers": { asked: { mapUsers: ["all"] }, needs: ROOT },
  "mapGroups": { beside: { mapGroup: 3 }, asked: { mapGroups: ["all"] }, needs: ROOT },
  "owner": { beside: INSIDE, asked: { owner: { uid: 7, gid: 8 } }, needs: ROOT },
  "setgroups": { beside: { mapUser: 0 }, asked: { setgroups: "deny" } },
  "keepCaps": {
    beside: { mapUser: 7, mapGroup: 7 },
    asked: { keepCaps: true },
  },
  "monotonic": {
    beside: { ...INSIDE, namespaces: ["user", "time"] },
    asked: { monotonic: 100 },
    needs: { namespaces: ["time"] },
  },
  "boottime": {
    beside: { ...INSIDE, namespaces: ["user", "time"], monotonic: 5 },
    asked: { boottime: -1n },
    needs: { namespaces: ["time"] },
  },
  "rlimits": { asked: { rlimits: { core: 0, nofile: { soft: 50, hard: 60 } } } },
  "propagation": { beside: MOUNTS, asked: { propagation: "shared" } },
  "propagation that stays": {
    beside: MOUNTS,
    asked: { propagation: "unchanged" },
    unseen: true,
  },
  "mountProc": {
    beside: { ...INSIDE, namespaces: ["user", "pid"], fork: true },
    asked: { mountProc: "/proc" },
  },
  "root": { beside: INSIDE, asked: { root: "/" } },
  "setsid": { asked: { setsid: true }, beside: { fork: true } },
  "hostname": { beside: INSIDE, asked: { hostname: "inside" } },
  "domainname": { beside: INSIDE, asked: { domainname: "inside" } },
  "capabilities": {
    beside: INSIDE,
    asked: { capabilities: [{ drop: "all" }, { add: "net_admin" }] },
  },
  "all capabilities": { beside: INSIDE, asked: { capabilities: [{ add: "all" }] } },
  "noNewPrivs": { asked: { noNewPrivs: true }, unseen: true },
  "loopback": {
    beside: { ...INSIDE, namespaces: ["user", "net"] },
    asked: { loopback: true },
    unseen: true,
  },
  "dieWithParent": { asked: { dieWithParent: true }, unseen: true },
  "wd": { asked: { wd: "/proc" } },
  "clearEnv": { asked: { clearEnv: true } },
  "whitelistEnv": { asked: { whitelistEnv: ["B", "NONE", "PATH"] } },
  "clearEnv and whitelistEnv": {
    beside: { clearEnv: true },
    asked: { whitelistEnv: ["A"] },
  },
};

/** The fields that an option sets, with all that it implies. */
function changedPaths(plain: LaunchSpec, given: LaunchSpec): string[] {
  const changed = Object.entries(given).filter(([name, value]) =>
    JSON.stringify(value, jsonOf) !== JSON.stringify(plain[name as keyof LaunchSpec], jsonOf)
  );
  return pathsOf(Object.fromEntries(changed));
}

const jsonOf = (_: string, value: unknown): unknown =>
  typeof value === "bigint" ? `${value}n` : value;

/** Launches that fail. */
const FAILING: Readonly<Record<string, readonly [Asked, Needs?]>> = {
  "no working directory": [{ wd: "/nowhere" }],
  "no root": [{ ...INSIDE, root: "/nowhere" }],
  "no privilege for a root": [{ root: "/" }, { root: false }],
  "no directory for a proc": [{
    ...INSIDE,
    namespaces: ["user", "pid"],
    fork: true,
    mountProc: "/nowhere",
  }],
  "a proc without a PID namespace": [{ ...INSIDE, mountProc: "/proc" }],
  "a proc without a child": [{ ...INSIDE, namespaces: ["user", "pid"], mountProc: "/proc" }],
  "no privilege for namespaces": [{ namespaces: ["net", "uts"] }, { root: false }],
  "no privilege for another user": [{ setuid: 7 }, { root: false }],
  "no privilege for an owner": [{ owner: { uid: 7, gid: 8 } }, { root: false }],
  "a user that is not mapped": [{ mapUser: 0, setuid: 7 }],
  "a group where setgroups is denied": [{ ...INSIDE, setgid: 0 }],
  "a group that is not mapped": [
    { mapGroups: [{ inner: 0, outer: 0, count: 10 }], setgid: 20 },
    ROOT,
  ],
  "ranges that the kernel refuses": [{
    mapUser: 0,
    mapUsers: [{ inner: 0, outer: 4294967290, count: 2 }],
  }, { root: false, programs: ["newuidmap"] }],
  "a clock below zero": [{
    ...INSIDE,
    namespaces: ["user", "time"],
    monotonic: -1000000000n,
  }, { namespaces: ["time"] }],
  "a clock beyond its range": [{
    ...INSIDE,
    namespaces: ["user", "time"],
    boottime: 9000000000,
  }, { namespaces: ["time"] }],
  "no file for a namespace": [{ persist: { uts: "/nowhere" } }, ROOT],
  "no file for a namespace of another user": [
    { ...INSIDE, persist: { user: "/nowhere" } },
    ROOT,
  ],
  "a PID namespace without a process": [
    { persist: { pid: "/dev/null" } },
    ROOT,
  ],
  "a limit above the hard one": [
    { rlimits: { core: 0, nofile: { soft: 1, hard: "unlimited" } } },
    { root: false },
  ],
  "more descriptors than there may be": [{ rlimits: { nofile: "unlimited" } }, ROOT],
  "no program": [{ program: "/nowhere" }],
  "no program in PATH": [{ program: "nowhere" }],
};

for (const [name, [asked, needs]] of Object.entries(FAILING)) {
  Deno.test(
    `open, ${name}: said as if it were known`,
    requires({ userNamespaces: true, ...needs }),
    async () => {
      const spec = checked(lookSpec(asked));
      const expected = await outcomeOf(compileFor(spec, { front: OPTION_WORDS }));
      assert(/^[1-9]\d* null\n/.test(expected) && expected.includes("\nunshare: "), expected);
      const plan = openPlanOf(spec, OPEN_PATHS);
      verify(plan);
      assertEquals(await outcomeOf(plan), expected);
    },
  );
}

Deno.test(
  "open: persist, with a helper that binds and without",
  requires({ root: true, namespaces: ["pid"], programs: ["unshare"] }),
  async () => {
    const folder = Deno.makeTempDirSync({ prefix: "nido-open-" });
    try {
      for (const file of ["uts", "pid", "user"]) Deno.writeTextFileSync(`${folder}/${file}`, "");
      const [uts, pid, user] = ["uts", "pid", "user"].map((file) => `${folder}/${file}`);
      const script = `"$1"; echo $?; for file in uts pid user; do
        stat -f -c "$file is on %T" "$2/$file"
      done`;
      const asked: readonly (readonly [Asked, string])[] = [
        [{}, ""],
        [{ persist: { uts: uts! } }, "uts"],
        [{ persist: { uts: uts!, pid: pid! }, fork: true }, "uts pid"],
        [{ persist: { user: user!, uts: uts! }, mapUser: 0 }, "uts user"],
      ];
      for (const [one, bound] of asked) {
        const spec = checked(specOf(one));
        const plan = openPlanOf(spec, OPEN_PATHS);
        const { stdout, stderr } = await withImage(plan, Deno.build.arch, (path) =>
          run("unshare", {
            args: ["--mount", "--propagation=private", "sh", "-c", script, "sh", path, folder],
            env: ENV,
          }));
        assertEquals([decode(stdout).match(/^0\n/)?.[0], stderr], ["0\n", ""]);
        const there = Array.from(
          decode(stdout).matchAll(/^(\w+) is on nsfs$/gm),
          ([, file]) => file,
        );
        assertEquals(there.join(" "), bound, decode(stdout));
      }
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
);

const ENV = { PATH: "/usr/bin:/bin", A: "1", B: "2" };

/** What came of a launch. */
async function outcomeOf(plan: Plan | Program): Promise<string> {
  const { code, signal, stdout, stderr } = await runPlan(plan, Deno.build.arch, { env: ENV });
  return [`${code} ${signal}`, withoutStep(stderr), decode(stdout)].join("\n");
}

for (const [name, { beside = {}, asked, needs, unseen }] of Object.entries(CASES)) {
  Deno.test(`open: ${name}`, requires({ userNamespaces: true, ...needs }), async () => {
    const [plain, given] = [lookSpec(beside), lookSpec({ ...beside, ...asked })].map((spec) =>
      checked(spec)
    );
    const paths = changedPaths(plain!, given!);
    const outcomes: string[] = [];
    for (const spec of [plain!, given!]) {
      const known = programOf(compileFor(spec, {}));
      const expected = await outcomeOf(known);
      assert(expected.startsWith("0 null\n\n"), expected);
      outcomes.push(expected);
      for (const open of [paths, OPEN_PATHS]) {
        const plan = openPlanOf(spec, open);
        // The steps are the same, whether values are given or not.
        if (spec === given) verify(plan);
        const program = programOf(plan);
        assertEquals(callsOf(program), callsOf(known));
        assertEquals(await outcomeOf(program), expected);
      }
    }
    if (!unseen) assertNotEquals(outcomes[0], outcomes[1]);
    else {
      const [without, withIt] = [plain!, given!].map((spec) => programOf(compileFor(spec, {})));
      assertNotEquals(callsOf(without!), callsOf(withIt!));
    }
  });
}
