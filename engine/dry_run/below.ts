/** Calls on paths in simulated file systems. */
import { EEXIST, EINVAL, EISDIR, ELOOP, ENOENT, ENOTDIR, EROFS } from "../../ffi/abi/errno.ts";
import * as fcntl from "../../ffi/abi/fcntl.ts";
import { S_IFDIR, S_IFREG, W_OK } from "../../ffi/abi/stat.ts";
import { STATX_BASIC_STATS, STATX_MNT_ID, STX } from "../../ffi/abi/statx.ts";
import { encode } from "../../ffi/bytes.ts";
import type { Calls, Kernel } from "./kernel.ts";
import { int32, type Process } from "./process.ts";
import { see } from "./real_files.ts";
import { MODES, Node, type Way } from "./tree.ts";

/** A new descriptor of a node, which is opened to be read where it is real. */
function open(kernel: Kernel, process: Process, node: Node, flags: number, asked = ""): number {
  const { real } = node;
  if (real === undefined) return kernel.open(process, { node });
  const { format } = see(kernel, real);
  const isRead = (flags & (fcntl.O_PATH | O_WRITES)) === 0 &&
    (format === S_IFREG || format === S_IFDIR);
  if (!isRead) return kernel.open(process, { node, real, asked });
  const path = encode(`/proc/self/fd/${real}\0`);
  const read = fcntl.O_RDONLY | fcntl.O_CLOEXEC | fcntl.O_NONBLOCK;
  const opened = kernel.keep(kernel.ask("openat", fcntl.AT_FDCWD, path, read, 0));
  return opened < 0 ? opened : kernel.open(process, { node, real: opened });
}

const O_WRITES = fcntl.O_WRONLY | fcntl.O_RDWR;

/** Whether a name can be made in a directory: 0 or -errno. */
export function mayMake(kernel: Kernel, { type, isReadOnly, real }: Node): number {
  if (type !== "directory") return -ENOTDIR;
  if (isReadOnly) return -EROFS;
  if (real === undefined) return 0;
  return kernel.ask("faccessat", fcntl.AT_FDCWD, encode(`/proc/self/fd/${real}\0`), W_OK);
}

/** Whether an empty path is the descriptor itself. */
export const isEmptyAllowed = (flags: bigint | undefined): boolean =>
  (int32(flags) & fcntl.AT_EMPTY_PATH) !== 0;

/** A call on a path that begins at a node. */
type CallBelow = (
  kernel: Kernel,
  process: Process,
  below: {
    readonly node: Node;
    readonly path: string;
    /** What the path leads to, or -errno. @param way Default: all links are followed. */
    find(way?: Way): Node | number;
  },
  args: readonly bigint[],
) => number;

/** Calls whose first two arguments are a directory and a path. */
export const BELOW: Readonly<Partial<Record<keyof Calls, CallBelow>>> = {
  openat(kernel, process, { node, path, find }, [, , bits]) {
    const flags = int32(bits);
    const [creates, writes] = [flags & fcntl.O_CREAT, flags & O_WRITES];
    const found = find({ followsLast: (flags & fcntl.O_NOFOLLOW) === 0 });
    if (typeof found === "number") {
      if (found !== -ENOENT || !creates) return found;
      const refused = mayMake(kernel, node);
      return refused || open(kernel, process, node.make(path, "file"), flags);
    }
    if (creates && (flags & fcntl.O_EXCL) !== 0) return -EEXIST;
    if ((flags & fcntl.O_PATH) === 0) {
      if (found.type === "link") return -ELOOP;
      if (found.type === "directory" && (creates || writes)) return -EISDIR;
      if (writes && found.isReadOnly) return -EROFS;
    }
    return open(kernel, process, found, flags, path);
  },
  openat2(kernel, process, { node, find }, [, , how]) {
    const { memory } = process.interpreter;
    const [flags, resolve] = [memory.read(how!, 8), Number(memory.read(how! + 16n, 8))];
    const found = find({
      followsNone: (resolve & fcntl.RESOLVE_NO_SYMLINKS) !== 0,
      ...(resolve & fcntl.RESOLVE_IN_ROOT) !== 0 && { root: node },
    });
    return typeof found === "number" ? found : open(kernel, process, found, Number(flags));
  },
  open_tree(kernel, process, { find }) {
    const found = find();
    return typeof found === "number" ? found : clone(kernel, process, found);
  },
  mkdirat(kernel, _, { node, path, find }) {
    if (typeof find({ followsLast: false }) !== "number") return -EEXIST;
    const refused = mayMake(kernel, node);
    if (refused < 0) return refused;
    node.make(path, "directory");
    return 0;
  },
  unlinkat(_, __, { node, path }) {
    node.remove(path);
    return 0;
  },
  faccessat(kernel, _, { find }, [, , mode]) {
    const found = find();
    if (typeof found === "number") return found;
    if ((int32(mode) & W_OK) !== 0 && found.isReadOnly) return -EROFS;
    if (found.real === undefined) return 0;
    const at = encode(`/proc/self/fd/${found.real}\0`);
    return kernel.ask("faccessat", fcntl.AT_FDCWD, at, int32(mode));
  },
  readlinkat(_, process, { node, path, find }, [, , address, room]) {
    const found = path === "" ? node : find({ followsLast: false });
    if (typeof found === "number") return found;
    if (found.type !== "link") return path === "" ? -ENOENT : -EINVAL;
    const target = encode(found.target).subarray(0, Number(room));
    process.interpreter.memory.put(address!, target);
    return target.length;
  },
  statx(kernel, process, { node, path, find }, [, , flags, , address]) {
    const followsLast = (int32(flags) & fcntl.AT_SYMLINK_NOFOLLOW) === 0;
    const found = path === "" && isEmptyAllowed(flags) ? node : find({ followsLast });
    if (typeof found === "number") return found;
    const status = new Uint8Array(STX.bytes);
    const { type, real } = found;
    if (real !== undefined) {
      const all = STATX_BASIC_STATS | STATX_MNT_ID;
      const result = kernel.ask("statx", real, encode("\0"), fcntl.AT_EMPTY_PATH, all, status);
      if (result < 0) return result;
    } else new DataView(status.buffer).setUint16(STX.mode, MODES[type], true);
    process.interpreter.memory.put(address!, status);
    return 0;
  },
};

/** A mount of its own that shows what a node is. */
export function clone(kernel: Kernel, process: Process, { type, real, isReadOnly }: Node): number {
  const root = new Node(type, undefined, {
    isMount: true,
    ...(real === undefined ? {} : { real }),
  });
  if (isReadOnly) root.makeReadOnly();
  return kernel.open(process, { node: root, ...(real === undefined ? {} : { real }) });
}
