/** Hints for probes of what no launch does. */
import {
  EACCES,
  EBUSY,
  EINVAL,
  ENODEV,
  ENOSYS,
  EOPNOTSUPP,
  EPERM,
  EROFS,
} from "../../ffi/abi/errno.ts";
import { absent, starts } from "../../engine/looks.ts";
import { APPARMOR, CONFINED, filtered, REFUSED } from "../causes.ts";
import { mountHints } from "../mounts/hints.ts";
import type { Hint } from "../../engine/failure.ts";

/** A new sysfs: the kernel allows it only where a whole one is mounted already. @see mount_too_revealing() */
export const SYSFS_HINTS: readonly Hint[] = [
  filtered("mount"),
  CONFINED,
  {
    errno: [EPERM],
    look: [absent("/sys/kernel")],
    why: "no sysfs is mounted on /sys, and only who sees a whole one may mount another",
    remedy: "mount -t sysfs sysfs /sys, outside",
  },
  {
    errno: [EPERM],
    why: "parts of /sys are covered by other mounts, or it is read-only, as in containers, and a " +
      "new sysfs would not be",
    remedy: "bind the old one instead: mount --rbind /sys DIR",
  },
];

/** Kernels that allow no overlay in a user namespace: those before 5.11. */
const BEFORE_OVERLAY = ["4.", ...Array.from({ length: 11 }, (_, i) => `5.${i}.`)];

/** An overlay. */
export const OVERLAY_HINTS: readonly Hint[] = [
  ...BEFORE_OVERLAY.map((release): Hint => ({
    errno: [EPERM],
    look: [starts("/proc/sys/kernel/osrelease", release)],
    why: "overlay may be mounted in user namespaces only since Linux 5.11",
    remedy: "mount it outside of a user namespace, or use fuse-overlayfs",
  })),
  {
    errno: [EINVAL],
    why:
      "this kernel's overlay does not know the option userxattr (since Linux 5.11), or takes no " +
      "tmpfs as its upper layer",
    remedy: "look for the reason: dmesg",
  },
  ...mountHints("overlay"),
];

/** memfd_create(2) and execveat(2) of what it made. */
export const MEMFD_HINTS: readonly Hint[] = [
  {
    errno: [EACCES],
    look: [starts("/proc/sys/vm/memfd_noexec", "2")],
    why: "vm.memfd_noexec is 2 in this PID namespace: nothing in memory alone is executed",
    remedy: "sysctl vm.memfd_noexec=1; nido writes launchers to unnamed files instead",
  },
  {
    errno: [ENOSYS],
    why: "this kernel, or a seccomp filter, has no such call",
    remedy: "none is needed: nido writes launchers to unnamed files instead",
  },
  {
    errno: REFUSED,
    why: "a security module or seccomp filter allows no execution of what has no file",
    remedy: "none is needed: nido writes launchers to unnamed files instead",
  },
];

/** A file without a name, executed. */
export const UNNAMED_HINTS: readonly Hint[] = [{
  why: "none of /tmp, /var/tmp, /dev/shm, /run and the working directory takes an unnamed file " +
    "(O_TMPFILE) that may be executed: they are read-only, full, or mounted noexec",
  remedy: "mount -o remount,exec /tmp",
}];

/** setns(2) into the namespaces of a child. */
export const ENTER_HINTS: readonly Hint[] = [
  CONFINED,
  APPARMOR,
  {
    errno: [EPERM],
    look: [starts("/proc/sys/kernel/yama/ptrace_scope", "3")],
    why: "kernel.yama.ptrace_scope is 3",
    remedy: "sysctl kernel.yama.ptrace_scope=1, after a restart",
  },
];

/** A new cgroup below the caller's, and a process in it. @see cgroups(7) */
export function cgroupHints(folder: string): readonly Hint[] {
  return [
    {
      errno: [EROFS],
      why: "the cgroup file system is mounted read-only here, as in containers",
      remedy:
        "mount it writable outside: docker --security-opt writable-cgroups=true (since 28), " +
        "podman --security-opt unmask=/sys/fs/cgroup",
    },
    {
      errno: REFUSED,
      why: `${folder} is not delegated to this user`,
      remedy: "start it in a cgroup that is: systemd-run --user --scope -p Delegate=yes COMMAND",
    },
    {
      errno: [EBUSY, EOPNOTSUPP, ENODEV],
      why: `${folder} is in use as a cgroup that can have no such child: it is threaded, or its ` +
        "controllers are for its processes",
      remedy: "start it in a cgroup of its own: systemd-run --user --scope -p Delegate=yes COMMAND",
    },
  ];
}
