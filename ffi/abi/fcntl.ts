/** Flags of open(2) and its relatives. @see linux/fcntl.h, asm-generic/fcntl.h */

export const AT_FDCWD = -100;
export const AT_EMPTY_PATH = 0x1000;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_REMOVEDIR = 0x200;
export const AT_NO_AUTOMOUNT = 0x800;
/** statx(2) takes what is known, and asks no other machine and no daemon. */
export const AT_STATX_DONT_SYNC = 0x4000;

export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_NOCTTY = 0o400;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
export const O_ASYNC = 0o20000;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;
export const __O_TMPFILE = 0o20000000;
/** Has another number on aarch64. Both are given: each is O_LARGEFILE on the other, which is set anyway. */
export const O_NOFOLLOW = 0o500000;
/** Has O_DIRECTORY in it, which is another bit there. @see arch/arm64/include/uapi/asm/fcntl.h */
export const O_TMPFILE = {
  x86_64: 0o20200000,
  aarch64: 0o20040000,
} as const;

export const MFD_CLOEXEC = 1;
export const MFD_ALLOW_SEALING = 2;
export const MFD_EXEC = 0x10;

export const F_DUPFD = 0;
export const F_GETFD = 1;
export const F_SETFD = 2;
export const F_GETFL = 3;
/** The bits of its answer that are O_RDONLY, O_WRONLY or O_RDWR. */
export const O_ACCMODE = 3;
export const F_SETFL = 4;
export const F_SETLK = 6;
export const F_RDLCK = 0;
export const F_WRLCK = 1;
export const F_UNLCK = 2;
export const F_SETOWN = 8;
export const F_GETOWN = 9;
export const F_SETSIG = 10;
export const F_DUPFD_CLOEXEC = 1030;
export const FD_CLOEXEC = 1;
export const F_ADD_SEALS = 1033;
export const F_GET_SEALS = 1034;
export const F_SEAL_SEAL = 1;
export const F_SEAL_SHRINK = 2;
export const F_SEAL_GROW = 4;
export const F_SEAL_WRITE = 8;

/** How openat2(2) goes through a path. @see linux/openat2.h */
export const RESOLVE_NO_XDEV = 1;
export const RESOLVE_NO_MAGICLINKS = 2;
export const RESOLVE_NO_SYMLINKS = 4;
export const RESOLVE_BENEATH = 8;
export const RESOLVE_IN_ROOT = 0x10;

/** @see close_range(2) */
export const CLOSE_RANGE_UNSHARE = 2;
export const CLOSE_RANGE_CLOEXEC = 4;

/** Where lseek(2) counts from. @see linux/fs.h */
export const SEEK_SET = 0;
export const SEEK_CUR = 1;
export const SEEK_END = 2;
