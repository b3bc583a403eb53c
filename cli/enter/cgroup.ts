/** Whether this process may go into the control group of another. @see cgroups(7), "Delegation" */
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { W_OK } from "../../ffi/abi/stat.ts";
import { readText as readFile } from "../../ffi/file.ts";
import { cString, syscall } from "../../ffi/syscall.ts";
import { type CgroupLine, parseCgroup } from "../../inspect/container/cgroup.ts";
import { ifReadable, readText } from "../../inspect/proc.ts";

const MOUNT = "/sys/fs/cgroup";

/** The path in the second version's hierarchy. */
export const pathIn = (lines: readonly CgroupLine[]): string | undefined =>
  lines.find(({ hierarchy }) => hierarchy === 0)?.path;

/** The path of the nearest group that has both. */
export function commonGroup(one: string, other: string): string {
  const [parts, others] = [one.split("/"), other.split("/")];
  const differ = parts.findIndex((part, i) => part !== others[i]);
  return (differ < 0 ? parts : parts.slice(0, differ)).join("/");
}

const isWritable = (path: string): boolean =>
  syscall("faccessat", AT_FDCWD, cString(path), W_OK) >= 0;

/** Whether children of it have controllers: then it takes no processes of its own. */
function hasControllers(group: string): boolean {
  try {
    return readFile(`${group}/cgroup.subtree_control`).trim() !== "";
  } catch {
    return false;
  }
}

/** Whether a launch may go where the process is, and is not there already. */
export function mayJoinGroup(pid: number): boolean {
  const of = (process: number | "self"): string | undefined =>
    pathIn(parseCgroup(ifReadable(() => readText(`${process}/cgroup`)) ?? ""));
  const [own, theirs] = [of("self"), of(pid)];
  if (own === undefined || theirs === undefined || own === theirs) return false;
  if (own.startsWith("/..") || theirs.startsWith("/..")) return false;
  const folder = `${MOUNT}${theirs === "/" ? "" : theirs}`;
  return isWritable(`${folder}/cgroup.procs`) && !hasControllers(folder) &&
    isWritable(`${MOUNT}${commonGroup(own, theirs)}/cgroup.procs`);
}
