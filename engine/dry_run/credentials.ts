/** Calls about namespaces, ids and capabilities. */
import { CAP_SETGID, CAP_SYS_ADMIN } from "../../ffi/abi/capability.ts";
import { EBADF, EINVAL, EPERM } from "../../ffi/abi/errno.ts";
import { PR_CAPBSET_READ, PR_GET_DUMPABLE, SUID_DUMP_USER } from "../../ffi/abi/prctl.ts";
import { CLONE_NEWNS, CLONE_NEWUSER } from "../../ffi/abi/sched.ts";
import type { Calls, Kernel } from "./kernel.ts";
import { CAPABILITY_BYTES, int32, type Process } from "./process.ts";

/** Whether setgroups(2) is denied in the user namespace of a process, given by its folder in /proc. */
function saysDeny(kernel: Kernel, folder: string): boolean {
  return kernel.readText(`${folder}/setgroups`).startsWith("deny");
}

/** setuid(2) and setgid(2): they fail for an id that a joined user namespace does not map. */
function setId(kernel: Kernel, { userNamespace }: Process, map: string, id: bigint): number {
  if (userNamespace?.folder === undefined) return 0;
  const ranges = kernel.readText(`${userNamespace.folder}/${map}`).trim().split("\n");
  const isMapped = ranges.some((line) => {
    const [inner, , count] = line.trim().split(/\s+/).map(Number);
    return inner !== undefined && count !== undefined && Number(id) >= inner &&
      Number(id) < inner + count;
  });
  return isMapped ? 0 : -EINVAL;
}

function join(kernel: Kernel, process: Process, fd: number, flags: number): number {
  const file = process.files.get(fd);
  const [, opened, type] = /^(.*\/proc\/[^/]+)\/ns\/([a-z]+)$/.exec(file?.path ?? "") ?? [];
  const of = opened ?? (file?.process === undefined ? undefined : `/proc/${file.process}`);
  const joins = (name: string, flag: number): boolean => type === name || (flags & flag) !== 0;
  if (joins("user", CLONE_NEWUSER)) {
    process.isPrivileged = true;
    process.userNamespace = {
      isDenied: false,
      ...(of === undefined ? {} : { folder: of }),
    };
  }
  // Plans try it without privilege, and again from the user namespace that owns it.
  if (!process.isPrivileged && !kernel.isCapable(CAP_SYS_ADMIN)) return -EPERM;
  if (joins("mnt", CLONE_NEWNS)) {
    process.paths.join(of === undefined ? undefined : `${of}/root`);
  }
  return 0;
}

/** The last capability that the kernel has. */
function lastCapability(kernel: Kernel): number {
  return Number.parseInt(kernel.readText("/proc/sys/kernel/cap_last_cap"), 10) || 40;
}

/** The calls. */
export const credentials: Calls = {
  setgroups: (kernel, process) => {
    const { userNamespace } = process;
    if (userNamespace) {
      const { isDenied, folder } = userNamespace;
      return isDenied || folder !== undefined && saysDeny(kernel, folder) ? -EPERM : 0;
    }
    return kernel.isCapable(CAP_SETGID) && !saysDeny(kernel, "/proc/self") ? 0 : -EPERM;
  },
  setuid: (kernel, process, [id]) => setId(kernel, process, "uid_map", id!),
  setgid: (kernel, process, [id]) => setId(kernel, process, "gid_map", id!),
  unshare: (_, process, [flags]) => {
    if ((int32(flags) & CLONE_NEWUSER) === 0) return 0;
    process.isPrivileged = true;
    process.userNamespace = { isDenied: false };
    return 0;
  },
  setns: (kernel, process, [fd, flags]) => {
    if (!kernel.isOpen(process, int32(fd))) return -EBADF;
    return join(kernel, process, int32(fd), int32(flags));
  },
  capget: (kernel, process, args) => {
    const { memory } = process.interpreter;
    if (process.capabilities || process.isPrivileged) {
      if (args[1] === 0n) return 0;
      const view = new DataView(new ArrayBuffer(CAPABILITY_BYTES));
      const all = (2n << BigInt(lastCapability(kernel))) - 1n;
      for (const set of [0, 4]) {
        view.setUint32(set, Number(all & 0xffff_ffffn), true);
        view.setUint32(set + 12, Number(all >> 32n), true);
      }
      memory.put(args[1]!, process.capabilities ?? new Uint8Array(view.buffer));
      return 0;
    }
    return kernel.look(process, "capget", args);
  },
  capset: (_, process, [, sets]) => {
    process.capabilities = process.interpreter.memory.bytes(sets!, CAPABILITY_BYTES).slice();
    return 0;
  },
  prctl: (kernel, _, [operation, value]) => {
    if (int32(operation) === PR_GET_DUMPABLE) return SUID_DUMP_USER;
    if (int32(operation) !== PR_CAPBSET_READ) return 0;
    return Number(value) <= lastCapability(kernel) ? 1 : -EINVAL;
  },
};
