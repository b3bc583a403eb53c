/** Calls about namespaces, ids and capabilities. */
import { CAP_SETGID, CAP_SYS_ADMIN } from "../../ffi/abi/capability.ts";
import { EBADF, EINVAL, ENOSPC, EPERM } from "../../ffi/abi/errno.ts";
import {
  PR_CAP_AMBIENT,
  PR_CAP_AMBIENT_RAISE,
  PR_CAPBSET_DROP,
  PR_CAPBSET_READ,
  PR_GET_DUMPABLE,
  PR_SET_SECCOMP,
  SUID_DUMP_USER,
} from "../../ffi/abi/prctl.ts";
import {
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
} from "../../ffi/abi/sched.ts";
import { STX } from "../../ffi/abi/statx.ts";
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { NS_GET_NSTYPE } from "../../ffi/abi/nsfs.ts";
import { decode, encode } from "../../ffi/bytes.ts";
import type { Memory } from "./memory.ts";
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

/** Whether a struct sock_fprog has instructions, of which the last returns. @see linux/filter.h */
function isFilter(memory: Memory, address: bigint): boolean {
  const [count, start] = [memory.read(address, 2), memory.read(address + 8n, 8)];
  if (count === 0n) return false;
  return (memory.read(start + 8n * (count - 1n), 2) & 7n) === BPF_RET;
}

/** The class of an instruction. @see linux/bpf_common.h */
const BPF_RET = 6n;

/** Whether a descriptor is of a namespace of one of these types, or of a process. */
function isJoinable(kernel: Kernel, process: Process, fd: number, flags: number): boolean {
  const real = kernel.real(process, fd);
  if (real === undefined || process.files.get(fd)?.process !== undefined) return true;
  const type = kernel.ask("ioctl", real, NS_GET_NSTYPE);
  if (type > 0) return flags === 0 || flags === type;
  const link = new Uint8Array(32);
  const length = kernel.ask(
    "readlinkat",
    AT_FDCWD,
    encode(`/proc/self/fd/${real}\0`),
    link,
    link.length,
  );
  return decode(link.subarray(0, Math.max(0, length))).includes("pidfd");
}

/** The last capability that the kernel has. */
function lastCapability(kernel: Kernel): number {
  return Number.parseInt(kernel.readText("/proc/sys/kernel/cap_last_cap"), 10) || 40;
}

/** The flags of new namespaces, by their names in /proc/self/ns. */
const FLAGS: ReadonlyMap<string, number> = new Map([
  ["cgroup", CLONE_NEWCGROUP],
  ["ipc", CLONE_NEWIPC],
  ["mnt", CLONE_NEWNS],
  ["net", CLONE_NEWNET],
  ["pid_for_children", CLONE_NEWPID],
  ["uts", CLONE_NEWUTS],
]);

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
    process.newNamespaces |= int32(flags);
    if ((int32(flags) & CLONE_NEWUSER) === 0) return 0;
    const { most } = process.userNamespace ?? {};
    if (most === 0) return -ENOSPC;
    process.isPrivileged = true;
    process.userNamespace = {
      isDenied: false,
      ...(most === undefined ? {} : { most: most - 1 }),
    };
    return 0;
  },
  setns: (kernel, process, [fd, flags]) => {
    if (!kernel.isOpen(process, int32(fd))) return -EBADF;
    if (!isJoinable(kernel, process, int32(fd), int32(flags))) return -EINVAL;
    return join(kernel, process, int32(fd), int32(flags));
  },
  statx: (kernel, process, args) => {
    const result = kernel.look(process, "statx", args);
    const folder = process.files.get(int32(args[0]))?.path;
    const name = kernel.string(process, args[1]);
    const flag = folder === "/proc/self/ns" ? FLAGS.get(name) ?? 0 : 0;
    if (result === 0 && (process.newNamespaces & flag) !== 0) {
      const inode = kernel.inode(`new ${name.replace("_for_children", "")} namespace`);
      process.interpreter.memory.write(args[4]! + BigInt(STX.ino), BigInt(inode), 8);
    }
    return result;
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
  prctl: (kernel, { interpreter: { memory } }, [operation, first, second]) => {
    const isKnown = (capability: bigint | undefined): boolean =>
      Number(capability) <= lastCapability(kernel);
    switch (int32(operation)) {
      case PR_GET_DUMPABLE:
        return SUID_DUMP_USER;
      case PR_CAPBSET_READ:
        return isKnown(first) ? 1 : -EINVAL;
      case PR_CAPBSET_DROP:
        return isKnown(first) ? 0 : -EINVAL;
      case PR_CAP_AMBIENT:
        return Number(first) !== PR_CAP_AMBIENT_RAISE || isKnown(second) ? 0 : -EINVAL;
      case PR_SET_SECCOMP:
        return isFilter(memory, second!) ? 0 : -EINVAL;
      default:
        return 0;
    }
  },
};
