/** What keeps the directory of a cgroup: rmdir(2) says EBUSY while it has processes or cgroups in it. @see cgroups(7) */
import { S_IFDIR, S_IFMT } from "../../ffi/abi/stat.ts";
import { placeOf } from "../../ffi/file_place.ts";
import { namesIfThere, textIfThere } from "./sys_file.ts";

/** What is in a cgroup. */
export interface CgroupContent {
  /** The cgroups below it, the deepest first. */
  readonly below: readonly string[];
  /** The processes in it and below, as the caller's PID namespace numbers them. */
  readonly pids: readonly number[];
}

function isFolder(path: string): boolean {
  const place = placeOf(path);
  return typeof place === "object" && (place.mode & S_IFMT) === S_IFDIR;
}

const foldersIn = (path: string): string[] =>
  namesIfThere(path).map((name) => `${path}/${name}`).filter(isFolder);

/** Processes that are not in the caller's PID namespace are 0. */
const processesIn = (path: string): number[] =>
  textIfThere(`${path}/cgroup.procs`).split("\n").map(Number).filter((pid) => pid > 0);

/** What is in the cgroup of a directory. */
export function contentOf(path: string): CgroupContent {
  const inside = foldersIn(path).map((folder) => ({ folder, ...contentOf(folder) }));
  return {
    below: inside.flatMap(({ folder, below }) => [...below, folder]),
    pids: [...processesIn(path), ...inside.flatMap(({ pids }) => pids)],
  };
}
