/** Flags of mount(2) and umount2(2). @see linux/mount.h, sys/mount.h */

/** Read-only. */
export const MS_RDONLY = 0x1;
/** Set-user-ID and set-group-ID bits and file capabilities do nothing. */
export const MS_NOSUID = 0x2;
/** Device files cannot be opened. */
export const MS_NODEV = 0x4;
/** Programs cannot be executed. */
export const MS_NOEXEC = 0x8;
/** Writes are on the disk when write(2) returns. */
export const MS_SYNCHRONOUS = 0x10;
/** Changes the flags and data of a mount that is there. */
export const MS_REMOUNT = 0x20;
/** Allows mandatory locks; nothing since Linux 5.15. */
export const MS_MANDLOCK = 0x40;
/** Changes of directories are on the disk when the call returns. */
export const MS_DIRSYNC = 0x80;
/** Symbolic links are not followed. Linux 5.10. */
export const MS_NOSYMFOLLOW = 0x100;
/** Access times are not kept. */
export const MS_NOATIME = 0x400;
/** Access times of directories are not kept. */
export const MS_NODIRATIME = 0x800;
/** Makes a tree visible at a second place. */
export const MS_BIND = 0x1000;
/** Moves a mount to another place. */
export const MS_MOVE = 0x2000;
/** With MS_BIND or a propagation: all mounts below, too. */
export const MS_REC = 0x4000;
/** Fewer kernel messages. */
export const MS_SILENT = 0x8000;
/** Propagation: private, and cannot be bound elsewhere. */
export const MS_UNBINDABLE = 0x20000;
/** Propagation: no mount event comes in or goes out. */
export const MS_PRIVATE = 0x40000;
/** Propagation: mount events come in, none goes out. */
export const MS_SLAVE = 0x80000;
/** Propagation: mount events come in and go out. */
export const MS_SHARED = 0x100000;
/** Access times are kept when they are older than the last change, or than a day. */
export const MS_RELATIME = 0x200000;
/** Access times are always kept. */
export const MS_STRICTATIME = 0x1000000;
/** Times are kept in memory until the inode is written anyway. */
export const MS_LAZYTIME = 0x2000000;

/** Ends requests that wait, where the file system can: NFS, FUSE. May lose data. */
export const MNT_FORCE = 1;
/** Gone from sight at once, and unmounted when it is no longer in use. */
export const MNT_DETACH = 2;
/** Unmounts at the second call, unless it was used in between; EAGAIN at the first. */
export const MNT_EXPIRE = 4;
/** The target is not followed if it is a symbolic link. */
export const UMOUNT_NOFOLLOW = 8;

/** Flags of open_tree(2): a copy of the mount, to be put elsewhere; closed on exec; with all below. @see linux/mount.h */
export const OPEN_TREE_CLONE = 1;
export const OPEN_TREE_CLOEXEC = 0o2000000;
export const AT_RECURSIVE = 0x8000;

/** Flags of move_mount(2). */
export const MOVE_MOUNT_F_SYMLINKS = 1;
export const MOVE_MOUNT_F_AUTOMOUNTS = 2;
export const MOVE_MOUNT_F_EMPTY_PATH = 4;
export const MOVE_MOUNT_T_SYMLINKS = 0x10;
export const MOVE_MOUNT_T_AUTOMOUNTS = 0x20;
export const MOVE_MOUNT_T_EMPTY_PATH = 0x40;

/** What fsopen(2), fsconfig(2) and fsmount(2) take. */
export const FSOPEN_CLOEXEC = 1;
export const FSCONFIG_SET_FLAG = 0;
export const FSCONFIG_SET_STRING = 1;
export const FSCONFIG_SET_BINARY = 2;
export const FSCONFIG_SET_PATH = 3;
export const FSCONFIG_SET_PATH_EMPTY = 4;
export const FSCONFIG_SET_FD = 5;
export const FSCONFIG_CMD_CREATE = 6;
export const FSCONFIG_CMD_RECONFIGURE = 7;
export const FSMOUNT_CLOEXEC = 1;

/** Attributes of fsmount(2) and mount_setattr(2). */
export const MOUNT_ATTR_RDONLY = 1;
export const MOUNT_ATTR_NOSUID = 2;
export const MOUNT_ATTR_NODEV = 4;
export const MOUNT_ATTR_NOEXEC = 8;
export const MOUNT_ATTR_NOATIME = 0x10;
export const MOUNT_ATTR_STRICTATIME = 0x20;
export const MOUNT_ATTR_NODIRATIME = 0x80;
export const MOUNT_ATTR_IDMAP = 0x100000;
export const MOUNT_ATTR_NOSYMFOLLOW = 0x200000;
