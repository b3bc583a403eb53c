/** Capability numbers and the header version of capget(2). @see linux/capability.h */

export const CAP_SETUID = 7;
export const CAP_SYS_ADMIN = 21;
export const CAP_SETFCAP = 31;

/** Capabilities are numbered from 0 to below this in every kernel so far; sets are 64 bits wide. */
export const CAP_LIMIT = 64;

export const _LINUX_CAPABILITY_VERSION_3 = 0x20080522;
