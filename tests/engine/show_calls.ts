/** Calls, and how strace(1) 6.1 prints them. */
import type { Syscall } from "../../ffi/abi/syscall.ts";
import { encode } from "../../ffi/bytes.ts";
import { data, type Operand, type Short, vector } from "../../engine/operand.ts";
import { NO_TIME, rlimit, SIG_DFL, SIG_IGN, sigset } from "../../launch/structs.ts";
import { RawSteps } from "../support/raw_steps.ts";

/** The plan that they are to be put into. */
export const sequence: RawSteps = new RawSteps("test");
const BUFFER = sequence.buffer("buffer", 64);
const CAPABILITIES: Operand = data(
  Uint8Array.of(0x22, 5, 8, 0x20, 0, 0, 0, 0),
  "{version=_LINUX_CAPABILITY_VERSION_3, pid=0}",
);

/** Strings of a program's arguments. */
const quoted = (value: Short): readonly Short[] => ["/x", vector([value]), vector([])];

/** struct file_handle of the mount namespace that a machine begins with. */
const SHOWN_HANDLE = "{handle_bytes=16, handle_type=241, f_handle=" +
  String.raw`"\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"}`;
const HANDLE: Operand = data(
  Uint8Array.of(16, 0, 0, 0, 0xf1, 0, 0, 0, 4, ...new Array(15).fill(0)),
  SHOWN_HANDLE,
);
/** O_DIRECTORY and O_NOFOLLOW. @see asm/fcntl.h */
export const OPEN_FLAGS = {
  x86_64: { DIRECTORY: 0o200000, NOFOLLOW: 0o400000 },
  aarch64: { DIRECTORY: 0o40000, NOFOLLOW: 0o100000 },
};
const { DIRECTORY, NOFOLLOW } = OPEN_FLAGS[Deno.build.arch];
const STATX = 'statx(AT_FDCWD, "/x", AT_STATX_SYNC_AS_STAT, ';

/** A struct of 8-byte fields, which the kernel only reads. */
export const words = (...fields: readonly (number | bigint)[]): Operand =>
  data(
    new Uint8Array(
      BigUint64Array.from(fields, (field) => BigInt.asUintN(64, BigInt(field))).buffer,
    ),
    "",
  );
const bytes = (...values: readonly number[]): Operand => data(Uint8Array.from(values), "");
const IOVEC = vector(["abc", 3, "de", 2]);
const FLAG = BigInt(0o2000000);

/** struct sock_filter: code, jt, jf and k of each instruction. */
const FILTER = words(...[
  [0x20, 0, 0, 4],
  [0x15, 0, 5, 0xc000003e],
  [0x20, 0, 0, 0],
  [0x54, 0, 0, 0xff],
  [0x4d, 1, 2, 0],
  [0x06, 0, 0, 0x00050001],
  [0x87, 0, 0, 0],
  [0x06, 0, 0, 0x7fff0000],
].map(([code, jt, jf, k]) => BigInt(code! | jt! << 16) | BigInt(jf!) << 24n | BigInt(k!) << 32n));

/** Calls that no plan makes yet, or few. */
/** A call, its arguments, and how it is shown. */
type ShownCall = readonly [Syscall, readonly Short[], string];

/** All calls; the last one ends the process. What strace shows as an address is `&buffer` here. */
export const CALLS: readonly ShownCall[] = [
  ["prctl", [15, "unshare"], 'prctl(PR_SET_NAME, "unshare")'],
  ["prctl", [1, 9, 0, 0, 0], "prctl(PR_SET_PDEATHSIG, SIGKILL)"],
  ["prctl", [1, 35, 0, 0, 0], "prctl(PR_SET_PDEATHSIG, SIGRT_3)"],
  ["prctl", [1, 0, 0, 0, 0], "prctl(PR_SET_PDEATHSIG, 0)"],
  ["prctl", [4, 0, 0, 0, 0], "prctl(PR_SET_DUMPABLE, SUID_DUMP_DISABLE)"],
  ["prctl", [4, 1, 0, 0, 0], "prctl(PR_SET_DUMPABLE, SUID_DUMP_USER)"],
  ["unshare", [0x20000000], "unshare(CLONE_NEWPID)"],
  [
    "unshare",
    [0x7e020080],
    "unshare(CLONE_NEWTIME|CLONE_NEWNS|CLONE_NEWCGROUP|CLONE_NEWUTS|CLONE_NEWIPC|" +
    "CLONE_NEWUSER|CLONE_NEWPID|CLONE_NEWNET)",
  ],
  ["unshare", [0], "unshare(0)"],
  ["setns", [99, 0x10000000], "setns(99, CLONE_NEWUSER)"],
  ["setns", [99, 0], "setns(99, 0)"],
  ["clone", [17, 0, 0, 0, 0], "clone(child_stack=NULL, flags=SIGCHLD)"],
  ["clone", [0, 0, 0, 0, 0], "clone(child_stack=NULL, flags=0)"],
  [
    "clone",
    [0x20004111, 0x1000, 0, 0, 0],
    "clone(child_stack=0x1000, flags=CLONE_VM|CLONE_VFORK|CLONE_NEWPID|SIGCHLD)",
  ],
  ["mount", ["none", "/", 0, 0x44000, 0], 'mount("none", "/", NULL, MS_REC|MS_PRIVATE, NULL)'],
  [
    "mount",
    ["proc", "/proc", "proc", 14, 0],
    'mount("proc", "/proc", "proc", MS_NOSUID|MS_NODEV|MS_NOEXEC, NULL)',
  ],
  ["mount", ["/ns", "/a b", 0, 0x1000, 0], 'mount("/ns", "/a b", NULL, MS_BIND, NULL)'],
  ["mount", ["a", "b", 0, 0, 0], 'mount("a", "b", NULL, 0, NULL)'],
  [
    "mount",
    ["a", "b", 0, 0x3306cf1 & ~0x2000, 0],
    'mount("a", "b", NULL, MS_RDONLY|MS_SYNCHRONOUS|MS_REMOUNT|MS_MANDLOCK|MS_DIRSYNC|' +
    "MS_NOATIME|MS_NODIRATIME|MS_REC|MS_SHARED|MS_RELATIME|MS_STRICTATIME|MS_LAZYTIME, NULL)",
  ],
  ["umount2", ["/x", 2], 'umount2("/x", MNT_DETACH)'],
  ["umount2", ["/x", 0], 'umount2("/x", 0)'],
  ["umount2", ["/x", 15], 'umount2("/x", MNT_FORCE|MNT_DETACH|MNT_EXPIRE|UMOUNT_NOFOLLOW)'],
  ["openat", [-100, "/x", 0o2000001, 0], 'openat(AT_FDCWD, "/x", O_WRONLY|O_CLOEXEC)'],
  ["openat", [-100, "/x", 0, 0], 'openat(AT_FDCWD, "/x", O_RDONLY)'],
  ["openat", [5, "/x", 0o12000000, 0], 'openat(5, "/x", O_RDONLY|O_CLOEXEC|O_PATH)'],
  ["openat", [-100, "/x", 0o302, 0o644], 'openat(AT_FDCWD, "/x", O_RDWR|O_CREAT|O_EXCL, 0644)'],
  ["openat", [-100, "/x", 0o4101, 0], 'openat(AT_FDCWD, "/x", O_WRONLY|O_CREAT|O_NONBLOCK, 000)'],
  [
    "openat",
    [-100, "/x", 0o22000002 | DIRECTORY, 0o700],
    'openat(AT_FDCWD, "/x", O_RDWR|O_CLOEXEC|O_TMPFILE, 0700)',
  ],
  ["unlinkat", [-100, "/x", 0x200], 'unlinkat(AT_FDCWD, "/x", AT_REMOVEDIR)'],
  ["unlinkat", [5, "/x", 0], 'unlinkat(5, "/x", 0)'],
  ["memfd_create", ["x", 1], 'memfd_create("x", MFD_CLOEXEC)'],
  ["socket", [2, 0o2000002, 0], "socket(AF_INET, SOCK_DGRAM|SOCK_CLOEXEC, IPPROTO_IP)"],
  [
    "execveat",
    [5, "", vector(["x"]), vector([]), 0x1000],
    'execveat(5, "", ["x"], [], AT_EMPTY_PATH)',
  ],
  ["execve", ["/x", vector(["a", "b c"]), vector(["A=b"])], 'execve("/x", ["a", "b c"], ["A=b"])'],
  ["execve", ["/x", vector([]), vector([])], 'execve("/x", [], [])'],
  ["execve", quoted('quo"te\\'), String.raw`execve("/x", ["quo\"te\\"], [])`],
  ["execve", quoted("\n\t\r\v\f\x1b\x7f"), String.raw`execve("/x", ["\n\t\r\v\f\33\177"], [])`],
  ["execve", quoted("\x01a\x012\x0189"), String.raw`execve("/x", ["\1a\0012\189"], [])`],
  ["execve", quoted("grün"), String.raw`execve("/x", ["gr\303\274n"], [])`],
  ["execve", quoted(encode("\udcff7")), String.raw`execve("/x", ["\3777"], [])`],
  ["execve", quoted(""), 'execve("/x", [""], [])'],
  [
    "rt_sigaction",
    [17, SIG_DFL, BUFFER, 8],
    "rt_sigaction(SIGCHLD, {sa_handler=SIG_DFL, sa_mask=[], sa_flags=0}, &buffer, 8)",
  ],
  [
    "rt_sigaction",
    [33, SIG_IGN, 0, 8],
    "rt_sigaction(SIGRT_1, {sa_handler=SIG_IGN, sa_mask=[], sa_flags=0}, NULL, 8)",
  ],
  ["rt_sigaction", [6, 0, 0, 8], "rt_sigaction(SIGABRT, NULL, NULL, 8)"],
  ["rt_sigaction", [29, 0, 0, 8], "rt_sigaction(SIGIO, NULL, NULL, 8)"],
  ["rt_sigaction", [64, 0, 0, 8], "rt_sigaction(SIGRT_32, NULL, NULL, 8)"],
  [
    "rt_sigprocmask",
    [0, sigset(15, 2), BUFFER, 8],
    "rt_sigprocmask(SIG_BLOCK, [INT TERM], &buffer, 8)",
  ],
  ["rt_sigprocmask", [1, sigset(9), 0, 8], "rt_sigprocmask(SIG_UNBLOCK, [KILL], NULL, 8)"],
  ["rt_sigprocmask", [2, sigset(), 0, 8], "rt_sigprocmask(SIG_SETMASK, [], NULL, 8)"],
  [
    "rt_sigtimedwait",
    [sigset(17, 29, 6), 0, 0, 8],
    "rt_sigtimedwait([ABRT CHLD IO], NULL, NULL, 8)",
  ],
  [
    "prlimit64",
    [0, 4, data(...rlimit(0n, 0n)), 0],
    "prlimit64(0, RLIMIT_CORE, {rlim_cur=0, rlim_max=0}, NULL)",
  ],
  [
    "prlimit64",
    [0, 7, data(...rlimit(1024n, 1048576n)), 0],
    "prlimit64(0, RLIMIT_NOFILE, {rlim_cur=1024, rlim_max=1024*1024}, NULL)",
  ],
  [
    "prlimit64",
    [0, 7, data(...rlimit(1025n, 2n ** 64n - 1n)), BUFFER],
    "prlimit64(0, RLIMIT_NOFILE, {rlim_cur=1025, rlim_max=RLIM64_INFINITY}, &buffer)",
  ],
  ["wait4", [77, BUFFER, 0, 0], "wait4(77, &buffer, 0, NULL)"],
  ["wait4", [-1, BUFFER, 1, 0], "wait4(-1, &buffer, WNOHANG, NULL)"],
  ["wait4", [77, 0, 3, 0], "wait4(77, NULL, WNOHANG|WSTOPPED, NULL)"],
  ["wait4", [77, 0, 0x40000000, 0], "wait4(77, NULL, __WALL, NULL)"],
  ["kill", [77, 15], "kill(77, SIGTERM)"],
  ["kill", [77, 0], "kill(77, 0)"],
  ["kill", [-1, 34], "kill(-1, SIGRT_2)"],
  ["pipe2", [BUFFER, 0o2000000], "pipe2(&buffer, O_CLOEXEC)"],
  ["pipe2", [BUFFER, 0], "pipe2(&buffer, 0)"],
  ["mkdirat", [-100, "/x", 0o755], 'mkdirat(AT_FDCWD, "/x", 0755)'],
  ["mkdirat", [-100, "/x", 0], 'mkdirat(AT_FDCWD, "/x", 000)'],
  ["setgroups", [0, 0], "setgroups(0, NULL)"],
  ["setuid", [4294967294], "setuid(4294967294)"],
  ["setgid", [5], "setgid(5)"],
  ["ppoll", [0, 0, NO_TIME, 0, 8], "ppoll(NULL, 0, {tv_sec=0, tv_nsec=0}, NULL, 8)"],
  [
    "capget",
    [CAPABILITIES, BUFFER],
    "capget({version=_LINUX_CAPABILITY_VERSION_3, pid=0}, &buffer)",
  ],
  ["getpid", [], "getpid()"],
  ["geteuid", [], "geteuid()"],
  ["pidfd_open", [77, 0], "pidfd_open(77, 0)"],
  ["pidfd_getfd", [99, 5, 0], "pidfd_getfd(99, 5, 0)"],
  ["statx", [-100, "/x", 0, 0x100, BUFFER], STATX + "STATX_INO, &buffer)"],
  [
    "statx",
    [99, "", 0x1000, 0x18, BUFFER],
    'statx(99, "", AT_STATX_SYNC_AS_STAT|AT_EMPTY_PATH, STATX_UID|STATX_GID, &buffer)',
  ],
  ["statfs", ["/x", BUFFER], 'statfs("/x", &buffer)'],
  ["ioctl", [99, 0xb701, 0], "ioctl(99, NS_GET_USERNS)"],
  ["readlinkat", [-100, "/x", BUFFER, 64], 'readlinkat(AT_FDCWD, "/x", &buffer, 64)'],
  [
    "open_by_handle_at",
    [99, HANDLE, 0o2000000],
    `open_by_handle_at(99, ${SHOWN_HANDLE}, O_RDONLY|O_CLOEXEC)`,
  ],
  ["read", [99, BUFFER, 1], "read(99, &buffer, 1)"],
  ["write", [99, "0 0 1", 5], 'write(99, "0 0 1", 5)'],
  ["close", [99], "close(99)"],
  ["chdir", ["/x"], 'chdir("/x")'],
  ["chroot", ["/x"], 'chroot("/x")'],
  ["fchdir", [3], "fchdir(3)"],
  ["setsid", [], "setsid()"],
  ["sethostname", ["abc", 3], 'sethostname("abc", 3)'],
  [
    "mmap",
    [0, 4096, 3, 0x22, -1, 0],
    "mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)",
  ],
  ["madvise", [0, 4096, 4], "madvise(NULL, 4096, MADV_DONTNEED)"],
  ["mmap", [0, 4096, 1, 2, 5, 4096], "mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, 5, 0x1000)"],
  ["mprotect", [0x10000, 4096, 0], "mprotect(0x10000, 4096, PROT_NONE)"],
  ["lseek", [5, -3, 2], "lseek(5, -3, SEEK_END)"],
  ["ioctl", [5, 0xb702, 0], "ioctl(5, NS_GET_PARENT)"],
  [
    "writev",
    [2, IOVEC, 2],
    'writev(2, [{iov_base="abc", iov_len=3}, {iov_base="de", iov_len=2}], 2)',
  ],
  ["socket", [1, 0o2000001, 0], "socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0)"],
  [
    "socket",
    [16, 0o2004003, 0],
    "socket(AF_NETLINK, SOCK_RAW|SOCK_CLOEXEC|SOCK_NONBLOCK, NETLINK_ROUTE)",
  ],
  [
    "socketpair",
    [1, 0o2000005, 0, BUFFER],
    "socketpair(AF_UNIX, SOCK_SEQPACKET|SOCK_CLOEXEC, 0, &buffer)",
  ],
  [
    "connect",
    [5, bytes(1, 0, 0x2f, 0x78, 0, 0, 0, 0), 8],
    'connect(5, {sa_family=AF_UNIX, sun_path="/x"}, 8)',
  ],
  [
    "bind",
    [5, bytes(1, 0, 0x2f, 0x78, 0, 0x79, 0, 0), 5],
    'bind(5, {sa_family=AF_UNIX, sun_path="/x"}, 5)',
  ],
  ["listen", [5, 1], "listen(5, 1)"],
  ["accept4", [5, 0, 0, 0o2004000], "accept4(5, NULL, NULL, SOCK_CLOEXEC|SOCK_NONBLOCK)"],
  ["accept4", [5, 0, 0, 0], "accept4(5, NULL, NULL, 0)"],
  ["sendto", [5, "abc", 3, 0x4000, 0, 0], 'sendto(5, "abc", 3, MSG_NOSIGNAL, NULL, 0)'],
  [
    "recvfrom",
    [5, BUFFER, 10, 0x42, 0, 0],
    "recvfrom(5, &buffer, 10, MSG_PEEK|MSG_DONTWAIT, NULL, NULL)",
  ],
  [
    "sendmsg",
    [5, vector([0, 0, IOVEC, 2, words(20, 0x100000001n, 7), 20, 0]), 0x4000],
    'sendmsg(5, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="abc", iov_len=3}, {iov_base="de", iov_len=2}], ' +
    "msg_iovlen=2, msg_control=[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[7]}], " +
    "msg_controllen=20, msg_flags=0}, MSG_NOSIGNAL)",
  ],
  [
    "sendmsg",
    [5, vector([0, 0, vector(["abc", 3]), 1, 0, 0, 0]), 0],
    'sendmsg(5, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="abc", iov_len=3}], msg_iovlen=1, ' +
    "msg_controllen=0, msg_flags=0}, 0)",
  ],
  ["fcntl", [5, 1, 0], "fcntl(5, F_GETFD)"],
  ["fcntl", [5, 2, 1], "fcntl(5, F_SETFD, FD_CLOEXEC)"],
  ["fcntl", [5, 2, 0], "fcntl(5, F_SETFD, 0)"],
  ["fcntl", [5, 4, 0o4000], "fcntl(5, F_SETFL, O_RDONLY|O_NONBLOCK)"],
  ["fcntl", [5, 4, 0o24000], "fcntl(5, F_SETFL, O_RDONLY|O_NONBLOCK|FASYNC)"],
  ["fcntl", [5, 8, 7], "fcntl(5, F_SETOWN, 7)"],
  ["fcntl", [5, 9, 0], "fcntl(5, F_GETOWN)"],
  ["fcntl", [5, 10, 17], "fcntl(5, F_SETSIG, SIGCHLD)"],
  [
    "fcntl",
    [5, 6, new Uint8Array(32)],
    "fcntl(5, F_SETLK, {l_type=F_RDLCK, l_whence=SEEK_SET, l_start=0, l_len=0})",
  ],
  ["fcntl", [5, 1030, 10], "fcntl(5, F_DUPFD_CLOEXEC, 10)"],
  [
    "fcntl",
    [5, 1033, 15],
    "fcntl(5, F_ADD_SEALS, F_SEAL_SEAL|F_SEAL_SHRINK|F_SEAL_GROW|F_SEAL_WRITE)",
  ],
  ["fchmod", [5, 0o644], "fchmod(5, 0644)"],
  [
    "ioctl",
    [
      5,
      0x8914,
      data(Uint8Array.of(0x6c, 0x6f, ...new Uint8Array(14), 1, ...new Uint8Array(23)), ""),
    ],
    'ioctl(5, SIOCSIFFLAGS, {ifr_name="lo", ifr_flags=IFF_UP})',
  ],
  ["fchmodat", [5, "x", 0o644], 'fchmodat(5, "x", 0644)'],
  ["umask", [0o22], "umask(022)"],
  ["symlinkat", ["to", 5, "x"], 'symlinkat("to", 5, "x")'],
  ["setresuid", [0xffff_ffff, 0, -1], "setresuid(-1, 0, -1)"],
  ["setresgid", [1, 2, 3], "setresgid(1, 2, 3)"],
  ["setgroups", [2, words(0x200000001n)], "setgroups(2, [1, 2])"],
  [
    "capset",
    [CAPABILITIES, words(0x200200001n, 0, 0)],
    "capset({version=_LINUX_CAPABILITY_VERSION_3, pid=0}, {effective=1<<CAP_CHOWN|1<<CAP_SYS_ADMIN, " +
    "permitted=1<<CAP_DAC_OVERRIDE, inheritable=0})",
  ],
  [
    "capset",
    [CAPABILITIES, bytes(...new Array(12).fill(0), 0x80, 1, ...new Array(10).fill(0))],
    "capset({version=_LINUX_CAPABILITY_VERSION_3, pid=0}, {effective=1<<CAP_BPF|1<<CAP_CHECKPOINT_RESTORE, " +
    "permitted=0, inheritable=0})",
  ],
  [
    "rt_sigtimedwait",
    [sigset(15), BUFFER, words(1, 5), 8],
    "rt_sigtimedwait([TERM], &buffer, {tv_sec=1, tv_nsec=5}, 8)",
  ],
  [
    "rt_sigtimedwait",
    [words(0x7fff_ffff_ffff_fffen), BUFFER, 0, 8],
    "rt_sigtimedwait(~[HUP RT_32], &buffer, NULL, 8)",
  ],
  [
    "rt_sigaction",
    [15, words(0x1000, 0x1400_0000, 0x2000, 0x4002), 0, 8],
    "rt_sigaction(SIGTERM, {sa_handler=0x1000, sa_mask=[INT TERM], sa_flags=SA_RESTORER|SA_RESTART, sa_restorer=0x2000}, NULL, 8)",
  ],
  ["pivot_root", ["/a", "."], 'pivot_root("/a", ".")'],
  ["prctl", [36, 1, 0, 0, 0], "prctl(PR_SET_CHILD_SUBREAPER, 1)"],
  ["prctl", [38, 1, 0, 0, 0], "prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)"],
  ["prctl", [39, 0, 0, 0, 0], "prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)"],
  ["prctl", [47, 2, 5, 0, 0], "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_KILL, 0, 0)"],
  ["prctl", [47, 3, 5, 0, 0], "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, CAP_KILL, 0, 0)"],
  ["prctl", [47, 4, 0, 0, 0], "prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)"],
  ["prctl", [3, 0, 0, 0, 0], "prctl(PR_GET_DUMPABLE)"],
  ["prctl", [24, 21, 0, 0, 0], "prctl(PR_CAPBSET_DROP, CAP_SYS_ADMIN)"],
  [
    "prctl",
    [28, 0x2f],
    "prctl(PR_SET_SECUREBITS, SECBIT_NOROOT|SECBIT_NOROOT_LOCKED|SECBIT_NO_SETUID_FIXUP|" +
    "SECBIT_NO_SETUID_FIXUP_LOCKED|SECBIT_KEEP_CAPS_LOCKED)",
  ],
  ["waitid", [3, 5, BUFFER, 4, 0], "waitid(P_PIDFD, 5, &buffer, WEXITED, NULL)"],
  ["waitid", [0, 0, 0, 0x1000005, 0], "waitid(P_ALL, 0, NULL, WNOHANG|WEXITED|WNOWAIT, NULL)"],
  [
    "newfstatat",
    [5, "", BUFFER, 0x1100],
    'newfstatat(5, "", &buffer, AT_SYMLINK_NOFOLLOW|AT_EMPTY_PATH)',
  ],
  ["faccessat", [-100, "/x", 1], 'faccessat(AT_FDCWD, "/x", X_OK)'],
  ["faccessat", [-100, "/x", 0], 'faccessat(AT_FDCWD, "/x", F_OK)'],
  [
    "ppoll",
    [bytes(5, 0, 0, 0, 1, 0, 0, 0, 6, 0, 0, 0, 5, 0, 0, 0), 2, 0, 0, 8],
    "ppoll([{fd=5, events=POLLIN}, {fd=6, events=POLLIN|POLLOUT}], 2, NULL, NULL, 8)",
  ],
  ["eventfd2", [0, 0o2004000], "eventfd2(0, EFD_CLOEXEC|EFD_NONBLOCK)"],
  ["dup3", [5, 6, 0o2000000], "dup3(5, 6, O_CLOEXEC)"],
  ["dup3", [5, 6, 0], "dup3(5, 6, 0)"],
  [
    "name_to_handle_at",
    [5, "", bytes(16, 0, 0, 0, 0, 0, 0, 0), BUFFER, 0x1000],
    'name_to_handle_at(5, "", {handle_bytes=16}, &buffer, AT_EMPTY_PATH)',
  ],
  ["getrandom", [BUFFER, 16, 1], "getrandom(&buffer, 16, GRND_NONBLOCK)"],
  ["memfd_create", ["x", 3], 'memfd_create("x", MFD_CLOEXEC|MFD_ALLOW_SEALING)'],
  [
    "openat",
    [-100, "/x", 0o2000000 | NOFOLLOW | DIRECTORY, 0],
    'openat(AT_FDCWD, "/x", O_RDONLY|O_NOFOLLOW|O_CLOEXEC|O_DIRECTORY)',
  ],
  [
    "openat",
    [-100, "/x", 0o2003001, 0],
    'openat(AT_FDCWD, "/x", O_WRONLY|O_TRUNC|O_APPEND|O_CLOEXEC)',
  ],
  [
    "statx",
    [5, "", 0x900, 0x7ff, BUFFER],
    'statx(5, "", AT_STATX_SYNC_AS_STAT|AT_SYMLINK_NOFOLLOW|AT_NO_AUTOMOUNT, STATX_BASIC_STATS, &buffer)',
  ],
  [
    "statx",
    [5, "", 0, 0x1003, BUFFER],
    'statx(5, "", AT_STATX_SYNC_AS_STAT, STATX_TYPE|STATX_MODE|STATX_MNT_ID, &buffer)',
  ],
  [
    "openat2",
    [-100, "x", words(FLAG, 0, 0x10), 24],
    'openat2(AT_FDCWD, "x", {flags=O_RDONLY|O_CLOEXEC, resolve=RESOLVE_IN_ROOT}, 24)',
  ],
  [
    "openat2",
    [5, "x", words(0o102, 0o644, 0xb), 24],
    'openat2(5, "x", {flags=O_RDWR|O_CREAT, mode=0644, resolve=RESOLVE_NO_XDEV|RESOLVE_NO_MAGICLINKS|RESOLVE_BENEATH}, 24)',
  ],
  [
    "open_tree",
    [-100, "/x", 0x88001],
    'open_tree(AT_FDCWD, "/x", OPEN_TREE_CLONE|OPEN_TREE_CLOEXEC|AT_RECURSIVE)',
  ],
  ["open_tree", [5, "", 0x1000], 'open_tree(5, "", AT_EMPTY_PATH)'],
  [
    "move_mount",
    [5, "", 6, "", 0x44],
    'move_mount(5, "", 6, "", MOVE_MOUNT_F_EMPTY_PATH|MOVE_MOUNT_T_EMPTY_PATH)',
  ],
  [
    "move_mount",
    [5, "", -100, "/x", 4],
    'move_mount(5, "", AT_FDCWD, "/x", MOVE_MOUNT_F_EMPTY_PATH)',
  ],
  ["fsopen", ["tmpfs", 1], 'fsopen("tmpfs", FSOPEN_CLOEXEC)'],
  ["fsconfig", [5, 1, "mode", "755", 0], 'fsconfig(5, FSCONFIG_SET_STRING, "mode", "755", 0)'],
  ["fsconfig", [5, 0, "ro", 0, 0], 'fsconfig(5, FSCONFIG_SET_FLAG, "ro", NULL, 0)'],
  ["fsconfig", [5, 6, 0, 0, 0], "fsconfig(5, FSCONFIG_CMD_CREATE, NULL, NULL, 0)"],
  ["fsconfig", [5, 5, "fd", 0, 6], 'fsconfig(5, FSCONFIG_SET_FD, "fd", NULL, 6)'],
  [
    "fsconfig",
    [5, 3, "source", "/x", -100],
    'fsconfig(5, FSCONFIG_SET_PATH, "source", "/x", AT_FDCWD)',
  ],
  [
    "fsconfig",
    [5, 2, "b", bytes(0, 1, 0x41, 0xff), 4],
    String.raw`fsconfig(5, FSCONFIG_SET_BINARY, "b", "\x00\x01\x41\xff", 4)`,
  ],
  [
    "fsmount",
    [5, 1, 0xe],
    "fsmount(5, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV|MOUNT_ATTR_NOEXEC)",
  ],
  [
    "mount_setattr",
    [5, "", 0x9000, words(0x100001, 6, 0x40000, 9), 32],
    'mount_setattr(5, "", AT_EMPTY_PATH|AT_RECURSIVE, {attr_set=MOUNT_ATTR_RDONLY|MOUNT_ATTR_IDMAP, ' +
    "attr_clr=MOUNT_ATTR_NOSUID|MOUNT_ATTR_NODEV, propagation=MS_PRIVATE, userns_fd=9}, 32)",
  ],
  ["pidfd_open", [5, 0x800], "pidfd_open(5, PIDFD_NONBLOCK)"],
  ["pidfd_send_signal", [5, 9, 0, 0], "pidfd_send_signal(5, SIGKILL, NULL, 0)"],
  [
    "clone3",
    [words(0x10000000, 0, 0, 0, 17, 0, 0, 0), 64],
    "clone3({flags=CLONE_NEWUSER, exit_signal=SIGCHLD, stack=NULL, stack_size=0}, 64)",
  ],
  [
    "clone3",
    [vector([0x210001000n, BUFFER, 0, 0, 17, 0x1000, 0x2000, 0, 0, 0, 5]), 88],
    "clone3({flags=CLONE_PIDFD|CLONE_NEWUSER|CLONE_INTO_CGROUP, pidfd=&buffer, exit_signal=SIGCHLD, stack=0x1000, stack_size=0x2000, cgroup=5}, 88)",
  ],
  ["close_range", [3, -1, 0], "close_range(3, 4294967295, 0)"],
  ["close_range", [3, 5, 6], "close_range(3, 5, CLOSE_RANGE_UNSHARE|CLOSE_RANGE_CLOEXEC)"],
  ["seccomp", [0, 0, 0], "seccomp(SECCOMP_SET_MODE_STRICT, 0, NULL)"],
  [
    "seccomp",
    [1, 8, words(0, 0)],
    "seccomp(SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, {len=0, filter=NULL})",
  ],
  [
    "seccomp",
    [1, 0, vector([8, FILTER])],
    "seccomp(SECCOMP_SET_MODE_FILTER, 0, {len=8, filter=[BPF_STMT(BPF_LD|BPF_W|BPF_ABS, 0x4), " +
    "BPF_JUMP(BPF_JMP|BPF_K|BPF_JEQ, 0xc000003e, 0, 0x5), BPF_STMT(BPF_LD|BPF_W|BPF_ABS, 0), " +
    "BPF_STMT(BPF_ALU|BPF_K|BPF_AND, 0xff), BPF_JUMP(BPF_JMP|BPF_X|BPF_JSET, 0, 0x1, 0x2), " +
    "BPF_STMT(BPF_RET|BPF_K, SECCOMP_RET_ERRNO|0x1), BPF_STMT(BPF_MISC|BPF_TXA, 0), " +
    "BPF_STMT(BPF_RET|BPF_K, SECCOMP_RET_ALLOW)]})",
  ],
  [
    "landlock_create_ruleset",
    [0, 0, 1],
    "landlock_create_ruleset(NULL, 0, LANDLOCK_CREATE_RULESET_VERSION)",
  ],
  [
    "landlock_create_ruleset",
    [words(7), 8, 0],
    "landlock_create_ruleset({handled_access_fs=LANDLOCK_ACCESS_FS_EXECUTE|LANDLOCK_ACCESS_FS_WRITE_FILE|LANDLOCK_ACCESS_FS_READ_FILE}, 8, 0)",
  ],
  [
    "landlock_add_rule",
    [5, 1, bytes(0, 0x10, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0), 0],
    "landlock_add_rule(5, LANDLOCK_RULE_PATH_BENEATH, {allowed_access=LANDLOCK_ACCESS_FS_MAKE_SYM, parent_fd=6}, 0)",
  ],
  ["landlock_restrict_self", [5, 0], "landlock_restrict_self(5, 0)"],
  ["exit_group", [7], "exit_group(7)"],
];
