/** Real paths for the paths of a simulated process, after its simulated mounts, joins and changes of root. */

/** A simulated mount. */
interface Mount {
  readonly at: string;
  /** The real path of what it shows. Undefined if there is none. */
  readonly source: string | undefined;
  readonly type: string;
}

/** A real place in the file system. */
export interface Place {
  /** The real path. Undefined if there is none. */
  readonly path: string | undefined;
  /** The type of the file system, if the mount is simulated. */
  readonly type?: string;
}

/** A path without `.`, empty names, and `..` as far as its text goes: symbolic links are not followed. */
function normalize(path: string): string {
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
  /** The prefix of absolute paths; undefined if the root cannot be looked at. */
  #root: string | undefined = "";
  /** The prefix of relative paths; empty while the working directory is this process's. */
  #cwd: string | undefined = "";
  #mounts: readonly Mount[] = [];
  /** Simulated new files and folders. */
  readonly #made = new Set<string>();

  copy(): Paths {
    const paths = new Paths();
    paths.#root = this.#root;
    paths.#cwd = this.#cwd;
    paths.#mounts = this.#mounts;
    for (const path of this.#made) paths.#made.add(path);
    return paths;
  }

  /** The real place of a path. */
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

  /** Changes the root to a path. */
  changeRoot(path: string): void {
    const root = this.locate(path).path;
    const at = normalize(path);
    this.#mounts = !path.startsWith("/") ? [] : this.#mounts
      .filter((mount) => isBelow(mount.at, at))
      .map((mount) => ({ ...mount, at: at === "/" ? mount.at : mount.at.slice(at.length) || "/" }));
    this.#root = root === "/" ? "" : root;
  }

  /** Changes the working directory to a path. */
  changeDirectory(located: string | undefined): void {
    this.#cwd = located;
  }

  /** Moves to another mount namespace, which is visible below a folder, or not at all. */
  join(root: string | undefined): void {
    this.#root = root;
    this.#cwd = root;
    this.#mounts = [];
  }

  make(located: string): void {
    this.#made.add(located);
  }

  /** Whether a path, or a folder above it, is simulated. */
  isMade(located: string): boolean {
    if (this.#made.size === 0) return false;
    for (let at = located; at.length > 0; at = at.slice(0, Math.max(0, at.lastIndexOf("/")))) {
      if (this.#made.has(at)) return true;
    }
    return false;
  }
}
