/** Finds all problems of a spec, each with its path. */
import { __NEW_UTS_LEN } from "../ffi/abi/utsname.ts";
import { SIGNAL_LIMIT } from "../ffi/abi/signal.ts";
import { encode } from "../ffi/bytes.ts";
import type { Problem } from "./errors.ts";
import { ALL_IDS } from "./ids/spec.ts";
import { isParameter, knownOf, parameterProblems, type Text } from "./parameter.ts";
import type { OpenSpec } from "./spec.ts";
import { didYouMean } from "./suggest.ts";
import { limitProblems } from "./limits/check.ts";
import { mapProblems } from "./ids/check.ts";
import { isNamespaceType, unknownType } from "./namespaces/spec.ts";
import { initProblems } from "./init/check.ts";
import { nestedProblems } from "./ids/nested_check.ts";
import { joinPaths, joinProblems } from "./join/check.ts";
import { capabilityProblems } from "./capabilities/check.ts";
import { networkProblems } from "./network/check.ts";
import { statusProblems } from "./status/check.ts";
import { syncProblems } from "./sync/check.ts";
import { seccompProblems } from "./seccomp/check.ts";
import { environmentProblems } from "./program/check.ts";
import { newRootProblems } from "./root/check.ts";

const WORDS = {
  propagation: ["private", "shared", "slave", "unchanged"],
  setgroups: ["allow", "deny"],
} satisfies Partial<Record<keyof OpenSpec, readonly string[]>>;

/** What is said where clocks are to be set of no new time namespace. */
export const CLOCKS_NEED_TIME =
  "options --monotonic and --boottime require unsharing of a time namespace (-T)";

/** What is said where setgroups(2) is to be allowed, and the gid map's writer may not do so. */
export const SETGROUPS_EXCLUDES_MAP =
  "options --setgroups=allow and --map-group are mutually exclusive";

/** What cannot be without a child: fields, and the options that set them. */
export const NEEDS_FORK = {
  killChild: "--kill-child",
  forwardSignals: "--forward-signals",
} as const;

/** What is said where such is asked for, and no child. */
export const noForkExcludes = (option: string): string =>
  `options --no-fork and ${option} are mutually exclusive`;

/** The kernel's limit of a process name, without its NUL. @see PR_SET_NAME in prctl(2) */
const NAME_BYTES = 15;

/** Of a value that is given later, who gives it cannot have one. */
function hasNul(value: Text): boolean {
  return !isParameter(value) && encode(value).includes(0);
}

/** All problems of a completed spec. */
export function problemsOf(spec: OpenSpec): Problem[] {
  const problems: Problem[] = [];
  const problem = (path: string, message: string): void => void problems.push({ path, message });

  if (encode(spec.name).length > NAME_BYTES) {
    problem("name", `name: longer than ${NAME_BYTES} bytes: '${spec.name}'`);
  }
  const namespaces = knownOf(spec.namespaces);
  for (const type of namespaces) {
    if (!isNamespaceType(type)) problem("namespaces", unknownType(type));
  }
  const paths: [string, Text | undefined][] = [
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
  for (const [path, value] of paths) {
    if (value !== undefined && hasNul(value)) problem(path, `${path}: contains a NUL byte`);
  }
  for (const path of ["hostname", "domainname"] as const) {
    const name = spec[path] ?? "";
    const bytes = isParameter(name) ? 0 : encode(name).length;
    if (bytes > __NEW_UTS_LEN) {
      problem(path, `${path}: ${bytes} bytes, of which ${__NEW_UTS_LEN} are allowed`);
    }
  }
  for (const [name, value] of Object.entries(isParameter(spec.env) ? {} : spec.env ?? {})) {
    const path = `env.${name}`;
    if (name === "" || /[=\0]/.test(name)) {
      problem(path, `env: not a name of a variable: '${name}'`);
    }
    if (hasNul(value)) problem(path, `${path}: contains a NUL byte`);
  }
  const ids = {
    setuid: spec.setuid,
    setgid: spec.setgid,
    mapUser: spec.mapUser,
    mapGroup: spec.mapGroup,
    "owner.uid": spec.owner?.uid,
    "owner.gid": spec.owner?.gid,
  };
  for (const [path, id] of Object.entries(ids)) {
    if (id === "follow" || id === "current" || typeof id === "object") continue;
    if (id !== undefined && (!Number.isInteger(id) || id < 0 || id >= ALL_IDS)) {
      problem(path, `${path}: not a user or group id: ${id}`);
    }
  }
  for (const path of ["mapUsers", "mapGroups"] as const) {
    knownOf(spec[path]).forEach((range, i) => {
      if (typeof range === "string") return;
      for (const [key, value] of Object.entries(range)) {
        if (Number.isInteger(value) && value >= 0) continue;
        const at = `${path}[${i}].${key}`;
        problem(at, `${at}: not a whole number from 0 up: ${value}`);
      }
    });
  }
  problems.push(...joinProblems(spec), ...limitProblems(spec), ...newRootProblems(spec));
  problems.push(...capabilityProblems(spec), ...seccompProblems(spec), ...parameterProblems(spec));
  problems.push(...environmentProblems(spec));
  problems.push(...networkProblems(spec), ...syncProblems(spec), ...statusProblems(spec));
  problems.push(...initProblems(spec), ...nestedProblems(spec));
  const { killChild } = spec;
  if (
    killChild !== undefined && !isParameter(killChild) &&
    !(Number.isInteger(killChild) && killChild >= 1 && killChild <= SIGNAL_LIMIT)
  ) {
    problem("killChild", `unknown signal: ${killChild}`);
  }
  if ((spec.monotonic ?? spec.boottime) !== undefined && !namespaces.includes("time")) {
    problem(
      spec.monotonic === undefined ? "boottime" : "monotonic",
      CLOCKS_NEED_TIME,
    );
  }
  for (const path of ["monotonic", "boottime"] as const) {
    const seconds = spec[path];
    if (typeof seconds === "bigint" && BigInt.asIntN(64, seconds) !== seconds) {
      problem(path, `${path}: more than 64 bits: ${seconds}`);
    }
  }
  for (const [path, words] of Object.entries(WORDS)) {
    const value = spec[path as keyof typeof WORDS];
    if (value === undefined || isParameter(value) || words.includes(value)) continue;
    const expected = words.map((one) => `'${one}'`).join(", ");
    problem(path, `${path}: '${value}' is none of ${expected}${didYouMean(value, words)}`);
  }
  if (spec.mapGroup !== undefined && spec.setgroups === "allow" && !spec.mapGroups && !spec.owner) {
    problem("setgroups", SETGROUPS_EXCLUDES_MAP);
  }
  for (const path of ["killChild", "forwardSignals"] as const) {
    if (spec.fork === false && spec[path] !== undefined && spec[path] !== false) {
      problem(path, noForkExcludes(NEEDS_FORK[path]));
    }
  }
  return [...problems, ...mapProblems(spec)];
}
