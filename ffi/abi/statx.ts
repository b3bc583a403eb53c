/** What statx(2) is asked for, and where in struct statx it is: the same on every architecture. @see linux/stat.h */

export const STATX_TYPE = 1;
export const STATX_MODE = 2;
export const STATX_NLINK = 4;
export const STATX_UID = 0x08;
export const STATX_GID = 0x10;
export const STATX_INO = 0x100;
export const STATX_BASIC_STATS = 0x7ff;
export const STATX_MNT_ID = 0x1000;
/** Among the attributes: something is mounted just there. Since Linux 5.8. */
export const STATX_ATTR_MOUNT_ROOT = 0x2000;

/** Offsets, and the size of it all. */
export const STX = {
  mask: 0,
  attributes: 8,
  nlink: 16,
  uid: 20,
  gid: 24,
  mode: 28,
  ino: 32,
  rdev_major: 128,
  rdev_minor: 132,
  dev_major: 136,
  dev_minor: 140,
  mnt_id: 144,
  bytes: 256,
} as const;
