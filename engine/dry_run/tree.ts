/** File systems that are simulated: made of what a launch makes, and of what it shows of the real ones. */
import { ELOOP, ENOENT, ENOTDIR } from "../../ffi/abi/errno.ts";

/** The types of files that matter. */
export type Type = "directory" | "link" | "file";

/** What a real file is. */
export interface Real {
  /** A descriptor of it. */
  readonly fd: number;
  readonly type: Type;
  /** Of a link: where it leads. */
  readonly target?: string;
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
  readonly #children = new Map<string, Node | undefined>();
  /** What is mounted on it. */
  #mounted: Node | undefined;

  constructor(type: Type, parent?: Node, { target = "", real }: {
    readonly target?: string;
    readonly real?: number;
  } = {}) {
    this.type = type;
    this.parent = parent;
    this.target = target;
    this.real = real;
  }

  /** What is on top of it. */
  get top(): Node {
    return this.#mounted?.top ?? this;
  }

  /** Mounts a root on what is on top: a directory in memory, or a real file. */
  mount(type: Type, real?: number): void {
    const { top } = this;
    top.#mounted = new Node(type, this.parent, real === undefined ? {} : { real });
  }

  /** What a name is, and what is on top of it. */
  get(name: string, open: OpenReal): Node | undefined {
    if (!this.#children.has(name)) {
      const real = this.real === undefined ? undefined : open(this.real, name);
      const { type, fd, target = "" } = real ?? {};
      this.#children.set(name, type && new Node(type, this, { target, real: fd! }));
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
