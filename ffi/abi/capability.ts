/** Capability numbers and the header version of capget(2). @see linux/capability.h */

export const CAP_DAC_OVERRIDE = 1;
export const CAP_DAC_READ_SEARCH = 2;
export const CAP_SETGID = 6;
export const CAP_SETUID = 7;
export const CAP_SETPCAP = 8;
export const CAP_SYS_CHROOT = 18;
export const CAP_SYS_PTRACE = 19;
export const CAP_SYS_ADMIN = 21;
export const CAP_SYS_RESOURCE = 24;
export const CAP_SETFCAP = 31;

/** Capabilities are numbered from 0 to below this in every kernel so far; sets are 64 bits wide. */
export const CAP_LIMIT = 64;

export const _LINUX_CAPABILITY_VERSION_3 = 0x20080522;

/** struct __user_cap_header_struct { u32 version; int pid; }: this process. */
export function capabilityHeader(): Uint8Array {
  const header = new DataView(new ArrayBuffer(8));
  header.setUint32(0, _LINUX_CAPABILITY_VERSION_3, true);
  return new Uint8Array(header.buffer);
}
