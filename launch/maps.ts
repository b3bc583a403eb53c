/** Which maps a spec asks for: one id, which a process may map itself, or ranges, which need privilege. */
import type { Caller, CallerIds } from "./caller.ts";
import type { Problem } from "./errors.ts";
import { ALL_IDS, type IdRange, MAP_BYTES, MAP_LINES, mapText, punch } from "./id_map.ts";
import type { IdRangeSource, LaunchSpec } from "./spec.ts";

/** The map of users or of groups. */
export interface RequestedMap {
  /** One id, written from inside the namespace. */
  readonly single?: IdRange;
  /** Ranges, written from outside: by root itself, or by newuidmap(1) and newgidmap(1). */
  readonly ranges?: readonly IdRange[];
}

/** The maps a spec asks for, and what is wrong with them. */
export interface RequestedMaps {
  readonly users: RequestedMap;
  readonly groups: RequestedMap;
  readonly problems: readonly Problem[];
}

/** A range, and whether it may grow at its inner end. */
interface Source {
  readonly range: IdRange;
  readonly open: boolean;
}

function rangesOf(source: IdRangeSource, ids: CallerIds): readonly Source[] | undefined {
  if (typeof source === "object") return [{ range: source, open: false }];
  if (source === "all") {
    return (ids.map ?? []).map(({ inner, count }) => ({
      range: { inner, outer: inner, count },
      open: false,
    }));
  }
  if (!ids.subids) return undefined;
  const { start, count } = ids.subids;
  const inner = source === "auto" ? 0 : start;
  return [{ range: { inner, outer: start, count }, open: source === "auto" }];
}

function overlaps(map: readonly IdRange[], side: "inner" | "outer"): boolean {
  const sorted = [...map].sort((a, b) => a[side] - b[side]);
  return sorted.some((range, i) =>
    i > 0 && sorted[i - 1]![side] + sorted[i - 1]!.count > range[side]
  );
}

/** What is wrong with a map whatever the caller is. */
export function problemsOfMap(map: readonly IdRange[], path: string): Problem[] {
  const problems: Problem[] = [];
  if (
    map.some(({ inner, outer, count }) =>
      count < 1 || inner + count > ALL_IDS || outer + count > ALL_IDS
    )
  ) {
    problems.push({
      path,
      message: `${path}: ids of a range must be below ${ALL_IDS}`,
    });
  }
  for (const side of ["inner", "outer"] as const) {
    if (overlaps(map, side)) {
      problems.push({ path, message: `${path}: ${side} ids of ranges overlap` });
    }
  }
  if (map.length > MAP_LINES) {
    problems.push({
      path,
      message: `${path}: the kernel takes ${MAP_LINES} ranges, not ${map.length}`,
    });
  } else if (mapText(map).length >= MAP_BYTES) {
    problems.push({ path, message: `/proc/PID/${kindOf(path)}_map too large for kernel 4k limit` });
  }
  return problems;
}

const kindOf = (path: string): string => path === "mapUsers" ? "uid" : "gid";

function request(
  path: "mapUsers" | "mapGroups",
  asked: number | "current" | undefined,
  outer: number,
  sources: readonly IdRangeSource[] | undefined,
  { ids, user, owned }: { ids: CallerIds; user: string; owned: boolean },
): { map: RequestedMap; problems: Problem[] } {
  const inner = asked === "current" ? outer : asked;
  const single = inner === undefined ? undefined : { inner, outer, count: 1 };
  // Who gives the namespace away is no longer who may map its own id from inside.
  if (!sources && !(owned && single)) return { map: single ? { single } : {}, problems: [] };
  const ranges: IdRange[] = single ? [single] : [];
  for (const source of sources ?? []) {
    const found = rangesOf(source, ids);
    if (!found) {
      const file = path === "mapUsers" ? "/etc/subuid" : "/etc/subgid";
      const lack = ids.lack ?? { message: `no line matching user "${user}" in ${file}` };
      return { map: {}, problems: [{ path, ...lack }] };
    }
    for (const { range, open } of found) {
      ranges.push(...(single ? punch(range, single, open) : [range]));
    }
  }
  const wanted = ranges.filter(({ count }) => count > 0);
  return { map: wanted.length ? { ranges: wanted } : {}, problems: problemsOfMap(wanted, path) };
}

/** Works out the maps of a spec. */
export function requestedMaps(spec: LaunchSpec, caller: Caller): RequestedMaps {
  const owned = spec.owner !== undefined;
  const { user } = caller;
  const users = request("mapUsers", spec.mapUser, caller.euid, spec.mapUsers, {
    ids: caller.users,
    user,
    owned,
  });
  const groups = request("mapGroups", spec.mapGroup, caller.egid, spec.mapGroups, {
    ids: caller.groups,
    user,
    owned,
  });
  return {
    users: users.map,
    groups: groups.map,
    problems: [...users.problems, ...groups.problems],
  };
}
