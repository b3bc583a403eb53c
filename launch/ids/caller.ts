/** Finds out who starts a launch, and what its maps are made of, before anything is changed. */
import type { Variable } from "../../engine/value.ts";
import { all, any, not, type When } from "../../engine/condition.ts";
import type { Content } from "../../engine/file.ts";
import type { Start } from "../context.ts";
import { isParameter, type Parameter } from "../parameter.ts";
import type { Asked } from "../request.ts";
import type { OpenSpec } from "../spec.ts";
import type { IdRangeSource } from "./spec.ts";
import { findAccount, findGroup, findUser, readAccounts } from "./account.ts";
import { findMap, type IdKind, type IdMap, NONE, type OwnPair } from "./id_map.ts";
import { eachSource, isSubids, isSubidsSource } from "./sources.ts";
import { findNamed, readGroups } from "./names.ts";
import { needRange } from "./subid_advice.ts";
import type { SubidRange } from "./subids.ts";

/** What has been found out. */
export interface Ids {
  /** The effective user id. */
  readonly euid: Variable;
  /** Whose shell is run, where no program is named: the address of a line of /etc/passwd, or 0. */
  readonly inside?: Variable;
  readonly uid?: FoundMap;
  readonly gid?: FoundMap;
}

/** The map of users or of groups. */
export interface FoundMap {
  /** Whether it is of the caller's own id alone, which the process inside may write itself. */
  readonly isSingle: When;
  readonly own?: OwnPair;
  /** Whether it is written from outside: by root itself, or by newuidmap(1) and newgidmap(1). */
  readonly isRanged: When;
  /** All of it, for who writes it from outside. */
  readonly map: IdMap;
}

/** The file that has the caller's ranges. */
export const FILES = { uid: "/etc/subuid", gid: "/etc/subgid" } as const;

/** A map that is asked for. */
interface WantedMap {
  readonly kind: IdKind;
  /** The inside id of the caller's own. */
  readonly inner: OpenSpec["mapUser"];
  readonly sources: readonly IdRangeSource[] | Parameter;
  readonly isSingle: When;
  readonly isRanged: When;
}

function wantedMaps({ spec, request }: Asked): WantedMap[] {
  return ([
    { kind: "uid", inner: spec.mapUser, asked: spec.mapUsers },
    { kind: "gid", inner: spec.mapGroup, asked: spec.mapGroups },
  ] as const).flatMap(({ kind, inner, asked = [] }): WantedMap[] => {
    const sources = isParameter(asked)
      ? asked
      : asked.filter((source) => typeof source !== "object" || source.count > 0);
    const hasSources = isParameter(sources) ? request.isGiven(sources) : sources.length > 0;
    const hasOwn = request.isGiven(inner);
    const isAsked = any(hasOwn, hasSources);
    if (isAsked === false) return [];
    // Who gives the namespace away may not map its own id from inside any more.
    const isOutside = any(hasSources, request.isGiven(spec.owner?.uid));
    const isSingle = all(hasOwn, not(isOutside));
    return [{ kind, inner, sources, isSingle, isRanged: all(isAsked, isOutside) }];
  });
}

/** Whether the process inside writes a map of its own id. */
export const writesOwnId = (asked: Asked): When =>
  any(...wantedMaps(asked).map(({ isSingle }) => isSingle));

/** The id that a name stands for. That of a parameter becomes its value. */
function namedId(
  { s, request }: Asked,
  asked: OpenSpec["mapUser"],
  find: (name: { readonly name: string | Variable }) => Variable,
): Variable | undefined {
  const given = request.name(asked);
  if (!given) return undefined;
  if (!isParameter(asked)) return find(given);
  s.if(given.isGiven, () => (request.value(asked) as Variable).set(find(given)));
  return undefined;
}

/** The user id that the program gets. @param euid What it is where no number says so. */
function idInside(
  { s, spec: { setuid, mapUser }, request }: Asked,
  euid: Variable,
): number | Variable {
  const known = [setuid, mapUser].find((id) => typeof id === "number");
  if (!isParameter(setuid) && !isParameter(mapUser)) return known ?? euid;
  const id = s.variable("id inside", euid);
  for (const asked of [mapUser, setuid]) {
    const isNumber = not(any(request.is(asked, "current"), request.is(asked, "follow")));
    s.if(all(request.isGiven(asked), isNumber), () => id.set(request.value(asked as number)));
  }
  return id;
}

/** Whether sources have subordinate ids among them. */
function hasSubids({ s, request }: Asked, sources: WantedMap["sources"]): When {
  if (!isParameter(sources)) return sources.some(isSubids);
  const has = s.variable("has subordinate ids", 0);
  s.if(request.isGiven(sources), () => {
    eachSource(s, request.value(sources), (source) => {
      s.if(isSubidsSource(source), () => has.set(1));
    });
  });
  return has.is(1);
}

/** The caller's own pair of ids in a map. */
function ownPair(
  { s, request }: Asked,
  { kind, inner }: WantedMap,
  { outer, named }: { readonly outer: Variable; readonly named: Variable | undefined },
): OwnPair | undefined {
  if (inner === undefined) return undefined;
  if (!isParameter(inner)) {
    const known = typeof inner === "number" ? inner : outer;
    return { inner: named ?? known, outer, isGiven: true };
  }
  const isGiven = request.isGiven(inner);
  const pair = {
    inner: s.variable(`own ${kind} inside`, NONE),
    outer: s.variable(`own ${kind} outside`, NONE),
    isGiven,
  };
  s.if(isGiven, () => {
    pair.inner.set(request.value(inner));
    s.if(request.is(inner, "current"), () => pair.inner.set(outer));
    pair.outer.set(outer);
  });
  return pair;
}

/** Finds out what the plan of a spec needs. */
export function findIds(start: Start): Ids {
  const { s, spec, request } = start;
  const wanted = wantedMaps(start);
  const needsGroup = request.isGiven(spec.mapGroup);
  const subids = wanted.map(({ sources }) => hasSubids(start, sources));
  const isUnnamed = not(request.isGiven(spec.program));
  const euid = findUser(s);
  const egid = s.variableIf(needsGroup, "egid");
  s.if(needsGroup, () => findGroup(s, egid));
  const needsAccounts = any(
    ...subids,
    isUnnamed,
    request.name(spec.mapUser)?.isGiven ?? false,
  );
  const accounts = s.variableIf(needsAccounts, "accounts");
  const accountsEnd = s.variableIf(needsAccounts, "end of accounts");
  s.if(needsAccounts, () => {
    const content = readAccounts(s);
    accounts.set(content.start);
    accountsEnd.set(content.end);
  });
  const content = { start: accounts, end: accountsEnd };
  const named = {
    uid: namedId(start, spec.mapUser, (name) => findNamed(s, "uid", content, name)),
    gid: namedId(start, spec.mapGroup, (name) => findNamed(s, "gid", readGroups(s), name)),
  };
  const inside = isUnnamed === false ? undefined : s.variable("account inside", 0);
  s.if(
    isUnnamed,
    () => inside!.set(findAccount(s, content, idInside(start, named.uid ?? euid)).line),
  );
  // A lack is said before anything else is looked at.
  const ranges = findSubids(start, wanted.map(({ kind }, i) => ({ kind, isAsked: subids[i]! })), {
    euid,
    content,
  });
  const maps = wanted.map((map, i): [IdKind, FoundMap] => {
    const { kind, sources, isSingle, isRanged } = map;
    const outer = kind === "uid" ? euid : egid;
    const own = ownPair(start, map, { outer, named: named[kind] });
    const parts = { kind, sources, ...(own ? { own } : {}), subids: ranges[i]! };
    return [kind, {
      isSingle,
      isRanged,
      ...(own ? { own } : {}),
      map: findMap(start, parts, isRanged),
    }];
  });
  return { euid, ...(inside ? { inside } : {}), ...Object.fromEntries(maps) };
}

/** Finds the caller's subordinate ranges, those that are asked for. */
function findSubids(
  { s }: Asked,
  maps: readonly { readonly kind: IdKind; readonly isAsked: When }[],
  { euid, content }: { readonly euid: Variable; readonly content: Content },
): SubidRange[] {
  const ranges = maps.map(({ kind, isAsked }) => ({
    start: s.variableIf(isAsked, `first subordinate ${kind}`),
    count: s.variableIf(isAsked, `subordinate ${kind}s`),
  }));
  s.if(any(...maps.map(({ isAsked }) => isAsked)), () => {
    const account = findAccount(s, content, euid);
    maps.forEach(({ kind, isAsked }, i) => {
      s.if(isAsked, () => {
        const { start, count } = needRange(s, FILES[kind], { euid, account });
        ranges[i]!.start.set(start);
        ranges[i]!.count.set(count);
      });
    });
  });
  return ranges;
}
