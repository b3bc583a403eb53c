/** Calls on file systems that are simulated. Whatever is in none is left to the calls of others. */
import { EEXIST, EINVAL, ENOENT } from "../../ffi/abi/errno.ts";
import * as fcntl from "../../ffi/abi/fcntl.ts";
import { MOVE_MOUNT_F_EMPTY_PATH, MS_BIND, MS_REMOUNT } from "../../ffi/abi/mount.ts";
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from "../../ffi/abi/stat.ts";
import { STATX_BASIC_STATS, STX } from "../../ffi/abi/statx.ts";
import { decode, encode } from "../../ffi/bytes.ts";
import type { Call, Calls, Kernel } from "./kernel.ts";
import { int32, type Process } from "./process.ts";
import { find, Node, type OpenReal, type Type } from "./tree.ts";

const MODES: Readonly<Record<Type, number>> = {
  directory: S_IFDIR | 0o755,
  link: S_IFLNK | 0o777,
  file: S_IFREG | 0o444,
};

const LINK_BYTES = 4096;

/** The type of a real file. */
function typeOf(kernel: Kernel, fd: number): Type {
  const status = new Uint8Array(STX.bytes);
  kernel.ask("statx", fd, encode("\0"), fcntl.AT_EMPTY_PATH, STATX_BASIC_STATS, status);
  const mode = new DataView(status.buffer).getUint16(STX.mode, true) & S_IFMT;
  return mode === S_IFDIR ? "directory" : mode === S_IFLNK ? "link" : "file";
}

/** Opens real files to look at. */
const opener = (kernel: Kernel): OpenReal => (folder, name) => {
  const flags = fcntl.O_PATH | fcntl.O_NOFOLLOW | fcntl.O_CLOEXEC;
  const fd = kernel.keep(kernel.ask("openat", folder, encode(`${name}\0`), flags, 0));
  if (fd < 0) return undefined;
  const type = typeOf(kernel, fd);
  if (type !== "link") return { fd, type };
  const target = new Uint8Array(LINK_BYTES);
  const length = kernel.ask("readlinkat", fd, encode("\0"), target, LINK_BYTES);
  return { fd, type, target: decode(target.subarray(0, Math.max(0, length))) };
};

/** The node of a descriptor. */
const nodeOf = (process: Process, fd: bigint | undefined): Node | undefined =>
  process.files.get(int32(fd))?.node;

/** A new descriptor of a node. */
function open(kernel: Kernel, process: Process, node: Node): number {
  return kernel.open(process, node.real === undefined ? { node } : { node, real: node.real });
}

/** A call on a path below a descriptor's node; undefined if it is of another one. */
type CallBelow = (
  kernel: Kernel,
  process: Process,
  below: { readonly node: Node; readonly path: string },
  args: readonly bigint[],
) => number;

/** Calls whose first two arguments are a directory and a path. */
const BELOW: Readonly<Partial<Record<keyof Calls, CallBelow>>> = {
  openat(kernel, process, { node, path }, [, , flags]) {
    const followsLast = (int32(flags) & fcntl.O_NOFOLLOW) === 0;
    const found = find(node, path, opener(kernel), { followsLast });
    const creates = (int32(flags) & fcntl.O_CREAT) !== 0;
    if (typeof found !== "number") {
      if (creates && (int32(flags) & fcntl.O_EXCL) !== 0) return -EEXIST;
      return open(kernel, process, found);
    }
    if (found !== -ENOENT || !creates) return found;
    return open(kernel, process, node.make(path, "file"));
  },
  openat2(kernel, process, { node, path }, [, , how]) {
    const resolve = Number(process.interpreter.memory.read(how! + 16n, 8));
    const followsNone = (resolve & fcntl.RESOLVE_NO_SYMLINKS) !== 0;
    const found = find(node, path, opener(kernel), { followsNone });
    return typeof found === "number" ? found : open(kernel, process, found);
  },
  open_tree(kernel, process, { node, path }) {
    const found = find(node, path, opener(kernel));
    return typeof found === "number" ? found : open(kernel, process, found);
  },
  mkdirat(kernel, _, { node, path }) {
    if (node.get(path, opener(kernel))) return -EEXIST;
    node.make(path, "directory");
    return 0;
  },
  unlinkat(_, __, { node, path }) {
    node.remove(path);
    return 0;
  },
  faccessat(kernel, _, { node, path }, args) {
    const found = find(node, path, opener(kernel));
    if (typeof found === "number" || found.real === undefined) {
      return Math.min(Number(found), 0) || 0;
    }
    return kernel.ask("faccessat", node.real ?? -1, encode(`${path}\0`), int32(args[2]));
  },
  readlinkat(kernel, process, { node, path }, [, , address, room]) {
    const found = path === "" ? node : find(node, path, opener(kernel), { followsLast: false });
    if (typeof found === "number") return found;
    if (found.type !== "link") return path === "" ? -ENOENT : -EINVAL;
    const target = encode(found.target).subarray(0, Number(room));
    process.interpreter.memory.put(address!, target);
    return target.length;
  },
  statx(_, process, { node }, [, , , , address]) {
    const status = new Uint8Array(STX.bytes);
    new DataView(status.buffer).setUint16(STX.mode, MODES[node.type], true);
    process.interpreter.memory.put(address!, status);
    return 0;
  },
};

/** The directory that a target of mount(2) is, where it is in a simulated file system. */
function targetOf(kernel: Kernel, process: Process, target: string): Node | undefined {
  const [, fd] = /^fd\/(\d+)$/.exec(target) ?? [];
  if (fd !== undefined) return nodeOf(process, BigInt(fd));
  if (!process.folder || target.startsWith("/")) return undefined;
  const found = find(process.folder, target, opener(kernel));
  return typeof found === "number" ? undefined : found;
}

const isEmptyAllowed = (flags: bigint | undefined): boolean =>
  (int32(flags) & fcntl.AT_EMPTY_PATH) !== 0;

/** Calls that need more than a node and a path. */
const OTHERS: Readonly<Partial<Record<keyof Calls, (usual: Call) => Call>>> = {
  openat: (usual) => (kernel, process, args) =>
    process.top && kernel.string(process, args[1]) === "/.."
      ? open(kernel, process, process.top)
      : usual(kernel, process, args),
  open_tree: (usual) => (kernel, process, args) => {
    const path = kernel.string(process, args[1]);
    if (path === "") return isEmptyAllowed(args[2]) ? usual(kernel, process, args) : -ENOENT;
    const place = kernel.place(process, args[0], path);
    if (!place) return kernel.open(process, {});
    const flags = fcntl.O_PATH | fcntl.O_CLOEXEC;
    const at = encode(`${place.path}\0`);
    const real = kernel.keep(kernel.ask("openat", place.fd, at, flags, 0));
    if (real < 0) return real;
    return open(kernel, process, new Node(typeOf(kernel, real), undefined, { real }));
  },
  symlinkat: () => (kernel, process, [target, folder, name]) => {
    const node = nodeOf(process, folder);
    const last = kernel.string(process, name);
    if (!node) return 0;
    if (node.get(last, opener(kernel))) return -EEXIST;
    node.make(last, "link", kernel.string(process, target));
    return 0;
  },
  openat2: (usual) => (kernel, process, args) =>
    kernel.string(process, args[1]) === "" ? -ENOENT : usual(kernel, process, args),
  move_mount: () => (_, process, [from, , to, , flags]) => {
    if ((int32(flags) & MOVE_MOUNT_F_EMPTY_PATH) === 0) return -ENOENT;
    const source = nodeOf(process, from);
    if (source) nodeOf(process, to)?.mount(source.type, source.real);
    return 0;
  },
  mount: (usual) => (kernel, process, args) => {
    const [source, target, type, flags] = args;
    const at = kernel.string(process, target);
    if (at === "/" && type !== 0n) {
      process.top = new Node("directory");
      return 0;
    }
    const node = targetOf(kernel, process, at);
    if (!node) return usual(kernel, process, args);
    if ((int32(flags) & MS_REMOUNT) !== 0) return 0;
    if ((int32(flags) & MS_BIND) !== 0) {
      const shown = targetOf(kernel, process, kernel.string(process, source));
      node.mount(shown?.type ?? "directory", shown?.real);
    } else {
      const isProc = kernel.string(process, type) === "proc";
      const proc = isProc ? opener(kernel)(fcntl.AT_FDCWD, "/proc") : undefined;
      node.mount("directory", proc?.fd);
    }
    return 0;
  },
  fchdir: (usual) => (kernel, process, args) => {
    process.folder = nodeOf(process, args[0]);
    const result = usual(kernel, process, args);
    if (process.folder && process.folder.real === undefined) {
      process.paths.changeDirectory(undefined);
    }
    return result;
  },
  chdir: (usual) => (kernel, process, args) => {
    process.folder = undefined;
    return usual(kernel, process, args);
  },
};

/** The calls, and before them those on simulated file systems. */
export function withTrees(calls: Calls): Calls {
  const all: Calls = { ...calls };
  for (const name of new Set([...Object.keys(OTHERS), ...Object.keys(BELOW)]) as Set<keyof Calls>) {
    const usual: Call = calls[name] ??
      ((kernel, process, args) => kernel.usual(process, name, args));
    const other = OTHERS[name]?.(usual) ?? usual;
    const below = BELOW[name];
    all[name] = (kernel, process, args) => {
      const node = below && nodeOf(process, args[0]);
      const path = node && kernel.string(process, args[1]);
      if (!below || !node || path === undefined || path.startsWith("/")) {
        return other(kernel, process, args);
      }
      return below(kernel, process, { node, path }, args);
    };
  }
  return all;
}
