/** Control groups. @see cgroups(7), linux/magic.h */

/** What statfs(2) gives as f_type of the second version's file system. */
export const CGROUP2_SUPER_MAGIC = 0x63677270;
