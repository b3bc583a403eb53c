/** Files' types and mounts' flags. @see inode(7), access(2), statfs(2) */

/** The part of a mode that is the type. */
export const S_IFMT = 0xf000;
export const S_IFDIR = 0x4000;
export const S_IFREG = 0x8000;
export const S_IFBLK = 0x6000;
export const S_IFCHR = 0x2000;
export const S_IFLNK = 0xa000;

/** May it be executed? */
export const X_OK = 1;
/** Is it there? */
export const F_OK = 0;
/** May it be written to? */
export const W_OK = 2;

/** Of struct statfs, on 64-bit architectures. @see asm-generic/statfs.h */
export const STATFS = { type: 0, flags: 80, bytes: 128 } as const;

/** The types of a proc, and of a binfmt_misc. @see linux/magic.h */
export const PROC_SUPER_MAGIC = 0x9fa0;
export const BINFMTFS_MAGIC = 0x42494e4d;

/** In its flags: programs of this mount are not executed. */
export const ST_NOEXEC = 8;
/** Those of the lowest bits and of access times that mount(2) has too, with the same numbers. */
export const ST_AS_MOUNT = 0xc0f;
/** Those that mount(2) has with other numbers. @see linux/statfs.h */
export const ST_RELATIME = 0x1000;
export const ST_NOSYMFOLLOW = 0x2000;
