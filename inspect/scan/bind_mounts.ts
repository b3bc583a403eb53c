/** Namespaces that bind mounts hold, in every mount namespace that a task is in. */
import { parseMountLine } from "../mountinfo.ts";
import { inodeIn, parseNsLink } from "../ns_link.ts";
import { ifReadable, linesWith, tryReadLink } from "../proc.ts";
import type { Found } from "./found.ts";

/** The mount namespaces that were met, each by a task in it. */
export class BindMounts {
  readonly #found: Found;
  /** A folder in /proc, `PID` or `PID/task/TID`, by the namespace's inode. */
  readonly #tasks = new Map<number, string>();

  constructor(found: Found) {
    this.#found = found;
  }

  /** Notes the mount namespace of a task. @param mnt Its inode, where that is known. */
  note(task: string, mnt: number | undefined): void {
    // Where mount namespaces are not asked for, their bind mounts are still to be found.
    if (mnt === undefined && !this.#found.types.has("mnt")) {
      const link = tryReadLink(`${task}/ns/mnt`);
      if (typeof link === "string") mnt = inodeIn(link);
    }
    if (mnt !== undefined && !this.#tasks.has(mnt)) this.#tasks.set(mnt, task);
  }

  /** Looks through all of them, the caller's first. @param own The inode of the caller's. */
  lookThrough(own: number): void {
    this.#lookAt("self", own, true);
    for (const [mnt, task] of this.#tasks) {
      if (mnt !== own) this.#lookAt(task, mnt, false);
    }
  }

  #lookAt(task: string, mnt: number, here: boolean): void {
    // Hundreds of namespaces may have thousands of mounts: this file tells types in half the time.
    const some = ifReadable(() => linesWith(`${task}/mountstats`, " with fstype nsfs"));
    if (some?.length === 0) return;
    const { types, held, mountPoints } = this.#found;
    for (const line of ifReadable(() => linesWith(`${task}/mountinfo`, " - nsfs ")) ?? []) {
      const mount = parseMountLine(line);
      const id = mount?.fsType === "nsfs" ? parseNsLink(mount.root) : undefined;
      if (!mount || !id || !types.has(id.type)) continue;
      const pid = here ? 0 : Number(task.split("/")[0]);
      mountPoints.add(mount.mountPoint);
      held.push({ id, holder: { kind: "mount", path: mount.mountPoint, pid, mnt, here } });
    }
  }
}
