/** Operations of prctl(2). @see linux/prctl.h */

export const PR_SET_PDEATHSIG = 1;
export const PR_GET_DUMPABLE = 3;
export const PR_SET_DUMPABLE = 4;
/** Values of PR_SET_DUMPABLE. @see linux/sched/coredump.h */
export const SUID_DUMP_DISABLE = 0;
export const SUID_DUMP_USER = 1;
export const PR_SET_NAME = 15;
export const PR_SET_SECCOMP = 22;
export const SECCOMP_MODE_FILTER = 2;
export const PR_SET_CHILD_SUBREAPER = 36;
export const PR_SET_NO_NEW_PRIVS = 38;
export const PR_CAP_AMBIENT = 47;
export const PR_CAP_AMBIENT_RAISE = 2;
