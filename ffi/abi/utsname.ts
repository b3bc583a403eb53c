/** The names of a UTS namespace. @see linux/utsname.h */

/** The most bytes of a host name or domain name, without the NUL. @see sethostname(2) */
export const __NEW_UTS_LEN = 64;
