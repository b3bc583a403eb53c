/** Run-time types of a spec's options. validate.ts checks their values. */
import { CAPABILITIES_SHAPE } from "./capabilities/check.ts";
import { SpecError } from "./errors.ts";
import { RLIMITS_SHAPE } from "./limits/check.ts";
import { isParameter, type Parameter } from "./parameter.ts";
import { ENVIRONMENT_SHAPE } from "./program/check.ts";
import { NEW_ROOT_SHAPE } from "./root/check.ts";
import { SECCOMP_SHAPE } from "./seccomp/check.ts";
import {
  bytes,
  type Check,
  either,
  fields,
  flag,
  isRecord,
  list,
  must,
  number,
  record,
  string,
  whole,
  word,
} from "./shape.ts";
import type { OpenSpec } from "./spec.ts";
import type { Join } from "./join/spec.ts";

/** A check for each option: a missing one is a type error. */
type Shape<T> = { readonly [Name in keyof Required<T>]: Check };

/** A value that may be a parameter of a frozen launch instead. */
const open = (check: Check): Check => (value, path) =>
  isParameter(value)
    ? fields({ parameter: string, prefix: string }, ["parameter"])(value, path)
    : check(value, path);

const id = (also: string): Check => either(`a user or group id, or '${also}'`, number, word(also));

const named = fields({ name: string }, ["name"]);

/** The id inside that the caller's own is mapped to. */
const ownId: Check = (value, path) =>
  isRecord(value)
    ? named(value, path)
    : either("a user or group id, 'current', or { name }", number, word("current"))(value, path);

const range = fields({ inner: number, outer: number, count: number }, ["inner", "outer", "count"]);

const rangeSource: Check = (value, path) =>
  typeof value === "string" ? word("auto", "subids", "all")(value, path) : range(value, path);

const trueOrBytes = either(
  "true, a string or a Uint8Array",
  must("true", (value) => value === true),
  bytes,
);

/** Of what is joined. */
export const JOIN_SHAPE: Shape<Join<Parameter>> = {
  target: number,
  targetInode: whole,
  namespaces: list(string),
  all: flag,
  files: record(open(bytes)),
  ids: record(whole),
  descriptors: record(open(number)),
  netSocket: number,
  userParent: flag,
  root: open(trueOrBytes),
  wd: open(trueOrBytes),
  mountRoot: bytes,
  env: flag,
  cgroup: flag,
  context: flag,
  preserveCredentials: flag,
};

/** Of a {@linkcode OpenSpec}. */
export const SPEC_SHAPE: Shape<OpenSpec> = {
  levelPrefix: flag,
  tryNamespaces: list(word("user", "cgroup")),
  rootless: flag,
  name: string,
  program: open(bytes),
  argv: list(open(bytes)),
  search: flag,
  cwd: open(bytes),
  namespaces: list(string),
  join: fields(JOIN_SHAPE),
  persist: record(open(bytes)),
  fork: flag,
  killChild: number,
  dieWithParent: flag,
  forwardSignals: flag,
  usernsBlockFd: number,
  userns2: number,
  scopeAbstractUnixSockets: flag,
  execLabel: open(bytes),
  fileLabel: open(bytes),
  disableUserns: flag,
  assertUsernsDisabled: flag,
  exitsAsShell: flag,
  interruptible: flag,
  init: flag,
  lockFiles: list(open(bytes)),
  setsid: flag,
  mountProc: open(bytes),
  mountSys: bytes,
  binds: list(fields({ source: bytes, destination: bytes }, ["source", "destination"])),
  mountBinfmt: open(bytes),
  loadInterp: open(bytes),
  propagation: string,
  root: open(bytes),
  wd: open(bytes),
  setuid: open(id("follow")),
  setgid: open(id("follow")),
  mapUser: open(ownId),
  mapGroup: open(ownId),
  mapUsers: list(rangeSource),
  mapGroups: list(rangeSource),
  owner: fields({ uid: open(number), gid: open(number) }, ["uid", "gid"]),
  setgroups: string,
  keepCaps: flag,
  monotonic: open(whole),
  boottime: open(whole),
  environment: ENVIRONMENT_SHAPE,
  keepWd: flag,
  clearEnv: flag,
  whitelistEnv: list(bytes),
  env: record(open(string)),
  hostname: open(bytes),
  domainname: open(bytes),
  rlimits: RLIMITS_SHAPE,
  newRoot: NEW_ROOT_SHAPE,
  capabilities: CAPABILITIES_SHAPE,
  noNewPrivs: flag,
  seccomp: SECCOMP_SHAPE,
  loopback: flag,
  syncFds: list(number),
  blockFd: number,
  infoFd: number,
  statusFd: number,
};

/** Throws if options are unknown, or of wrong types. @throws {SpecError} */
export function checkShape(value: unknown, check: Check, path = ""): void {
  const problems = check(value, path);
  if (problems.length > 0) throw new SpecError(problems);
}

/** Of a whole spec. @throws {SpecError} */
export function checkSpec(spec: OpenSpec): void {
  checkShape(spec, fields(SPEC_SHAPE, ["name", "argv", "namespaces"]));
}
