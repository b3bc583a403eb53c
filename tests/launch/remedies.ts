/** Every remedy that the plans of all launches of tests have, of every kind of caller. */
import type { Caller } from "../../launch/caller.ts";
import { compile, compileWith } from "../../launch/compile.ts";
import { SpecError } from "../../launch/errors.ts";
import { frozenPlan } from "../../launch/freeze.ts";
import { type Message, piecesOf } from "../../engine/failure.ts";
import type { Plan } from "../../launch/plan.ts";
import { probesFor } from "../../launch/probe/probes.ts";
import { surroundingsOf } from "../../launch/probe/surroundings.ts";
import { subidsIn, unreadableSubids } from "../../launch/subids.ts";
import type { LaunchSpec } from "../../launch/spec.ts";
import { lineSpecs, specs } from "./all_specs.ts";
import { type Asked, ROOT, specOf, USER } from "./specs.ts";

/** What no other test launches, and has remedies of its own. */
const MORE: readonly Asked[] = [
  { namespaces: ["user", "pid"], mountProc: "/proc" },
  { namespaces: ["mnt"], mountProc: "/proc", fork: true },
  { namespaces: ["time"], boottime: 5n },
  { namespaces: ["time"], monotonic: -5n },
  { namespaces: ["user"], mapGroups: [{ inner: 0, outer: 0, count: 1 }], setgid: 0 },
  { namespaces: ["user"], mapUsers: [{ inner: 0, outer: 500000, count: 10 }] },
  { namespaces: ["user"], mapGroups: [{ inner: 0, outer: 100000, count: 10 }] },
  { namespaces: ["pid"], persist: { pid: "/p" } },
  { setuid: 5, setgid: 5 },
  { root: "/r" },
  { program: "x", search: true },
  { rlimits: { nofile: 5 } },
];

const JOINS: readonly LaunchSpec["join"][] = [
  { target: 7, namespaces: ["user", "mnt"] },
  { target: 7, namespaces: ["net"], root: true },
  { target: 7, namespaces: ["mnt"], preserveCredentials: true },
  { target: 7, all: true },
  { files: { user: "/u", net: "blue" } },
  { files: { net: "24505", pid: "/proc/7" } },
  { ids: { net: 7n } },
];

const [ALL] = [[{ inner: 0, outer: 0, count: 4294967295 }]];

const ids = (text: string, uid: number) =>
  subidsIn({ path: "/etc/subuid", text, map: ALL }, { name: "ann", uid });

const CALLERS: readonly Caller[] = [USER, ROOT].flatMap((caller) => {
  const { euid } = caller;
  const denied = unreadableSubids("/etc/subuid", "Permission denied", true, {
    name: "ann",
    uid: euid,
  });
  const lacking = ["", "bob:100000:65536", "ann:x:1\n"].map((text) => ids(text, euid));
  const own = ids("ann:100000:65536\n", euid);
  return [
    { ...caller, users: { ...own, map: ALL }, groups: { ...own, map: ALL } },
    { ...caller, kernel: [5, 4] as const },
    { ...caller, kernel: [6, 1] as const },
    ...[...lacking, denied].map((lack) => ({ ...caller, users: lack, groups: lack })),
  ];
});

function plansOf(spec: LaunchSpec): Plan[] {
  const made = [() => frozenPlan(spec), ...CALLERS.map((caller) => () => compile(spec, caller))];
  return made.flatMap((make) => attempt(make).plan ?? []);
}

function attempt(make: () => Plan): { plan?: Plan; hints: readonly string[] } {
  try {
    return { plan: make(), hints: [] };
  } catch (error) {
    if (!(error instanceof SpecError)) throw error;
    return { hints: error.problems.flatMap(({ hint }) => hint ?? []) };
  }
}

function probePlans(): Plan[] {
  return [USER, ROOT].flatMap((caller) => {
    const surroundings = surroundingsOf({
      kernel: "6.1.0",
      arch: "x86_64",
      uid: caller.euid,
      gid: caller.egid,
      user: caller.user,
      uidMap: ALL,
      othersProc: false,
    }, {
      status: `CapEff:\t${caller.euid === 0 ? "ffffffffffffffff" : "0"}\n`,
      mountinfo: "",
      cgroup: "",
      label: "",
    });
    const places = { folder: "/mnt", folders: ["/tmp"], cgroup: "/c" };
    return probesFor(surroundings, places).map(({ spec, last }) => compileWith(spec, caller, last));
  });
}

/** A message; what only the launch shows is a control character. */
const shown = (message: Message): string =>
  piecesOf(message).map((piece) => typeof piece === "string" ? piece : "\x01").join("");

/** The remedies of a plan's failures. */
function remediesOf({ steps }: Plan): string[] {
  return steps.flatMap((step) => {
    if (step.do === "label") return [];
    const failures = step.args.flatMap((arg) => arg.kind === "failure" ? [arg.failure] : []);
    if (step.do === "call" && step.failure) failures.push(step.failure);
    return failures.flatMap(({ hints }) =>
      hints.flatMap(({ remedy }) => remedy ? [shown(remedy)] : [])
    );
  });
}

/** All of them, each once. */
export function allRemedies(): Set<string> {
  const launches = [
    ...specs().map(([, spec]) => spec),
    ...lineSpecs(),
    ...MORE.map(specOf),
    ...JOINS.map((join) => specOf({ name: "nsenter", ...join ? { join } : {} })),
  ];
  const plans = [...launches.flatMap(plansOf), ...probePlans()];
  const problems = launches.flatMap((spec) =>
    CALLERS.flatMap((caller) => attempt(() => compile(spec, caller)).hints)
  );
  return new Set([...plans.flatMap(remediesOf), ...problems]);
}
