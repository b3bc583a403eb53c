/** Where the paths of a process in a dry run can be looked at: it has mounted, joined and changed root only for show. */

/** A mount that was not really made. */
interface Mount {
  readonly at: string;
  /** Where what it shows can be looked at. Undefined if nowhere. */
  readonly source: string | undefined;
  readonly type: string;
}

/** A place in the file system, as this process can look at it. */
export interface Place {
  /** The path to look at. Undefined if nothing can be seen there. */
  readonly path: string | undefined;
  /** The type of the file system, where it is one that was not really mounted. */
  readonly type?: string;
}

/** A path without `.`, empty names, and `..` as far as its text goes: symbolic links are not followed. */
export function normalize(path: string): string {
  const names: string[] = [];
  for (const name of path.split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `/${names.join("/")}`;
}

/** Whether a path is another, or below it. */
const isBelow = (path: string, other: string): boolean =>
  other === "/" || path === other || path.startsWith(`${other}/`);

const under = (root: string, path: string): string => path === "/" ? root || "/" : root + path;

/** A process's root, working directory and mounts. */
export class Paths {
  /** What stands before absolute paths; undefined if the root cannot be looked at. */
  #root: string | undefined = "";
  /** What stands before relative paths; empty as long as it is the working directory of this process. */
  #cwd: string | undefined = "";
  #mounts: readonly Mount[] = [];
  /** Files and folders that were not really made. */
  readonly #made = new Set<string>();

  copy(): Paths {
    const paths = new Paths();
    paths.#root = this.#root;
    paths.#cwd = this.#cwd;
    paths.#mounts = this.#mounts;
    for (const path of this.#made) paths.#made.add(path);
    return paths;
  }

  /** Where a path can be looked at. */
  locate(path: string): Place {
    if (!path.startsWith("/")) {
      if (this.#cwd === "") return { path };
      return { path: this.#cwd === undefined ? undefined : `${this.#cwd}/${path}` };
    }
    if (this.#mounts.length > 0) {
      const seen = normalize(path);
      const mount = this.#mounts.findLast(({ at }) => isBelow(seen, at));
      if (mount) {
        const { source, type, at } = mount;
        const rest = at === "/" ? seen : seen.slice(at.length);
        return { path: source === undefined ? undefined : under(source, rest || "/"), type };
      }
    }
    return { path: this.#root === undefined ? undefined : under(this.#root, path) };
  }

  /** A mount at a path. */
  mount(at: string, source: string | undefined, type: string): void {
    if (!at.startsWith("/")) return;
    this.#mounts = [...this.#mounts, { at: normalize(at), source, type }];
  }

  unmount(at: string): void {
    const i = this.#mounts.findLastIndex((mount) => mount.at === normalize(at));
    if (i >= 0) this.#mounts = this.#mounts.toSpliced(i, 1);
  }

  /** From here on a path is the root. */
  changeRoot(path: string): void {
    const root = this.locate(path).path;
    const at = normalize(path);
    this.#mounts = !path.startsWith("/") ? [] : this.#mounts
      .filter((mount) => isBelow(mount.at, at))
      .map((mount) => ({ ...mount, at: at === "/" ? mount.at : mount.at.slice(at.length) || "/" }));
    this.#root = root === "/" ? "" : root;
  }

  /** A path is looked at from here on for the working directory. */
  changeDirectory(located: string | undefined): void {
    this.#cwd = located;
  }

  /** Everything is another mount namespace's, which can be looked at below a folder, or not at all. */
  join(root: string | undefined): void {
    this.#root = root;
    this.#cwd = root;
    this.#mounts = [];
  }

  make(located: string): void {
    this.#made.add(located);
  }

  /** Whether something was made there, or above. */
  isMade(located: string): boolean {
    if (this.#made.size === 0) return false;
    for (let at = located; at.length > 0; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) {
      if (this.#made.has(at)) return true;
    }
    return false;
  }
}
