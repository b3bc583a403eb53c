/** What can be wrong with the namespaces that a spec joins. */
import { NAMESPACE_TYPES } from "../../ffi/abi/namespaces.ts";
import { wellFormed } from "../../ffi/bytes.ts";
import type { Problem } from "../errors.ts";
import type { OpenSpec } from "../spec.ts";
import { type Join, joins } from "./spec.ts";
import { isParameter, knownOf, type Parameter, type Text } from "../parameter.ts";
import { isNamespaceType, unknownType } from "../namespaces/spec.ts";

/** PIDs and descriptors are positive numbers of 32 bits. */
const INT_MAX = 2 ** 31 - 1;

const isUnsigned = (value: bigint | number): boolean =>
  BigInt.asUintN(64, BigInt(value)) === BigInt(value);

/** What is said where nothing is to be joined. */
export const NO_NAMESPACE = "join: it names no namespaces: add all, namespaces or files";

/** What is said where namespaces of a target are, and there is none. */
export const NO_TARGET = "join.target: missing";

/** What else can be the target's. */
export const OF_TARGET = {
  root: "join.root: true",
  wd: "join.wd: true",
  mountRoot: "join.mountRoot",
  env: "join.env",
  cgroup: "join.cgroup",
  setuid: 'setuid: "follow"',
  setgid: 'setgid: "follow"',
} as const;
export type OfTarget = keyof typeof OF_TARGET;

/** The same of that. */
export const noTargetFor = (what: OfTarget): string => `${OF_TARGET[what]} needs join.target`;

/** Texts that the kernel gets, by where they are in the spec. */
export function joinPaths({ join }: OpenSpec): [string, Text | undefined][] {
  const path = (value: Text | true | undefined) => value === true ? undefined : value;
  return [
    ["join.root", path(join?.root)],
    ["join.wd", path(join?.wd)],
    ["join.mountRoot", join?.mountRoot],
    ...Object.entries(join?.files ?? {}).map(([type, file]) =>
      [`join.files.${type}`, file] as [string, Text]
    ),
  ];
}

/** The problems of what is joined. */
export function joinProblems(spec: OpenSpec): Problem[] {
  const { join } = spec;
  const problems: Problem[] = [];
  const problem = (path: string, message: string): void => void problems.push({ path, message });
  const follows = (["setuid", "setgid"] as const).filter((id) => spec[id] === "follow");
  if (!join) {
    for (const id of follows) problem(id, `${id}: follows a target, and there is none to join`);
    return problems;
  }
  const { target, targetInode, files = {}, ids = {}, netSocket, descriptors } = join;
  if (descriptors) return [...problems, ...descriptorProblems(join)];

  for (const type of [...knownOf(join.namespaces), ...Object.keys(files), ...Object.keys(ids)]) {
    if (!isNamespaceType(type)) problem("join", unknownType(type));
  }
  if (
    join.mountRoot === undefined && !NAMESPACE_TYPES.some((type) => joins(spec, type) !== "no")
  ) {
    problems.push({
      path: "join",
      message: NO_NAMESPACE,
      ...meantTarget(spec, " --all (-a), or the types to join"),
    });
  }
  for (const type of NAMESPACE_TYPES) {
    if (files[type] !== undefined && ids[type] !== undefined) {
      problem(`join.ids.${type}`, `join.ids.${type} and join.files.${type} exclude each other`);
    }
    const id = ids[type];
    if (id !== undefined && !isParameter(id) && !isUnsigned(id)) {
      problem(`join.ids.${type}`, `join.ids.${type}: not a number of 64 bits: ${id}`);
    }
  }
  const numbers = { target: [target, 1], netSocket: [netSocket, 0] } as const;
  for (const [path, [value, least]] of Object.entries(numbers)) {
    if (value === undefined || isParameter(value)) continue;
    if (Number.isInteger(value) && value >= least && value <= INT_MAX) continue;
    problem(`join.${path}`, `join.${path}: not a number from ${least} to ${INT_MAX}: ${value}`);
  }
  if (
    targetInode !== undefined && !isParameter(targetInode) &&
    (targetInode <= 0 || !isUnsigned(targetInode))
  ) {
    problem(
      "join.targetInode",
      `join.targetInode: not a positive number of 64 bits: ${targetInode}`,
    );
  }
  if (target === undefined) problems.push(...targetless(spec, follows));

  for (const path of ["root", "wd"] as const) {
    if (spec[path] !== undefined && join[path] !== undefined) {
      problem(`join.${path}`, `${path} and join.${path} exclude each other`);
    }
  }
  for (const path of ["clearEnv", "whitelistEnv"] as const) {
    if (join.env && spec[path]) problem("join.env", `join.env and ${path} exclude each other`);
  }
  // A process goes into a PID namespace once, and ids outside of a map are those of who joins.
  for (const [type, name] of [["pid", "PID"], ["user", "user"]] as const) {
    if (!knownOf(spec.namespaces).includes(type) || joins(spec, type) === "no") continue;
    problem("namespaces", `a ${name} namespace can be joined or created, not both`);
  }
  return problems;
}

/** What is wrong with namespaces by descriptors. */
function descriptorProblems({ descriptors = {}, ...others }: Join<Parameter>): Problem[] {
  const problems = Object.entries(descriptors).flatMap(([type, fd]): Problem[] => {
    const path = `join.descriptors.${type}`;
    if (!isNamespaceType(type)) return [{ path, message: unknownType(type) }];
    if (isParameter(fd) || Number.isInteger(fd) && fd >= 0 && fd <= INT_MAX) return [];
    return [{ path, message: `${path}: not a descriptor: ${fd}` }];
  });
  return [
    ...problems,
    ...Object.keys(others).map((name) => ({
      path: `join.${name}`,
      message: `join.descriptors and join.${name} exclude each other`,
    })),
  ];
}

/** What needs a target, and there is none. */
function targetless(
  spec: OpenSpec,
  follows: readonly ("setuid" | "setgid")[],
): Problem[] {
  const {
    namespaces,
    files,
    all,
    netSocket,
    userParent,
    targetInode,
    root,
    wd,
    env,
    cgroup,
    mountRoot,
  } = spec.join ?? {};
  const isWithout =
    knownOf(namespaces).some((type) =>
      files?.[type] === undefined && spec.join?.ids?.[type] === undefined
    ) ||
    all || netSocket !== undefined || targetInode !== undefined ||
    userParent && Object.keys(files ?? {}).length === 0;
  const first = isWithout
    ? [{ path: "join.target", message: NO_TARGET, ...meantTarget(spec) }]
    : [];
  const whats = {
    root: root === true,
    wd: wd === true,
    mountRoot: mountRoot !== undefined,
    env,
    cgroup,
    ...Object.fromEntries(follows.map((id) => [id, true])),
  };
  return [
    ...first,
    ...Object.entries(whats).filter(([, needed]) => needed).map(([what]) => ({
      path: "join.target",
      message: noTargetFor(what as OfTarget),
    })),
  ];
}

/** A number in the place of a program: the target may have been meant. */
function meantTarget({ join, program }: OpenSpec, more = ""): { hint?: string } {
  if (join?.target !== undefined || program === undefined || isParameter(program)) return {};
  const name = wellFormed(program);
  return /^[1-9]\d*$/.test(name) ? { hint: `if ${name} is the process: -t ${name}${more}` } : {};
}
