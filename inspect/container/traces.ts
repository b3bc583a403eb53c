/** Traces of containers that no cgroup tells of: who started them, and how their root was made. */
import { type Mount, parseMountinfo } from "../mountinfo.ts";
import { argumentsOf, statOf, statusOf } from "../process.ts";
import { ifReadable, linesWith, tryReadLink } from "../proc.ts";
import { inodeIn } from "../ns_link.ts";
import type { Container } from "./container.ts";
import { readUserFile } from "./engine_file.ts";
import { parseFlatpakInfo } from "./files.ts";
import { monitorOf } from "./monitor.ts";

/** Ancestors further away are not asked. */
const MOST = 100;

/** The mount namespace of a process; undefined where the caller may not look. */
export function mountNamespaceOf(pid: number | "self"): number | undefined {
  const link = tryReadLink(`${pid}/ns/mnt`);
  return typeof link === "string" ? inodeIn(link) : undefined;
}

/**
 * The container that an ancestor watches, by its arguments. Of several the outermost counts: those further in
 * are words of what is in it.
 *
 * @param mnt The mount namespace of the process: its monitor is not in it.
 */
export function watchedBy(pid: number, mnt: number): Container | undefined {
  let found: Container | undefined;
  let at = ifReadable(() => statOf(pid))?.ppid ?? 0;
  for (let i = 0; i < MOST && at > 0; i++) {
    const parent = at;
    const stat = ifReadable(() => statOf(parent));
    if (!stat) break;
    at = stat.ppid;
    const isOutside = (): boolean => {
      const there = mountNamespaceOf(parent);
      return there !== undefined && there !== mnt;
    };
    const args = (): string[] | undefined => ifReadable(() => argumentsOf(parent));
    const watched = monitorOf(stat.comm, () => isOutside() ? args() : undefined);
    if (watched && isOutside()) found = watched;
  }
  return found;
}

const INFO = "/.flatpak-info";

/**
 * Whether mounts are flatpak's: it has bubblewrap make a root in a tmpfs, and mount a file there that tells what it runs.
 * In another file system either could be a user's own, which may never answer.
 */
export function hasFlatpakInfo(mounts: readonly Mount[]): boolean {
  return ["/", INFO].every((path) =>
    mounts.findLast(({ mountPoint }) => mountPoint === path)?.fsType === "tmpfs"
  );
}

/** What flatpak runs, of a process that bubblewrap has started; undefined where it is not flatpak's. */
export function flatpakOf(pid: number): Container | undefined {
  const lines = ifReadable(() => linesWith(`${pid}/mountinfo`, " - ")) ?? [];
  if (!hasFlatpakInfo(parseMountinfo(lines.join("\n")))) return undefined;
  const owner = ifReadable(() => statusOf(pid))?.uid[1];
  const text = owner === undefined
    ? undefined
    : readUserFile(`/proc/${pid}/root`, INFO.slice(1), owner, false);
  return { engine: "flatpak", ...(text === undefined ? {} : parseFlatpakInfo(text)) };
}
