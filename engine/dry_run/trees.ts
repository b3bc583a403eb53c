/** Calls on file systems that are simulated. Whatever is in none is left to the calls of others. */
import { EACCES, EEXIST, EINVAL, ENOENT, ENOTDIR } from "../../ffi/abi/errno.ts";
import { CAP_DAC_OVERRIDE } from "../../ffi/abi/capability.ts";
import * as fcntl from "../../ffi/abi/fcntl.ts";
import {
  MOUNT_ATTR_RDONLY,
  MOVE_MOUNT_F_EMPTY_PATH,
  MS_BIND,
  MS_RDONLY,
  MS_REMOUNT,
} from "../../ffi/abi/mount.ts";
import { X_OK } from "../../ffi/abi/stat.ts";
import { encode } from "../../ffi/bytes.ts";
import { BELOW, clone, isEmptyAllowed, mayMake } from "./below.ts";
import type { Call, Calls, Kernel } from "./kernel.ts";
import { int32, type Process } from "./process.ts";
import { isOpenByMode, opener, see } from "./real_files.ts";
import { Node, type Way } from "./tree.ts";

/** The node of a descriptor. */
const nodeOf = (process: Process, fd: bigint | undefined): Node | undefined =>
  process.files.get(int32(fd))?.node;

/** The directory that a target of mount(2) is, where it is in a simulated file system. */
function targetOf(kernel: Kernel, process: Process, target: string): Node | number | undefined {
  const [, fd] = /^fd\/(\d+)$/.exec(target) ?? [];
  if (fd !== undefined) return nodeOf(process, BigInt(fd));
  return kernel.find(process, BigInt(fcntl.AT_FDCWD), target);
}

/** Goes to a directory of a simulated file system. */
function enter(kernel: Kernel, process: Process, found: Node): number {
  if (found.type !== "directory") return -ENOTDIR;
  if (found.real !== undefined) {
    const path = encode(`/proc/self/fd/${found.real}\0`);
    const refused = kernel.ask("faccessat", fcntl.AT_FDCWD, path, X_OK);
    if (refused < 0) return refused;
    // This process was asked, which may override what that one obeys.
    const isOther = process.obeysModes && kernel.isCapable(CAP_DAC_OVERRIDE);
    if (isOther && !isOpenByMode(kernel, found.real)) return -EACCES;
  }
  process.folder = found;
  return 0;
}

/** Calls that need more than a node and a path. */
const OTHERS: Readonly<Partial<Record<keyof Calls, (usual: Call) => Call>>> = {
  openat: (usual) => (kernel, process, args) =>
    process.top && kernel.string(process, args[1]) === "/.."
      ? kernel.open(process, { node: process.top })
      : usual(kernel, process, args),
  open_tree: (usual) => (kernel, process, args) => {
    const path = kernel.string(process, args[1]);
    if (path === "") return isEmptyAllowed(args[2]) ? usual(kernel, process, args) : -ENOENT;
    const place = kernel.place(process, args[0], path);
    if (typeof place === "number") return place;
    if (!place) return kernel.open(process, {});
    const flags = fcntl.O_PATH | fcntl.O_CLOEXEC;
    const at = encode(`${place.path}\0`);
    const real = kernel.keep(kernel.ask("openat", place.fd, at, flags, 0));
    if (real < 0) return real;
    return clone(kernel, process, new Node(see(kernel, real).type, undefined, { real }));
  },
  symlinkat: () => (kernel, process, [target, folder, name]) => {
    const node = nodeOf(process, folder);
    const last = kernel.string(process, name);
    if (!node) return 0;
    if (node.get(last, opener(kernel))) return -EEXIST;
    const refused = mayMake(kernel, node);
    if (refused < 0) return refused;
    node.make(last, "link", kernel.string(process, target));
    return 0;
  },
  openat2: (usual) => (kernel, process, args) =>
    kernel.string(process, args[1]) === "" ? -ENOENT : usual(kernel, process, args),
  move_mount: () => (_, process, [from, , to, , flags]) => {
    if ((int32(flags) & MOVE_MOUNT_F_EMPTY_PATH) === 0) return -ENOENT;
    const [source, target] = [nodeOf(process, from), nodeOf(process, to)];
    if (!source || !target) return 0;
    if ((source.type === "directory") !== (target.type === "directory")) return -EINVAL;
    target.mount(source);
    return 0;
  },
  mount_setattr: () => (_, process, [fd, , flags, attributes]) => {
    const node = nodeOf(process, fd);
    if (!node || !isEmptyAllowed(flags)) return 0;
    if (!node.isMount) return -EINVAL;
    const set = process.interpreter.memory.read(attributes!, 8);
    if ((set & BigInt(MOUNT_ATTR_RDONLY)) !== 0n) node.makeReadOnly();
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
    if (typeof node === "number") return node;
    if (!node) return usual(kernel, process, args);
    const bits = int32(flags);
    if ((bits & MS_REMOUNT) !== 0) {
      if ((bits & MS_RDONLY) !== 0) node.makeReadOnly();
    } else if ((bits & MS_BIND) !== 0) {
      const shown = targetOf(kernel, process, kernel.string(process, source));
      if (typeof shown === "number") return shown;
      node.mount(shown ?? new Node("directory"));
    } else {
      const isProc = kernel.string(process, type) === "proc";
      const proc = isProc ? opener(kernel)(fcntl.AT_FDCWD, "/proc") : undefined;
      node.mount(new Node("directory", undefined, proc && { real: proc.fd }));
    }
    return 0;
  },
  pivot_root: (usual) => (kernel, process, args) => {
    process.root = process.folder;
    return usual(kernel, process, args);
  },
  chroot: (usual) => (kernel, process, args) => {
    const found = kernel.find(process, BigInt(fcntl.AT_FDCWD), kernel.string(process, args[0]));
    if (typeof found === "number") return found;
    process.root = found;
    return found ? 0 : usual(kernel, process, args);
  },
  fchdir: (usual) => (kernel, process, args) => {
    const node = nodeOf(process, args[0]);
    const refused = node ? enter(kernel, process, node) : 0;
    if (refused < 0) return refused;
    process.folder = node;
    const result = usual(kernel, process, args);
    if (process.folder && process.folder.real === undefined) {
      process.paths.changeDirectory(undefined);
    }
    return result;
  },
  chdir: (usual) => (kernel, process, args) => {
    const found = kernel.find(process, BigInt(fcntl.AT_FDCWD), kernel.string(process, args[0]));
    if (typeof found === "number") return found;
    return found ? enter(kernel, process, found) : usual(kernel, process, args);
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
      if (!below) return other(kernel, process, args);
      const [dirfd, path = ""] = [args[0], kernel.string(process, args[1])];
      const node = kernel.start(process, dirfd, path);
      if (!node) return other(kernel, process, args);
      const find = (way?: Way) => kernel.find(process, dirfd, path, way)!;
      return below(kernel, process, { node, path, find }, args);
    };
  }
  return all;
}
