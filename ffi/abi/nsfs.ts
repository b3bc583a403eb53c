/** ioctls of namespace files. @see ioctl_nsfs(2), linux/nsfs.h */

/** A descriptor of the user namespace that owns this one. Linux 4.9. */
export const NS_GET_USERNS = 0xb701;
/** A descriptor of the parent namespace: of pid and user namespaces. Linux 4.9. */
export const NS_GET_PARENT = 0xb702;
/** The CLONE_NEW* flag of the namespace's type. Linux 4.11. */
export const NS_GET_NSTYPE = 0xb703;
/** The uid of who made a user namespace, as the caller sees it. Linux 4.11. */
export const NS_GET_OWNER_UID = 0xb704;
/** The thread that has this PID in the file's PID namespace, as the caller numbers it. Linux 6.11. */
export const NS_GET_PID_FROM_PIDNS = 0x8004b706;
/** The same for a process. Linux 6.11. */
export const NS_GET_TGID_FROM_PIDNS = 0x8004b707;
/** The PID that the caller's thread of this number has in the file's PID namespace. Linux 6.11. */
export const NS_GET_PID_IN_PIDNS = 0x8004b708;
/** The same for a process. Linux 6.11. */
export const NS_GET_TGID_IN_PIDNS = 0x8004b709;

/** The type of the file handle of a namespace: what FILEID_NSFS is. @see exportfs.h */
export const FILEID_NSFS = 0xf1;
