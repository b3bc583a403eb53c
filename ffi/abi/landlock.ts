/** Rules of what a process may reach. @see landlock(7), linux/landlock.h */
export const LANDLOCK_CREATE_RULESET_VERSION = 1;
export const LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET = 1;
export const LANDLOCK_RULE_PATH_BENEATH = 1;
export const LANDLOCK_RULE_NET_PORT = 2;

/** What may be done with files, by bit. */
export const LANDLOCK_ACCESS_FS: readonly string[] = [
  "EXECUTE",
  "WRITE_FILE",
  "READ_FILE",
  "READ_DIR",
  "REMOVE_DIR",
  "REMOVE_FILE",
  "MAKE_CHAR",
  "MAKE_DIR",
  "MAKE_REG",
  "MAKE_SOCK",
  "MAKE_FIFO",
  "MAKE_BLOCK",
  "MAKE_SYM",
  "REFER",
  "TRUNCATE",
  "IOCTL_DEV",
];
