/** Calls about mounts, roots and working directories, all simulated. */
import { EBADF, ENOTDIR } from "../../ffi/abi/errno.ts";
import * as fcntl from "../../ffi/abi/fcntl.ts";
import { MS_BIND, MS_MOVE, MS_REMOUNT } from "../../ffi/abi/mount.ts";
import { S_IFDIR, S_IFMT } from "../../ffi/abi/stat.ts";
import type { Calls } from "./kernel.ts";
import { int32 } from "./process.ts";

/** The calls. */
export const mounts: Calls = {
  chdir: (kernel, process, [path]) => {
    const text = kernel.string(process, path);
    const mode = kernel.mode(process, BigInt(fcntl.AT_FDCWD), text);
    if (mode !== undefined) {
      if (mode < 0) return mode;
      if ((mode & S_IFMT) !== S_IFDIR) return -ENOTDIR;
    }
    process.paths.changeDirectory(process.paths.locate(text).path);
    return 0;
  },
  fchdir: (kernel, process, [fd]) => {
    if (!kernel.isOpen(process, int32(fd))) return -EBADF;
    const real = kernel.real(process, int32(fd));
    process.paths.changeDirectory(real === undefined ? undefined : `/proc/self/fd/${real}`);
    return 0;
  },
  chroot: (kernel, process, [path]) => {
    const text = kernel.string(process, path);
    const mode = kernel.mode(process, BigInt(fcntl.AT_FDCWD), text);
    if (mode !== undefined && mode < 0) return mode;
    process.paths.changeRoot(text);
    return 0;
  },
  pivot_root: (kernel, process, [path]) => {
    process.paths.changeRoot(kernel.string(process, path));
    return 0;
  },
  mount: (kernel, process, [source, target, type, flags]) => {
    const at = kernel.string(process, target);
    const mode = kernel.mode(process, BigInt(fcntl.AT_FDCWD), at);
    if (mode !== undefined && mode < 0) return mode;
    const bits = int32(flags);
    if ((bits & (MS_BIND | MS_MOVE)) !== 0 && (bits & MS_REMOUNT) === 0) {
      const from = kernel.string(process, source);
      const seen = kernel.mode(process, BigInt(fcntl.AT_FDCWD), from);
      if (seen !== undefined && seen < 0) return seen;
      process.paths.mount(at, process.paths.locate(from).path, "");
    } else if (type !== 0n && (bits & MS_REMOUNT) === 0) {
      const name = kernel.string(process, type);
      process.paths.mount(at, name === "proc" ? "/proc" : undefined, name);
    }
    return 0;
  },
  umount2: (kernel, process, [path]) => {
    process.paths.unmount(kernel.string(process, path));
    return 0;
  },
};
