/** File systems that are simulated: made of what a launch makes, and of what it shows of the real ones. */
import { ELOOP, ENOENT, ENOTDIR } from "../../ffi/abi/errno.ts";
import { S_IFDIR, S_IFLNK, S_IFREG } from "../../ffi/abi/stat.ts";

/** The types of files that matter. */
export type Type = "directory" | "link" | "file";

/** The modes of what is made. */
export const MODES: Readonly<Record<Type, number>> = {
  directory: S_IFDIR | 0o755,
  link: S_IFLNK | 0o777,
  file: S_IFREG | 0o444,
};

/** What a real file is. */
export interface Real {
  /** A descriptor of it. */
  readonly fd: number;
  readonly type: Type;
  /** Of a link: where it leads. */
  readonly target?: string;
  /** Whether something is mounted just there. */
  readonly isMount?: boolean;
}

/** Opens a name of a real directory: undefined if there is none. */
export type OpenReal = (folder: number, name: string) => Real | undefined;

/** The most symbolic links in a path. @see path_resolution(7) */
const MOST_LINKS = 40;

/** A file or directory. */
export class Node {
  readonly type: Type;
  /** Where a link leads. */
  readonly target: string;
  /** The descriptor of the real one that it shows. */
  readonly real: number | undefined;
  /** What is above it; undefined of the root of all. */
  readonly parent: Node | undefined;
  /** Whether it is the root of a mount. */
  readonly isMount: boolean;
  /** Whether its mount is read-only; undefined as long as that above it says so. */
  #isReadOnly: boolean | undefined;
  readonly #children = new Map<string, Node | undefined>();
  /** What is mounted on it. */
  #mounted: Node | undefined;

  constructor(type: Type, parent?: Node, { target = "", real, isMount = false }: {
    readonly target?: string;
    readonly real?: number;
    readonly isMount?: boolean;
  } = {}) {
    this.type = type;
    this.parent = parent;
    this.target = target;
    this.real = real;
    this.isMount = isMount;
  }

  /** Whether its mount is read-only. */
  get isReadOnly(): boolean {
    return this.#isReadOnly ?? this.parent?.isReadOnly ?? false;
  }

  /** Makes the mount, of which it is the root, read-only. */
  makeReadOnly(): void {
    this.#isReadOnly = true;
  }

  /** What is on top of it. */
  get top(): Node {
    return this.#mounted?.top ?? this;
  }

  /** Mounts a root on what is on top: a directory in memory, or what another node is. */
  mount(source: Pick<Node, "type" | "real" | "isReadOnly">): void {
    const { top } = this;
    const { type, real, isReadOnly } = source;
    const root = new Node(type, this.parent, {
      isMount: true,
      ...(real === undefined ? {} : { real }),
    });
    root.#isReadOnly = isReadOnly;
    top.#mounted = root;
  }

  /** What a name is, and what is on top of it. */
  get(name: string, open: OpenReal): Node | undefined {
    if (!this.#children.has(name)) {
      const real = this.real === undefined ? undefined : open(this.real, name);
      const { type, fd, ...more } = real ?? {};
      this.#children.set(name, type && new Node(type, this, { ...more, real: fd! }));
    }
    return this.#children.get(name)?.top;
  }

  /** Makes a file of this name. */
  make(name: string, type: Type, target = ""): Node {
    const made = new Node(type, this, { target });
    this.#children.set(name, made);
    return made;
  }

  remove(name: string): void {
    this.#children.set(name, undefined);
  }
}

/** How a path is gone through. */
export interface Way {
  /** The root, for absolute links. Default: where the path begins. */
  readonly root?: Node;
  /** Whether a link at its end is followed, and whether any is. */
  readonly followsLast?: boolean;
  readonly followsNone?: boolean;
}

/** What a path leads to from a directory, or -errno. It stays below the root. */
export function find(
  from: Node,
  path: string,
  open: OpenReal,
  { root = from, followsLast = true, followsNone = false }: Way = {},
): Node | number {
  if (path === "") return -ENOENT;
  let node = path.startsWith("/") ? root : from;
  let names = path.split("/");
  for (let links = 0; names.length > 0;) {
    const [name = "", ...rest] = names;
    names = rest;
    if (name === "" || name === ".") continue;
    if (name === "..") {
      if (node !== root) node = node.parent?.top ?? node;
      continue;
    }
    if (node.type !== "directory") return -ENOTDIR;
    const next = node.get(name, open);
    if (!next) return -ENOENT;
    const isLast = rest.every((left) => left === "");
    if (next.type === "link" && (!isLast || followsLast)) {
      if (followsNone || ++links > MOST_LINKS) return -ELOOP;
      if (next.target.startsWith("/")) node = root;
      names = [...next.target.split("/"), ...rest];
      continue;
    }
    node = next;
  }
  return node;
}
