/** Callers of whom nothing is known when the plan is made: what it needs of them it finds out when it runs. */
import { display, encode } from "../../ffi/bytes.ts";
import type { Problem } from "../errors.ts";
import { problemsOfMap } from "../maps.ts";
import { type Sequence, type Slot, slot, vector } from "../plan.ts";
import type { IdRangeSource, LaunchSpec } from "../spec.ts";
import { inheritedEnvironment } from "../steps/environment.ts";
import { type Origin, type OriginMap, SHELL } from "../steps/origin.ts";
import { findAccount, findUser } from "./account.ts";
import { joinArguments, scriptArguments } from "./arguments.ts";
import { filterEnvironment } from "./environment.ts";
import { findMap, mapContent, subidFile, toolArguments, type WantedMap } from "./id_map.ts";
import { findShell, sayShell } from "./shell.ts";
import { findRange } from "./subids.ts";

/** The maps that a spec asks for: who gives the namespace away no longer may map its own id from inside. */
function wantedMaps(spec: LaunchSpec): WantedMap[] {
  const owned = spec.owner !== undefined;
  return ([
    { kind: "uid", inner: spec.mapUser, outer: "euid", sources: spec.mapUsers },
    { kind: "gid", inner: spec.mapGroup, outer: "egid", sources: spec.mapGroups },
  ] as const).flatMap(({ kind, inner, outer, sources = [] }) => {
    if (inner === undefined && sources.length === 0) return [];
    const ranges = sources.length > 0 || owned;
    return [{ kind, outer, sources, ranges, ...(inner === undefined ? {} : { inner }) }];
  });
}

function originMap(map: WantedMap | undefined): OriginMap {
  if (!map) return {};
  const { kind, inner, ranges } = map;
  const content = mapContent(kind);
  if (ranges) return { ranges: { ...content, argv: toolArguments(kind) } };
  const note = inner === "current"
    ? `the caller's ${kind} is the same inside and outside`
    : `${kind} ${inner} inside is the caller's ${kind} outside`;
  return { single: { ...content, note } };
}

const isSubids = (source: IdRangeSource): boolean => source === "auto" || source === "subids";

/** What can be said now: beside a caller's own id, which is taken out of ranges, they may overlap in it. */
function problemsOf(spec: LaunchSpec): Problem[] {
  return ([["mapUsers", spec.mapUser], ["mapGroups", spec.mapGroup]] as const).flatMap(
    ([path, single]) => {
      const ranges = (spec[path] ?? []).filter((source) => typeof source === "object");
      const sets = single === undefined ? [ranges] : ranges.map((range) => [range]);
      return sets.flatMap((set) => problemsOfMap(set, path));
    },
  );
}

/** What the plan of this spec needs of its caller: all of it is found out when it runs. */
export function anybody(spec: LaunchSpec): Origin {
  const maps = wantedMaps(spec);
  const { program } = spec;
  const words = spec.argv.map(encode);
  const argv = program === undefined ? [slot("shell name"), ...words] : words;
  return {
    caller: {},
    isKnown: false,
    program: program === undefined ? SHELL : display(program),
    problems: problemsOf(spec),
    users: originMap(maps.find(({ kind }) => kind === "uid")),
    groups: originMap(maps.find(({ kind }) => kind === "gid")),
    euid: slot("euid"),
    begin: (s) => begin(s, spec, maps),
    environment(s) {
      inheritedEnvironment(s);
      if (spec.clearEnv || spec.whitelistEnv) filterEnvironment(s, spec.whitelistEnv ?? []);
    },
    path(s) {
      return program === undefined ? shellPath(s) : encode(program);
    },
    argv(s) {
      const joined = joinArguments(s, argv);
      if (program === undefined) s.put(joined, 0, slot("shell name"));
      return joined;
    },
    scriptArgv: scriptArguments,
    nameProgram(s) {
      if (program === undefined) sayShell(s, `${spec.name}: failed to execute `);
    },
  };
}

/**
 * For a caller who is known, a shell that is not: the target's SHELL, where its variables are taken. What it
 * was before the launch it need not be any more.
 */
export function targetsShell(
  spec: LaunchSpec,
): Pick<Origin, "program" | "begin" | "path" | "argv" | "nameProgram"> {
  const argv = vector([slot("shell name"), ...spec.argv.map(encode)], "arguments");
  return {
    program: SHELL,
    begin(s) {
      findUser(s);
      findAccount(s);
    },
    path: shellPath,
    argv(s) {
      s.put(argv, 0, slot("shell name"));
      return argv;
    },
    nameProgram: (s) => sayShell(s, `${spec.name}: failed to execute `),
  };
}

function shellPath(s: Sequence): Slot {
  findShell(s);
  return slot("shell");
}

function begin(
  s: Sequence,
  spec: LaunchSpec,
  maps: readonly WantedMap[],
): void {
  const needsGroup = maps.some(({ kind, inner }) => kind === "gid" && inner !== undefined);
  const ranged = maps.filter(({ sources }) => sources.some(isSubids));
  const needsAccount = spec.program === undefined || ranged.length > 0;
  if (needsAccount || maps.some(({ kind, ranges }) => kind === "uid" || ranges)) findUser(s);
  if (needsGroup) s.call("getegid", [], "the group of who starts this", { result: "egid" });
  if (needsAccount) findAccount(s);
  for (const { kind } of ranged) findRange(s, subidFile(kind), spec.name);
  for (const map of maps) findMap(s, map);
}
