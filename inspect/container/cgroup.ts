/** /proc/PID/cgroup. @see cgroups(7), "/proc files" */

/** The cgroup of a process in one hierarchy. */
export interface CgroupLine {
  /** 0 is version 2. */
  readonly hierarchy: number;
  /** Of version 1: `cpu`, `name=systemd`; none of version 2. */
  readonly controllers: readonly string[];
  /** From the root of the reader's cgroup namespace: what is outside of that begins with `/..`. */
  readonly path: string;
}

/** What the kernel writes behind the path of a cgroup that is gone, in which a zombie still is. */
const DELETED = " (deleted)";

/** Reads the text of a cgroup file. Lines that are none are left out. */
export function parseCgroup(text: string): CgroupLine[] {
  return text.split("\n").flatMap((line) => {
    // A path may have colons too; the kernel refuses names with a newline.
    const found = /^(\d+):([^:]*):(\/.*)$/.exec(line);
    if (!found) return [];
    const [, hierarchy, controllers, path] = found as unknown as [string, string, string, string];
    return {
      hierarchy: Number(hierarchy),
      controllers: controllers === "" ? [] : controllers.split(","),
      path: path.endsWith(DELETED) ? path.slice(0, -DELETED.length) : path,
    };
  });
}

/** Version 2 and systemd's own hierarchy have the path as it was meant. The others may lack parts of it. */
function rank({ hierarchy, controllers }: CgroupLine): number {
  if (hierarchy === 0) return 0;
  return controllers.includes("name=systemd") ? 1 : 2;
}

/** The paths, each once, the most telling first. */
export function pathsIn(lines: readonly CgroupLine[]): string[] {
  return [...new Set(lines.toSorted((a, b) => rank(a) - rank(b)).map(({ path }) => path))];
}
