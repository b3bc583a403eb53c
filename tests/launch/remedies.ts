/** Every remedy that the plans of all launches of tests have, for whoever starts them. */
import { compileFor } from "../../launch/compile.ts";
import { SpecError } from "../../launch/errors.ts";
import { frozenPlan } from "../../launch/freeze.ts";
import { OPTION_WORDS } from "../../cli/option_words.ts";
import { type Failure, type FrontEnd, type Message, piecesOf } from "../../engine/failure.ts";
import type { Plan } from "../../engine/plan.ts";
import { probesFor } from "../../launch/probe/probes.ts";
import { machineFactsOf } from "../../launch/probe/machine_facts.ts";
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
    return [frozenPlan(spec), compileFor(spec, {})];
  } catch (error) {
    // Some are there to be refused.
    if (!(error instanceof SpecError)) throw error;
    return [];
  }
}

function probePlans(): Plan[] {
  return [0, 1000].flatMap((uid) => {
    const machine = machineFactsOf({
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
    return probesFor(machine, places).map(({ spec, last }) => compileFor(spec, {}, last));
  });
}

/** Something of every failure of a plan. */
function* failuresOf({ steps }: Plan): Generator<Failure> {
  for (const step of steps) {
    if (step.do === "label") continue;
    for (const arg of step.args) if (arg.kind === "failure") yield arg.failure;
    if (step.do === "call" && step.failure) yield step.failure;
  }
}

function launches(): LaunchSpec[] {
  return [
    ...specs().map(([, spec]) => spec),
    ...lineSpecs(),
    ...MORE.map(specOf),
    ...JOINS.map((join) => specOf({ name: "nsenter", ...join ? { join } : {} })),
  ];
}

/** What all plans say of failures in the words of a front end; a control character is what only the launch shows. */
export function allSaid(
  front: FrontEnd,
  of: (failure: Failure) => readonly Message[],
): Set<string> {
  const shown = (message: Message): string =>
    piecesOf(message, front).map((piece) => typeof piece === "string" ? piece : "\x01").join("");
  const plans = [...launches().flatMap(plansOf), ...probePlans()];
  return new Set(plans.flatMap((plan) => [...failuresOf(plan)].flatMap(of)).map(shown));
}

/** What only the launch words: see launch/ids/range_looks.ts. tests/binary/subids_test.ts follows all that it may be. */
const WORDED = ["uid", "gid"].flatMap((kind) => {
  const option = kind === "uid" ? "--map-users=auto" : "--map-groups=auto";
  return [
    `ask for those ids instead: ${option}`,
    `echo 'ann:165536:65536' >> /etc/sub${kind}, as root; then ask for those ids: ${option}`,
  ];
});

/** All remedies of the command line, each once. */
export function allRemedies(): Set<string> {
  const said = allSaid(
    OPTION_WORDS,
    ({ hints }) => hints.flatMap(({ remedy }) => remedy === undefined ? [] : [remedy]),
  );
  said.delete("\x01");
  return new Set([...said, ...WORDED]);
}
