/** Finds out who starts a launch, and what its maps are made of, before anything is changed. */
import type { Variable } from "../../engine/value.ts";
import type { Builder } from "../../engine/builder.ts";
import type { IdRangeSource, OpenSpec } from "../spec.ts";
import { type Account, findAccount, findGroup, findUser, readAccounts } from "./account.ts";
import { findNamed, readGroups } from "./names.ts";
import { findMap, type IdKind, type IdMap, type OwnPair } from "./id_map.ts";
import { needRange } from "./subids.ts";

/** What has been found out. */
export interface Ids {
  /** The effective user id. */
  readonly euid: Variable;
  /** The user inside, whose shell is run. */
  readonly inside?: Account;
  readonly uid?: FoundMap;
  readonly gid?: FoundMap;
}

/** The map of users or of groups. */
export interface FoundMap {
  /** The caller's own id alone, which the process inside may write itself. */
  readonly single?: OwnPair;
  /** Ranges, written from outside: by root itself, or by newuidmap(1) and newgidmap(1). */
  readonly ranges?: IdMap;
}

/** The file that has the caller's ranges. */
export const FILES = { uid: "/etc/subuid", gid: "/etc/subgid" } as const;

/** A map that is asked for. */
interface WantedMap {
  readonly kind: IdKind;
  /** The inside id of the caller's own. */
  readonly inner?: NonNullable<OpenSpec["mapUser"]>;
  readonly sources: readonly IdRangeSource[];
  /** Who gives the namespace away may not map its own id from inside any more. */
  readonly isSingle: boolean;
}

function wantedMaps(spec: OpenSpec): WantedMap[] {
  return ([
    { kind: "uid", inner: spec.mapUser, sources: spec.mapUsers },
    { kind: "gid", inner: spec.mapGroup, sources: spec.mapGroups },
  ] as const).flatMap(({ kind, inner, sources: asked = [] }) => {
    const sources = asked.filter((source) => typeof source !== "object" || source.count > 0);
    if (inner === undefined && sources.length === 0) return [];
    const isSingle = sources.length === 0 && spec.owner === undefined;
    return [{ kind, sources, isSingle, ...(inner === undefined ? {} : { inner }) }];
  });
}

/** Whether the process inside writes a map of its own id. */
export const writesOwnId = (spec: OpenSpec): boolean =>
  wantedMaps(spec).some(({ isSingle }) => isSingle);

/** The user id that a spec gives the program by number. */
function idInside({ setuid, mapUser }: OpenSpec): number | undefined {
  return [setuid, mapUser].find((id) => typeof id === "number");
}

const isSubids = (source: IdRangeSource): boolean => source === "auto" || source === "subids";

/** Finds out what the plan of a spec needs. */
export function findIds(s: Builder, spec: OpenSpec): Ids {
  const wanted = wantedMaps(spec);
  const needsGroup = wanted.some(({ kind, inner }) => kind === "gid" && inner !== undefined);
  const needsSubids = wanted.some(({ sources }) => sources.some(isSubids));
  const needsShell = spec.program === undefined;
  const { mapUser, mapGroup } = spec;
  const needsAccounts = needsSubids || needsShell || typeof mapUser === "object";
  const euid = findUser(s);
  const egid = needsGroup ? findGroup(s) : undefined;
  const accounts = needsAccounts ? readAccounts(s) : undefined;
  const named = {
    uid: typeof mapUser === "object" ? findNamed(s, "uid", accounts!, mapUser) : undefined,
    gid: typeof mapGroup === "object" ? findNamed(s, "gid", readGroups(s), mapGroup) : undefined,
  };
  const account = needsSubids ? findAccount(s, accounts!, euid) : undefined;
  const inside = needsShell
    ? findAccount(s, accounts!, idInside(spec) ?? named.uid ?? euid)
    : undefined;
  // A lack is said before anything else is looked at.
  const withSubids = wanted.map((map) => ({
    ...map,
    ...(map.sources.some(isSubids)
      ? { subids: needRange(s, FILES[map.kind], { euid, account: account! }) }
      : {}),
  }));
  const maps = withSubids.map(({ kind, inner, isSingle, ...parts }): [IdKind, FoundMap] => {
    const outer = kind === "uid" ? euid : egid!;
    const own = inner === undefined
      ? undefined
      : { inner: named[kind] ?? (typeof inner === "number" ? inner : outer), outer };
    if (isSingle) return [kind, { single: own! }];
    return [kind, { ranges: findMap(s, { kind, ...parts, ...(own ? { own } : {}) }) }];
  });
  return { euid, ...(inside ? { inside } : {}), ...Object.fromEntries(maps) };
}
