/** Finds all problems of a spec, each with its path. */
import { __NEW_UTS_LEN } from "../ffi/abi/utsname.ts";
import { SIGNAL_LIMIT } from "../ffi/abi/signal.ts";
import { encode, hasNul } from "../ffi/bytes.ts";
import type { Problem } from "./errors.ts";
import { isParameter, knownOf, parameterProblems, type Text } from "./parameter.ts";
import type { OpenSpec } from "./spec.ts";
import { didYouMean } from "./suggest.ts";
import { limitProblems } from "./limits/check.ts";
import { idProblems, mapProblems } from "./ids/check.ts";
import { isNamespaceType, unknownType } from "./namespaces/spec.ts";
import { initProblems } from "./init/check.ts";
import { nestedProblems } from "./ids/nested_check.ts";
import { joinPaths, joinProblems } from "./join/check.ts";
import { capabilityProblems } from "./capabilities/check.ts";
import { networkProblems } from "./network/check.ts";
import { statusProblems } from "./status/check.ts";
import { syncProblems } from "./sync/check.ts";
import { seccompProblems } from "./seccomp/check.ts";
import { environmentProblems, isVariableName } from "./program/check.ts";
import { newRootProblems } from "./root/check.ts";

const WORDS = {
  propagation: ["private", "shared", "slave", "unchanged"],
  setgroups: ["allow", "deny"],
} satisfies Partial<Record<keyof OpenSpec, readonly string[]>>;

/** What is said where clocks are to be set of no new time namespace. */
export const CLOCKS_NEED_TIME =
  'monotonic and boottime need a new time namespace: "time" (namespaces)';

/** What is said where setgroups(2) is to be allowed, and the gid map's writer may not do so. */
export const SETGROUPS_EXCLUDES_MAP = 'setgroups: "allow" and mapGroup exclude each other';

/** What cannot be without a child. */
export const NEEDS_FORK = ["killChild", "forwardSignals"] as const;

/** What is said where such is asked for, and no child. */
export const noForkExcludes = (field: typeof NEEDS_FORK[number]): string =>
  `fork: false and ${field} exclude each other`;

/** The kernel's limit of a process name, without its NUL. @see PR_SET_NAME in prctl(2) */
const NAME_BYTES = 15;

/** Whatever the kernel takes as a C string. */
function textsOf(spec: OpenSpec): [path: string, value: Text | undefined][] {
  return [
    ["name", spec.name],
    ["program", spec.program],
    ["root", spec.root],
    ["wd", spec.wd],
    ["cwd", spec.cwd],
    ["execLabel", spec.execLabel],
    ["fileLabel", spec.fileLabel],
    ["hostname", spec.hostname],
    ["domainname", spec.domainname],
    ["mountProc", spec.mountProc],
    ["mountSys", spec.mountSys],
    ...(spec.binds ?? []).flatMap(({ source, destination }, i): [string, Text][] => [
      [`binds[${i}].source`, source],
      [`binds[${i}].destination`, destination],
    ]),
    ["mountBinfmt", spec.mountBinfmt],
    ["loadInterp", spec.loadInterp],
    ...joinPaths(spec),
    ...Object.entries(spec.persist ?? {}).map(([type, path]) =>
      [`persist.${type}`, path] as [string, Text]
    ),
    ...knownOf(spec.argv)
      .map((argument, i) => [`argv[${i}]`, argument] as [string, Text]),
    ...knownOf(spec.whitelistEnv).map((name, i) => [`whitelistEnv[${i}]`, name] as [string, Text]),
  ];
}

function* textProblems(spec: OpenSpec): Generator<Problem> {
  for (const [path, value] of textsOf(spec)) {
    // Who gives a value later cannot have one in it.
    if (value !== undefined && !isParameter(value) && hasNul(value)) {
      yield { path, message: `${path}: contains a NUL byte` };
    }
  }
}

function* nameProblems({ name }: OpenSpec): Generator<Problem> {
  if (encode(name).length <= NAME_BYTES) return;
  yield { path: "name", message: `name: longer than ${NAME_BYTES} bytes: '${name}'` };
}

function* namespaceProblems({ namespaces }: OpenSpec): Generator<Problem> {
  for (const type of knownOf(namespaces)) {
    if (!isNamespaceType(type)) yield { path: "namespaces", message: unknownType(type) };
  }
}

/** @see uname(2) */
function* utsProblems(spec: OpenSpec): Generator<Problem> {
  for (const path of ["hostname", "domainname"] as const) {
    const name = spec[path] ?? "";
    const bytes = isParameter(name) ? 0 : encode(name).length;
    if (bytes <= __NEW_UTS_LEN) continue;
    yield { path, message: `${path}: ${bytes} bytes, of which ${__NEW_UTS_LEN} are allowed` };
  }
}

function* variableProblems({ env = {} }: OpenSpec): Generator<Problem> {
  for (const [name, value] of Object.entries(isParameter(env) ? {} : env)) {
    const path = `env.${name}`;
    if (!isVariableName(name)) {
      yield { path, message: `env: not a name of a variable: '${name}'` };
    }
    if (!isParameter(value) && hasNul(value)) {
      yield { path, message: `${path}: contains a NUL byte` };
    }
  }
}

function* signalProblems({ killChild }: OpenSpec): Generator<Problem> {
  if (killChild === undefined || isParameter(killChild)) return;
  if (Number.isInteger(killChild) && killChild >= 1 && killChild <= SIGNAL_LIMIT) return;
  yield { path: "killChild", message: `unknown signal: ${killChild}` };
}

/** @see time_namespaces(7) */
function* clockProblems(spec: OpenSpec): Generator<Problem> {
  const { monotonic, boottime } = spec;
  if ((monotonic ?? boottime) !== undefined && !knownOf(spec.namespaces).includes("time")) {
    const path = monotonic === undefined ? "boottime" : "monotonic";
    yield { path, message: CLOCKS_NEED_TIME };
  }
  for (const [path, seconds] of Object.entries({ monotonic, boottime })) {
    if (typeof seconds === "bigint" && BigInt.asIntN(64, seconds) !== seconds) {
      yield { path, message: `${path}: more than 64 bits: ${seconds}` };
    }
  }
}

function* wordProblems(spec: OpenSpec): Generator<Problem> {
  for (const [path, words] of Object.entries(WORDS)) {
    const value = spec[path as keyof typeof WORDS];
    if (value === undefined || isParameter(value) || words.includes(value)) continue;
    const expected = words.map((one) => `'${one}'`).join(", ");
    const message = `${path}: '${value}' is none of ${expected}${didYouMean(value, words)}`;
    yield { path, message };
  }
}

/** What cannot be asked for at once. */
function* exclusions(spec: OpenSpec): Generator<Problem> {
  if (spec.mapGroup !== undefined && spec.setgroups === "allow" && !spec.mapGroups && !spec.owner) {
    yield { path: "setgroups", message: SETGROUPS_EXCLUDES_MAP };
  }
  for (const path of NEEDS_FORK) {
    if (spec.fork === false && spec[path] !== undefined && spec[path] !== false) {
      yield { path, message: noForkExcludes(path) };
    }
  }
}

/** All problems of a completed spec. */
export function problemsOf(spec: OpenSpec): Problem[] {
  return [
    nameProblems,
    namespaceProblems,
    textProblems,
    utsProblems,
    variableProblems,
    idProblems,
    joinProblems,
    limitProblems,
    newRootProblems,
    capabilityProblems,
    seccompProblems,
    parameterProblems,
    environmentProblems,
    networkProblems,
    syncProblems,
    statusProblems,
    initProblems,
    nestedProblems,
    signalProblems,
    clockProblems,
    wordProblems,
    exclusions,
    mapProblems,
  ].flatMap((problems) => [...problems(spec)]);
}
