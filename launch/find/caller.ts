/** Callers of whom nothing is known when the plan is made: what it needs of them it finds out when it runs. */
import { display, encode } from "../../ffi/bytes.ts";
import type { Problem } from "../errors.ts";
import { problemsOfMap } from "../maps.ts";
import { type Sequence, type Slot, slot, vector } from "../plan.ts";
import type { IdRangeSource, LaunchSpec } from "../spec.ts";
import { inheritedEnvironment } from "../steps/environment.ts";
import { type Origin, type OriginMap, SHELL } from "../steps/origin.ts";
import type { Variable } from "../../engine/value.ts";
import { type Account, findAccount, findGroup, findUser } from "./account.ts";
import { joinArguments, scriptArguments } from "./arguments.ts";
import { filterEnvironment } from "./environment.ts";
import { findMap, type IdKind, type IdMap, mapArguments, mapText, singleText } from "./id_map.ts";
import { findShell, FOUND_SHELL } from "./shell.ts";
import { findRange } from "./subids.ts";

/** The file that has the caller's ranges. */
const FILES = { uid: "/etc/subuid", gid: "/etc/subgid" } as const;

/** A map that is asked for. */
interface WantedMap {
  readonly kind: IdKind;
  /** The inside id of the caller's own. */
  readonly inner?: number | "current";
  readonly sources: readonly IdRangeSource[];
}

/** What has been found out. */
interface Found {
  readonly euid?: Variable;
  readonly egid?: Variable;
  readonly account?: Account;
  readonly uid?: IdMap;
  readonly gid?: IdMap;
}

/** The maps that a spec asks for. */
function wantedMaps(spec: LaunchSpec): WantedMap[] {
  return ([
    { kind: "uid", inner: spec.mapUser, sources: spec.mapUsers },
    { kind: "gid", inner: spec.mapGroup, sources: spec.mapGroups },
  ] as const).flatMap(({ kind, inner, sources = [] }) => {
    if (inner === undefined && sources.length === 0) return [];
    return [{ kind, sources, ...(inner === undefined ? {} : { inner }) }];
  });
}

/** Whether a map is of one id alone: who gives the namespace away may not map its own from inside any more. */
const isSingle = ({ owner }: LaunchSpec, { sources }: WantedMap): boolean =>
  sources.length === 0 && owner === undefined;

/** A map as the steps need it that write it, of what has been found by then. */
function originMap(spec: LaunchSpec, map: WantedMap | undefined, found: () => Found): OriginMap {
  if (!map) return {};
  const { kind, inner } = map;
  if (!isSingle(spec, map)) {
    return {
      ranges: {
        text: (s) => mapText(s, found()[kind]!),
        argv: (s, pid) => mapArguments(s, found()[kind]!, pid),
      },
    };
  }
  const note = inner === "current"
    ? `the caller's ${kind} is the same inside and outside`
    : `${kind} ${inner} inside is the caller's ${kind} outside`;
  return { single: { text: (s) => singleText(s, found()[kind]!.own!), note } };
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
  const mapOf = (kind: IdKind): OriginMap =>
    originMap(spec, maps.find((map) => map.kind === kind), () => found);
  let found: Found = {};
  const { program } = spec;
  const words = spec.argv.map(encode);
  const argv = program === undefined ? [slot("shell name"), ...words] : words;
  return {
    caller: {},
    isKnown: false,
    program: program === undefined ? SHELL : display(program),
    said: program === undefined ? FOUND_SHELL : { path: program },
    problems: problemsOf(spec),
    users: mapOf("uid"),
    groups: mapOf("gid"),
    euid: () => found.euid!,
    begin(s) {
      found = find(s, spec, maps);
    },
    environment(s) {
      inheritedEnvironment(s);
      if (spec.clearEnv || spec.whitelistEnv) filterEnvironment(s, spec.whitelistEnv ?? []);
    },
    path(s) {
      return program === undefined ? shellPath(s, found.account!) : encode(program);
    },
    argv(s) {
      const joined = joinArguments(s, argv);
      if (program === undefined) s.put(joined, 0, slot("shell name"));
      return joined;
    },
    scriptArgv: scriptArguments,
  };
}

/**
 * For a caller who is known, a shell that is not: the target's SHELL, where its variables are taken. What it
 * was before the launch it need not be any more.
 */
export function targetsShell(
  spec: LaunchSpec,
): Pick<Origin, "program" | "begin" | "path" | "argv" | "said"> {
  const argv = vector([slot("shell name"), ...spec.argv.map(encode)], "arguments");
  let account: Account;
  return {
    program: SHELL,
    said: FOUND_SHELL,
    begin(s) {
      account = findAccount(s, findUser(s));
    },
    path: (s) => shellPath(s, account),
    argv(s) {
      s.put(argv, 0, slot("shell name"));
      return argv;
    },
  };
}

function shellPath(s: Sequence, account: Account): Slot {
  findShell(s, account);
  return slot("shell");
}

/** Finds out what the plan needs. */
function find(s: Sequence, spec: LaunchSpec, wanted: readonly WantedMap[]): Found {
  const needsGroup = wanted.some(({ kind, inner }) => kind === "gid" && inner !== undefined);
  const hasRanges = wanted.some((map) => !isSingle(spec, map));
  const ofSubids = wanted.filter(({ sources }) => sources.some(isSubids));
  const needsAccount = spec.program === undefined || ofSubids.length > 0;
  const needsUser = needsAccount || hasRanges || wanted.some(({ kind }) => kind === "uid");
  const euid = needsUser ? findUser(s) : undefined;
  const egid = needsGroup ? findGroup(s) : undefined;
  const account = needsAccount ? findAccount(s, euid!) : undefined;
  const subids = new Map(
    ofSubids.map(({ kind }) => [kind, findRange(s, FILES[kind], account!, spec.name)]),
  );
  const maps = wanted.map(({ kind, inner, sources }) => {
    const outer = kind === "uid" ? euid! : egid!;
    const own = inner === undefined
      ? {}
      : { own: { inner: inner === "current" ? outer : inner, outer } };
    const range = subids.get(kind);
    return [kind, findMap(s, { kind, sources, ...own, ...(range ? { subids: range } : {}) })];
  });
  return {
    ...(euid ? { euid } : {}),
    ...(egid ? { egid } : {}),
    ...(account ? { account } : {}),
    ...Object.fromEntries(maps) as Pick<Found, IdKind>,
  };
}
