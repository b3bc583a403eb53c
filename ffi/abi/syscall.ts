/**
 * System calls: a row for each that nido makes. @see syscalls(2), asm/unistd_64.h, asm-generic/unistd.h
 *
 * @internal
 */

/**
 * The kind of an argument: engine/show has a printer for each. `in:N` and `out:N`
 * are memory that the kernel reads or writes, as much as argument N says; `out=N` is written, N bytes.
 * Those that end with ? may be left out.
 */
export type Kind = Shape | `${Shape}?`;

/** The kinds of arguments. */
export type Shape = PlainShape | `in:${number}` | `out:${number}` | `out=${number}`;

/** The kinds that are not sized memory. */
export type PlainShape =
  // Numbers
  | "int"
  | "size"
  | "unsigned"
  | "offset"
  | "octal"
  | "id"
  | "fd"
  | "dirfd"
  | "pointer"
  // Names, and flags
  | "advice"
  | "acceptFlags"
  | "accessMode"
  | "cloneFlags"
  | "closeRangeFlags"
  | "dupFlags"
  | "eventFlags"
  | "execFlags"
  | "family"
  | "fcntl"
  | "fcntlValue"
  | "fsconfig"
  | "fsmountFlags"
  | "fsopenFlags"
  | "handleFlags"
  | "idType"
  | "ioctl"
  | "ioctlValue"
  | "landlockFlags"
  | "landlockRuleType"
  | "mapFlags"
  | "memfdFlags"
  | "messageFlags"
  | "mountAttributes"
  | "mountFlags"
  | "mountSetattrFlags"
  | "moveMountFlags"
  | "openFlags"
  | "openMode"
  | "openTreeFlags"
  | "pidfdFlags"
  | "pipeFlags"
  | "prctl"
  | "prctlValue"
  | "protection"
  | "protocol"
  | "randomFlags"
  | "rlimit"
  | "seccompFlags"
  | "seccompOperation"
  | "signal"
  | "signalHow"
  | "socketType"
  | "statFlags"
  | "statxFlags"
  | "statxMask"
  | "umountFlags"
  | "unlinkFlags"
  | "waitOptions"
  | "whence"
  // Memory that the kernel reads: strings, arrays, structs
  | "path"
  | "string"
  | "argv"
  | "envp"
  | "capData"
  | "capHeader"
  | "cloneArgs"
  | "fileHandle"
  | "fsconfigValue"
  | "groups"
  | "handleRoom"
  | "iovec"
  | "landlockRule"
  | "landlockRuleset"
  | "length"
  | "mountAttr"
  | "msghdr"
  | "openHow"
  | "pollfds"
  | "rlimitValue"
  | "seccompValue"
  | "sigaction"
  | "sigset"
  | "sockaddr"
  | "timespec";

/** A system call. */
export interface Row {
  readonly x86_64: number;
  readonly aarch64: number;
  readonly args: readonly Kind[];
  /** The first version of Linux that has it, where that is newer than 2.6. */
  readonly since?: string;
}

function row(x86_64: number, aarch64: number, args: readonly Kind[], since?: string): Row {
  return { x86_64, aarch64, args, ...(since === undefined ? {} : { since }) };
}

/** The name of a system call. */
export type Syscall =
  | "read"
  | "write"
  | "close"
  | "fstat"
  | "lseek"
  | "mmap"
  | "madvise"
  | "mprotect"
  | "munmap"
  | "rt_sigaction"
  | "rt_sigprocmask"
  | "ioctl"
  | "pread64"
  | "pwrite64"
  | "ftruncate"
  | "writev"
  | "getpid"
  | "sendfile"
  | "socket"
  | "connect"
  | "sendto"
  | "recvfrom"
  | "sendmsg"
  | "recvmsg"
  | "bind"
  | "listen"
  | "getsockname"
  | "getpeername"
  | "socketpair"
  | "getsockopt"
  | "clone"
  | "execve"
  | "wait4"
  | "kill"
  | "uname"
  | "fcntl"
  | "getcwd"
  | "chdir"
  | "fchdir"
  | "fchmod"
  | "umask"
  | "sysinfo"
  | "getuid"
  | "getgid"
  | "setuid"
  | "setgid"
  | "geteuid"
  | "getegid"
  | "getppid"
  | "setsid"
  | "getgroups"
  | "setgroups"
  | "setresuid"
  | "setresgid"
  | "capget"
  | "capset"
  | "rt_sigtimedwait"
  | "statfs"
  | "fstatfs"
  | "pivot_root"
  | "prctl"
  | "chroot"
  | "mount"
  | "umount2"
  | "sethostname"
  | "setdomainname"
  | "gettid"
  | "getdents64"
  | "exit_group"
  | "waitid"
  | "openat"
  | "mkdirat"
  | "newfstatat"
  | "unlinkat"
  | "renameat"
  | "symlinkat"
  | "readlinkat"
  | "fchmodat"
  | "faccessat"
  | "ppoll"
  | "unshare"
  | "accept4"
  | "eventfd2"
  | "dup3"
  | "pipe2"
  | "prlimit64"
  | "name_to_handle_at"
  | "open_by_handle_at"
  | "setns"
  | "seccomp"
  | "getrandom"
  | "memfd_create"
  | "execveat"
  | "statx"
  | "pidfd_send_signal"
  | "open_tree"
  | "move_mount"
  | "fsopen"
  | "fsconfig"
  | "fsmount"
  | "pidfd_open"
  | "clone3"
  | "close_range"
  | "openat2"
  | "pidfd_getfd"
  | "mount_setattr"
  | "landlock_create_ruleset"
  | "landlock_add_rule"
  | "landlock_restrict_self";

/** All of them, by name. */
export const SYSCALLS: Readonly<Record<Syscall, Row>> = {
  read: row(0, 63, ["fd", "out:2", "size"]),
  write: row(1, 64, ["fd", "in:2", "size"]),
  close: row(3, 57, ["fd"]),
  fstat: row(5, 80, ["fd", "out=144"]),
  lseek: row(8, 62, ["fd", "size", "whence"]),
  madvise: row(28, 233, ["pointer", "size", "advice"]),
  mmap: row(9, 222, ["pointer", "size", "protection", "mapFlags", "fd", "offset"]),
  mprotect: row(10, 226, ["pointer", "size", "protection"]),
  munmap: row(11, 215, ["pointer", "size"]),
  rt_sigaction: row(13, 134, ["signal", "sigaction", "out=32", "size"]),
  rt_sigprocmask: row(14, 135, ["signalHow", "sigset", "out=8", "size"]),
  ioctl: row(16, 29, ["fd", "ioctl", "ioctlValue"]),
  pread64: row(17, 67, ["fd", "out:2", "size", "size"]),
  pwrite64: row(18, 68, ["fd", "in:2", "size", "size"]),
  ftruncate: row(77, 46, ["fd", "size"]),
  writev: row(20, 66, ["fd", "iovec", "int"]),
  getpid: row(39, 172, []),
  sendfile: row(40, 71, ["fd", "fd", "pointer", "size"]),
  socket: row(41, 198, ["family", "socketType", "protocol"]),
  connect: row(42, 203, ["fd", "sockaddr", "size"]),
  sendto: row(44, 206, ["fd", "in:2", "size", "messageFlags", "pointer", "size"]),
  recvfrom: row(45, 207, ["fd", "out:2", "size", "messageFlags", "pointer", "length"]),
  sendmsg: row(46, 211, ["fd", "msghdr", "messageFlags"]),
  recvmsg: row(47, 212, ["fd", "out=56", "messageFlags"]),
  bind: row(49, 200, ["fd", "sockaddr", "size"]),
  listen: row(50, 201, ["fd", "int"]),
  getsockname: row(51, 204, ["fd", "pointer", "length"]),
  getpeername: row(52, 205, ["fd", "pointer", "length"]),
  socketpair: row(53, 199, ["family", "socketType", "protocol", "out=8"]),
  getsockopt: row(55, 209, ["fd", "int", "int", "pointer", "length"]),
  clone: row(56, 220, ["cloneFlags", "pointer", "pointer", "pointer", "pointer"]),
  execve: row(59, 221, ["path", "argv", "envp"]),
  wait4: row(61, 260, ["int", "out=4", "waitOptions", "pointer"]),
  kill: row(62, 129, ["int", "signal"]),
  uname: row(63, 160, ["out=390"]),
  fcntl: row(72, 25, ["fd", "fcntl", "fcntlValue?"]),
  getcwd: row(79, 17, ["out:1", "size"]),
  chdir: row(80, 49, ["path"]),
  fchdir: row(81, 50, ["fd"]),
  fchmod: row(91, 52, ["fd", "octal"]),
  umask: row(95, 166, ["octal"]),
  sysinfo: row(99, 179, ["out=112"]),
  getuid: row(102, 174, []),
  getgid: row(104, 176, []),
  setuid: row(105, 146, ["id"]),
  setgid: row(106, 144, ["id"]),
  geteuid: row(107, 175, []),
  getegid: row(108, 177, []),
  getppid: row(110, 173, []),
  setsid: row(112, 157, []),
  getgroups: row(115, 158, ["int", "pointer"]),
  setgroups: row(116, 159, ["int", "groups"]),
  setresuid: row(117, 147, ["id", "id", "id"]),
  setresgid: row(119, 149, ["id", "id", "id"]),
  capget: row(125, 90, ["capHeader", "out=24"]),
  capset: row(126, 91, ["capHeader", "capData"]),
  rt_sigtimedwait: row(128, 137, ["sigset", "out=128", "timespec", "size"]),
  statfs: row(137, 43, ["path", "out=120"]),
  fstatfs: row(138, 44, ["fd", "out=120"]),
  pivot_root: row(155, 41, ["path", "path"]),
  prctl: row(157, 167, ["prctl", "prctlValue?", "prctlValue?", "int?", "int?"]),
  chroot: row(161, 51, ["path"]),
  mount: row(165, 40, ["path", "path", "string", "mountFlags", "string"]),
  umount2: row(166, 39, ["path", "umountFlags"]),
  sethostname: row(170, 161, ["in:1", "size"]),
  setdomainname: row(171, 162, ["in:1", "size"]),
  gettid: row(186, 178, []),
  getdents64: row(217, 61, ["fd", "out:2", "size"]),
  exit_group: row(231, 94, ["int"]),
  waitid: row(247, 95, ["idType", "int", "out=128", "waitOptions", "pointer"]),
  openat: row(257, 56, ["dirfd", "path", "openFlags", "openMode?"]),
  mkdirat: row(258, 34, ["dirfd", "path", "octal"]),
  newfstatat: row(262, 79, ["dirfd", "path", "out=144", "statFlags"]),
  unlinkat: row(263, 35, ["dirfd", "path", "unlinkFlags"]),
  renameat: row(264, 38, ["dirfd", "path", "dirfd", "path"]),
  symlinkat: row(266, 36, ["path", "dirfd", "path"]),
  readlinkat: row(267, 78, ["dirfd", "path", "out:3", "size"]),
  fchmodat: row(268, 53, ["dirfd", "path", "octal"]),
  faccessat: row(269, 48, ["dirfd", "path", "accessMode"]),
  ppoll: row(271, 73, ["pollfds", "int", "timespec", "sigset", "size"]),
  unshare: row(272, 97, ["cloneFlags"]),
  accept4: row(288, 242, ["fd", "pointer", "pointer", "acceptFlags"]),
  eventfd2: row(290, 19, ["int", "eventFlags"]),
  dup3: row(292, 24, ["fd", "fd", "dupFlags"]),
  pipe2: row(293, 59, ["out=8", "pipeFlags"]),
  prlimit64: row(302, 261, ["int", "rlimit", "rlimitValue", "out=16"]),
  name_to_handle_at: row(303, 264, ["dirfd", "path", "handleRoom", "out=4", "handleFlags"]),
  open_by_handle_at: row(304, 265, ["fd", "fileHandle", "openFlags"]),
  setns: row(308, 268, ["fd", "cloneFlags"], "3.0"),
  seccomp: row(317, 277, ["seccompOperation", "seccompFlags", "seccompValue"], "3.17"),
  getrandom: row(318, 278, ["out:1", "size", "randomFlags"], "3.17"),
  memfd_create: row(319, 279, ["string", "memfdFlags"], "3.17"),
  execveat: row(322, 281, ["dirfd", "path", "argv", "envp", "execFlags"], "3.19"),
  statx: row(332, 291, ["dirfd", "path", "statxFlags", "statxMask", "out=256"], "4.11"),
  pidfd_send_signal: row(424, 424, ["fd", "signal", "pointer", "unsigned"], "5.1"),
  open_tree: row(428, 428, ["dirfd", "path", "openTreeFlags"], "5.2"),
  move_mount: row(429, 429, ["dirfd", "path", "dirfd", "path", "moveMountFlags"], "5.2"),
  fsopen: row(430, 430, ["string", "fsopenFlags"], "5.2"),
  fsconfig: row(431, 431, ["fd", "fsconfig", "string", "fsconfigValue", "dirfd"], "5.2"),
  fsmount: row(432, 432, ["fd", "fsmountFlags", "mountAttributes"], "5.2"),
  pidfd_open: row(434, 434, ["int", "pidfdFlags"], "5.3"),
  clone3: row(435, 435, ["cloneArgs", "size"], "5.3"),
  close_range: row(436, 436, ["unsigned", "unsigned", "closeRangeFlags"], "5.9"),
  openat2: row(437, 437, ["dirfd", "path", "openHow", "size"], "5.6"),
  pidfd_getfd: row(438, 438, ["fd", "fd", "unsigned"], "5.6"),
  mount_setattr: row(442, 442, ["dirfd", "path", "mountSetattrFlags", "mountAttr", "size"], "5.12"),
  landlock_create_ruleset: row(444, 444, ["landlockRuleset", "size", "landlockFlags"], "5.13"),
  landlock_add_rule: row(445, 445, ["fd", "landlockRuleType", "landlockRule", "unsigned"], "5.13"),
  landlock_restrict_self: row(446, 446, ["fd", "unsigned"], "5.13"),
};

/** System call numbers of an architecture. */
export function numbersOf(arch: "x86_64" | "aarch64"): Readonly<Record<Syscall, number>> {
  const numbers = {} as Record<Syscall, number>;
  for (const name in SYSCALLS) numbers[name as Syscall] = SYSCALLS[name as Syscall][arch];
  return numbers;
}
