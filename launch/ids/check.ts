/** What can be wrong with the ids that a spec sets and maps, whoever launches it. */
import type { Problem } from "../errors.ts";
import { idMapText, type IdRange } from "../../ffi/abi/id_map.ts";
import { ALL_IDS, isAccountName, MAP_BYTES, MAP_LINES } from "./spec.ts";
import { isParameter, knownOf } from "../parameter.ts";
import type { OpenSpec } from "../spec.ts";

type Path = "mapUsers" | "mapGroups";

function overlaps(map: readonly IdRange[], side: "inner" | "outer"): boolean {
  const sorted = [...map].sort((a, b) => a[side] - b[side]);
  return sorted.some((range, i) =>
    i > 0 && sorted[i - 1]![side] + sorted[i - 1]!.count > range[side]
  );
}

function problemsOfMap(map: readonly IdRange[], path: Path): Problem[] {
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
  } else if (idMapText(map).length >= MAP_BYTES) {
    problems.push({ path, message: `/proc/PID/${kindOf(path)}_map too large for kernel 4k limit` });
  }
  return problems;
}

const kindOf = (path: Path): string => path === "mapUsers" ? "uid" : "gid";

function problemsOfName(spec: OpenSpec, path: "mapUser" | "mapGroup"): Problem[] {
  const asked = spec[path];
  if (typeof asked !== "object" || isParameter(asked) || isAccountName(asked.name)) return [];
  const what = path === "mapUser" ? "user" : "group";
  return [{ path: `${path}.name`, message: `${path}.name: not a ${what}'s name: '${asked.name}'` }];
}

/** The problems of a spec's maps. Beside the caller's own id, which is taken out of ranges, they may overlap in it. */
export function mapProblems(spec: OpenSpec): Problem[] {
  const ranges = ([["mapUsers", spec.mapUser], ["mapGroups", spec.mapGroup]] as const).flatMap(
    ([path, single]) => {
      const ranges = knownOf(spec[path]).filter((source) => typeof source === "object")
        .filter(({ count }) => count !== 0);
      const sets = single === undefined ? [ranges] : ranges.map((range) => [range]);
      return sets.flatMap((set) => problemsOfMap(set, path));
    },
  );
  return [...problemsOfName(spec, "mapUser"), ...problemsOfName(spec, "mapGroup"), ...ranges];
}

/** The problems of single ids, and of the numbers in ranges. */
export function* idProblems(spec: OpenSpec): Generator<Problem> {
  const ids = {
    setuid: spec.setuid,
    setgid: spec.setgid,
    mapUser: spec.mapUser,
    mapGroup: spec.mapGroup,
    "owner.uid": spec.owner?.uid,
    "owner.gid": spec.owner?.gid,
  };
  for (const [path, id] of Object.entries(ids)) {
    if (id === undefined || id === "follow" || id === "current" || typeof id === "object") continue;
    if (Number.isInteger(id) && id >= 0 && id < ALL_IDS) continue;
    yield { path, message: `${path}: not a user or group id: ${id}` };
  }
  for (const path of ["mapUsers", "mapGroups"] as const) {
    for (const [i, range] of knownOf(spec[path]).entries()) {
      if (typeof range === "string") continue;
      for (const [key, value] of Object.entries(range)) {
        if (Number.isInteger(value) && value >= 0) continue;
        const at = `${path}[${i}].${key}`;
        yield { path: at, message: `${at}: not a whole number from 0 up: ${value}` };
      }
    }
  }
}
