/** Every remedy that the plans of all launches of tests have, for whoever starts them. */
import { compile, compileFor } from "../../launch/compile.ts";
import { SpecError } from "../../launch/errors.ts";
import { frozenPlan } from "../../launch/freeze.ts";
import { type Message, piecesOf } from "../../engine/failure.ts";
import type { Plan } from "../../engine/plan.ts";
import { probesFor } from "../../launch/probe/probes.ts";
import { surroundingsOf } from "../../launch/probe/surroundings.ts";
import type { LaunchSpec } from "../../launch/spec.ts";
import { lineSpecs, specs } from "./all_specs.ts";
import { type Asked, specOf } from "./specs.ts";

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

const ALL = [{ inner: 0, outer: 0, count: 4294967295 }];

function plansOf(spec: LaunchSpec): Plan[] {
  try {
    return [frozenPlan(spec), compile(spec)];
  } catch (error) {
    // Some are there to be refused.
    if (!(error instanceof SpecError)) throw error;
    return [];
  }
}

function probePlans(): Plan[] {
  return [0, 1000].flatMap((uid) => {
    const surroundings = surroundingsOf({
      kernel: "6.1.0",
      arch: "x86_64",
      uid,
      gid: uid,
      user: "ann",
      uidMap: ALL,
      othersProc: false,
    }, {
      status: `CapEff:\t${uid === 0 ? "ffffffffffffffff" : "0"}\n`,
      mountinfo: "",
      cgroup: "",
      label: "",
    });
    const places = { folder: "/mnt", folders: ["/tmp"], cgroup: "/c" };
    return probesFor(surroundings, places).map(({ spec, last }) => compileFor(spec, {}, last));
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
      hints.flatMap(({ remedy }) => remedy ? [shown(remedy)] : []).filter((one) => one !== "\x01")
    );
  });
}

/** What only the launch words: see steps/range_looks.ts. tests/binary/subids_test.ts follows all that it may be. */
const WORDED = ["uid", "gid"].flatMap((kind) => {
  const option = kind === "uid" ? "--map-users=auto" : "--map-groups=auto";
  return [
    `ask for those ids instead: ${option}`,
    `echo 'ann:165536:65536' >> /etc/sub${kind}, as root; then ask for those ids: ${option}`,
  ];
});

/** All of them, each once. */
export function allRemedies(): Set<string> {
  const launches = [
    ...specs().map(([, spec]) => spec),
    ...lineSpecs(),
    ...MORE.map(specOf),
    ...JOINS.map((join) => specOf({ name: "nsenter", ...join ? { join } : {} })),
  ];
  const plans = [...launches.flatMap(plansOf), ...probePlans()];
  return new Set([...plans.flatMap(remediesOf), ...WORDED]);
}
