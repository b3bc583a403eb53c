/** Why an operation on a new root is refused. */
import { CAP_SYS_CHROOT } from "../../ffi/abi/capability.ts";
import {
  EACCES,
  EBUSY,
  EINVAL,
  ELOOP,
  ENODEV,
  ENOENT,
  EOVERFLOW,
  EPERM,
  EROFS,
} from "../../ffi/abi/errno.ts";
import { type Hint, type RuntimeValue, words } from "../../engine/failure.ts";
import { lacksCapability } from "../../engine/looks.ts";
import { CONFINED, filtered, forRoot, withCapability } from "../causes.ts";
import { mountHints } from "../mounts/hints.ts";
import { usedUpHints } from "../namespaces/hints.ts";
import { option, ROOT_INSIDE } from "../option.ts";

/** The file system that the new root begins with. */
export const baseHints = (): readonly Hint[] => [
  {
    errno: [EOVERFLOW],
    why: "the user namespace maps no id, and files must be somebody's",
    remedy: words`add ${ROOT_INSIDE}`,
  },
  ...mountHints("tmpfs"),
];

/** chroot(2) to look for sources. */
export const outsideHints = (): readonly Hint[] =>
  forRoot({
    errno: [EPERM],
    look: [lacksCapability(CAP_SYS_CHROOT)],
    why: "chroot needs CAP_SYS_CHROOT",
  }, { root: withCapability(CAP_SYS_CHROOT), others: words`add ${ROOT_INSIDE}, or run as root` });

/** A source. @param path Its path. */
export const sourceHints = (path: RuntimeValue): readonly Hint[] => [
  {
    errno: [ENOENT],
    why: "there is no such file outside",
    remedy: words`look for it: namei -l ${path}`,
  },
  {
    errno: [EACCES],
    why: "a directory on the way may not be searched by who starts this",
    remedy: words`look at the way: namei -l ${path}`,
  },
  // What is open and not yet mounted anywhere counts as a mount namespace.
  ...usedUpHints(),
];

/** A mount point, or something else that is missing. */
export const makeHints = (): readonly Hint[] => [
  {
    errno: [EROFS, EACCES, EPERM],
    why: "what is mounted there takes no new files, and the destination must exist then",
    remedy: "make it outside, or do this operation before the one that mounts what is above it",
  },
];

/** A symbolic link as destination. */
export const LINK_HINT: Hint = {
  why: "it is a symbolic link, and whoever made it would choose what is worked on",
  remedy: "name what it leads to",
};

/** A file on a directory, or the other way. */
export const KIND_HINT: Hint = {
  why: "a directory can be mounted only on a directory, and a file only on a file",
  remedy: "give a destination of the same kind, or one that does not exist",
};

/** Mounting on the destination. */
export const attachHints = (): readonly Hint[] => [
  filtered("mount"),
  CONFINED,
];

/** Making a mount read-only. */
export const readOnlyHints = (): readonly Hint[] => [
  {
    errno: [EINVAL],
    why: "nothing is mounted there, and only a whole mount is read-only or not",
    remedy: "bind it to itself first",
  },
  {
    errno: [EBUSY],
    why: "a file of it is open for writing",
    remedy: "look for it: fuser -vm PATH",
  },
];

/** devpts. @see mknod_ptmx() in fs/devpts/inode.c, of older kernels */
export const devptsHints = (): readonly Hint[] => [
  {
    errno: [EINVAL],
    why: "terminals belong to id 0, which the user namespace does not map",
    remedy: words`add ${ROOT_INSIDE}`,
  },
  ...mountHints("devpts"),
];

/** A mqueue. @see mqueue_init_fs_context() in ipc/mqueue.c */
export const mqueueHints = (): readonly Hint[] => [
  {
    errno: [EPERM],
    why: "queues are of an IPC namespace, and the user namespace owns none",
    remedy: words`add ${option("namespaces.ipc")}`,
  },
  ...mountHints("mqueue"),
];

/** An overlay. @see https://docs.kernel.org/filesystems/overlayfs.html */
export const overlayHints = (): readonly Hint[] => [
  {
    errno: [ELOOP],
    why: "directories of an overlay may not be in each other",
    remedy: "give directories none of which is in another",
  },
  {
    errno: [EINVAL],
    why: "upper and work directory must be on one file system that takes extended attributes, " +
      "and in a user namespace no source may have mounts of outside below it",
    remedy: "look, as root of the machine: dmesg | grep overlayfs",
  },
  {
    errno: [ENODEV],
    why: "this kernel has no overlay, or has not loaded it",
    remedy: "modprobe overlay, as root of the machine",
  },
  ...mountHints(),
];
