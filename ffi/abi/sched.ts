/** `CLONE_*`: what clone(2), unshare(2) and setns(2) share or renew. @see linux/sched.h */

/** A new time namespace for children: offsets of the monotonic and boot clocks. Linux 5.6. */
export const CLONE_NEWTIME = 0x00000080;
/** Memory is shared. */
export const CLONE_VM = 0x00000100;
/** Root, working directory and umask: shared by clone(2), separated by unshare(2). */
export const CLONE_FS = 0x00000200;
/** Descriptors: shared by clone(2), separated by unshare(2). */
export const CLONE_FILES = 0x00000400;
/** Gives a pidfd of the child. Linux 5.2. */
export const CLONE_PIDFD = 0x00001000;
/** The parent waits until the child has executed or exited. */
export const CLONE_VFORK = 0x00004000;
/** The child's parent is the caller's. */
export const CLONE_PARENT = 0x00008000;
/** A new mount namespace. */
export const CLONE_NEWNS = 0x00020000;
/** System V semaphore adjustments: shared by clone(2), separated by unshare(2). */
export const CLONE_SYSVSEM = 0x00040000;
/** A new cgroup namespace. Linux 4.6. */
export const CLONE_NEWCGROUP = 0x02000000;
/** A new UTS namespace: host and NIS domain name. */
export const CLONE_NEWUTS = 0x04000000;
/** A new IPC namespace: System V IPC and POSIX message queues. */
export const CLONE_NEWIPC = 0x08000000;
/** A new user namespace: ids and capabilities. */
export const CLONE_NEWUSER = 0x10000000;
/** A new PID namespace, of children with unshare(2). */
export const CLONE_NEWPID = 0x20000000;
/** A new network namespace. */
export const CLONE_NEWNET = 0x40000000;
/** Of clone3(2): into the cgroup whose descriptor it is given. Linux 5.7. */
export const CLONE_INTO_CGROUP = 0x200000000;
