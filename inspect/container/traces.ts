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
    if (!monitorOf(stat.comm, [])) continue;
    const there = mountNamespaceOf(parent);
    if (there === undefined || there === mnt) continue;
    found = monitorOf(stat.comm, ifReadable(() => argumentsOf(parent)) ?? []);
  }
  return found;
}

const INFO = "/.flatpak-info";

/** What mounts say: flatpak mounts a file that tells what it runs, bubblewrap leaves its root in a folder of a tmpfs. */
export function sandboxIn(mounts: readonly Mount[]): "flatpak" | "bubblewrap" | undefined {
  const last = (path: string): Mount | undefined =>
    mounts.findLast(({ mountPoint }) => mountPoint === path);
  const root = last("/");
  if (root?.fsType !== "tmpfs" || root.root !== "/newroot") return undefined;
  // Of another type it could be a file system of the user's own, which may never answer.
  return last(INFO)?.fsType === "tmpfs" ? "flatpak" : "bubblewrap";
}

/** The sandbox that a process is in, by its mounts. */
export function sandboxOf(pid: number): Container | undefined {
  const lines = ["/newroot / ", ` ${INFO} `].flatMap((part) =>
    ifReadable(() => linesWith(`${pid}/mountinfo`, part)) ?? []
  );
  const engine = sandboxIn(parseMountinfo(lines.join("\n")));
  if (engine !== "flatpak") return engine && { engine };
  const owner = ifReadable(() => statusOf(pid))?.uid[1];
  const text = owner === undefined
    ? undefined
    : readUserFile(`/proc/${pid}/root`, INFO.slice(1), owner, false);
  return { engine, ...(text === undefined ? {} : parseFlatpakInfo(text)) };
}
