/** Shows arguments that are names and flags of the kernel's headers. */
import * as fcntl from "../../ffi/abi/fcntl.ts";
import * as landlock from "../../ffi/abi/landlock.ts";
import * as mman from "../../ffi/abi/mman.ts";
import * as mount from "../../ffi/abi/mount.ts";
import * as nsfs from "../../ffi/abi/nsfs.ts";
import * as pidfd from "../../ffi/abi/pidfd.ts";
import * as resource from "../../ffi/abi/resource.ts";
import * as sched from "../../ffi/abi/sched.ts";
import * as seccomp from "../../ffi/abi/seccomp.ts";
import * as signals from "../../ffi/abi/signal.ts";
import * as socket from "../../ffi/abi/socket.ts";
import * as statx from "../../ffi/abi/statx.ts";
import * as terminal from "../../ffi/abi/ioctl.ts";
import * as wait from "../../ffi/abi/wait.ts";
import {
  flags,
  flagsText,
  joined,
  matching,
  type Named,
  number,
  oneOf,
  ordered,
  type Show,
} from "./numbers.ts";

export const cloneFlagNames = (): Named => matching(sched, /^CLONE_/);
export const mountFlagNames = (): Named => matching(mount, /^MS_/);
export const resourceNames = (): Named => matching(resource, /^RLIMIT_/);

export const cloneFlags: Show = flags(cloneFlagNames);
export const mountFlags: Show = flags(mountFlagNames);
export const umountFlags: Show = flags(() => matching(mount, /^MNT_|^UMOUNT_/));

/** Where x86-64 and aarch64 differ, the numbers of both: neither means anything else in a plan. */
const OPEN: Named = [
  ...ordered(fcntl, "O_CREAT", "O_EXCL", "O_TRUNC", "O_APPEND", "O_NONBLOCK"),
  ["FASYNC", BigInt(fcntl.O_ASYNC)],
  ["O_NOFOLLOW", BigInt(fcntl.O_NOFOLLOW)],
  ["O_NOFOLLOW", 0o400000n],
  ["O_NOFOLLOW", 0o100000n],
  ...ordered(fcntl, "O_CLOEXEC", "O_PATH"),
  ...Object.values(fcntl.O_TMPFILE).map((bits) => ["O_TMPFILE", BigInt(bits)] as const),
  ["O_DIRECTORY", 0o200000n],
  ["O_DIRECTORY", 0o40000n],
];
const ACCESS = ["O_RDONLY", "O_WRONLY", "O_RDWR"];
export const openFlags: Show = number((value) =>
  joined(ACCESS[Number(value & 3n)] ?? "O_ACCMODE", flagsText(OPEN, value & ~3n, ""))
);
/** Then a mode is shown. */
export const O_CREATES: bigint = BigInt(fcntl.O_CREAT | fcntl.__O_TMPFILE);

export const pipeFlags: Show = flags(() => matching(fcntl, /^O_(NONBLOCK|CLOEXEC)$/));
export const eventFlags: Show = flags(() => [
  ["EFD_CLOEXEC", BigInt(fcntl.O_CLOEXEC)],
  ["EFD_NONBLOCK", BigInt(fcntl.O_NONBLOCK)],
]);
export const unlinkFlags: Show = flags(() => matching(fcntl, /^AT_(REMOVEDIR|SYMLINK_NOFOLLOW)$/));
export const statFlags: Show = flags(() =>
  matching(fcntl, /^AT_(EMPTY_PATH|SYMLINK_NOFOLLOW|NO_AUTOMOUNT)$/)
);
export const execFlags: Show = flags(() => matching(fcntl, /^AT_(EMPTY_PATH|SYMLINK_NOFOLLOW)$/));
export const mountSetattrFlags: Show = flags(() => [
  ...matching(fcntl, /^AT_(EMPTY_PATH|SYMLINK_NOFOLLOW|NO_AUTOMOUNT)$/),
  ...matching(mount, /^AT_RECURSIVE$/),
]);
export const handleFlags: Show = flags(() => [
  ["AT_SYMLINK_FOLLOW", 0x400n],
  ...matching(fcntl, /^AT_EMPTY_PATH$/),
]);
/** Neither AT_STATX_FORCE_SYNC nor AT_STATX_DONT_SYNC is used: strace calls that by this name. */
export const statxFlags: Show = number((value) =>
  joined(
    "AT_STATX_SYNC_AS_STAT",
    flagsText(matching(fcntl, /^AT_(EMPTY_PATH|SYMLINK_NOFOLLOW|NO_AUTOMOUNT)$/), value, ""),
  )
);
const STATX = matching(statx, /^STATX_(?!BASIC)/);
export const statxMask: Show = number((value) =>
  value === BigInt(statx.STATX_BASIC_STATS) ? "STATX_BASIC_STATS" : flagsText(STATX, value)
);
export const accessMode: Show = flags(() => [["R_OK", 4n], ["W_OK", 2n], ["X_OK", 1n]], "F_OK");
export const memfdFlags: Show = flags(() => matching(fcntl, /^MFD_/));
export const closeRangeFlags: Show = flags(() => matching(fcntl, /^CLOSE_RANGE_/));
export const fcntlCommand: Show = oneOf(() => matching(fcntl, /^F_(?!SEAL|.*LCK$)/));
export const seals: Show = flags(() => matching(fcntl, /^F_SEAL_/));
export const whence: Show = oneOf(() => [["SEEK_SET", 0n], ["SEEK_CUR", 1n], ["SEEK_END", 2n]]);

export const protection: Show = flags(() => matching(mman, /^PROT_/), "PROT_NONE");
export const advice: Show = oneOf(() => matching(mman, /^MADV_/));
export const mapFlags: Show = flags(() => matching(mman, /^MAP_/));

export const openTreeFlags: Show = flags(() => [
  ...ordered(mount, "OPEN_TREE_CLONE", "OPEN_TREE_CLOEXEC"),
  ...ordered(fcntl, "AT_SYMLINK_NOFOLLOW", "AT_NO_AUTOMOUNT", "AT_EMPTY_PATH"),
  ...ordered(mount, "AT_RECURSIVE"),
]);
export const moveMountFlags: Show = flags(() => matching(mount, /^MOVE_MOUNT_/));
export const fsopenFlags: Show = flags(() => matching(mount, /^FSOPEN_/));
export const fsconfig: Show = oneOf(() => matching(mount, /^FSCONFIG_/));
export const fsmountFlags: Show = flags(() => matching(mount, /^FSMOUNT_/));

export const family: Show = oneOf(() => matching(socket, /^AF_/));
const socketKind = oneOf(() => matching(socket, /^SOCK_(STREAM|DGRAM|RAW|SEQPACKET)$/));
const SOCKET_FLAGS = ordered(socket, "SOCK_CLOEXEC", "SOCK_NONBLOCK");
export const socketType: Show = number((value) =>
  joined(socketKind({ value: value & 0xfn }, []), flagsText(SOCKET_FLAGS, value & ~0xfn, ""))
);
export const acceptFlags: Show = flags(() => SOCKET_FLAGS);
/** What a protocol's number means depends on the family. */
export const protocol: Show = number((value, [domain]) => {
  if (domain?.value === BigInt(socket.AF_INET) && value === 0n) return "IPPROTO_IP";
  if (domain?.value === BigInt(socket.AF_NETLINK) && value === 0n) return "NETLINK_ROUTE";
  return String(BigInt.asIntN(32, value));
});
export const messageFlags: Show = flags(() => matching(socket, /^MSG_/));

export const ioctl: Show = oneOf(
  () => [
    ...matching(nsfs, /^NS_GET_/),
    ...matching(socket, /^SIOC/),
    ...matching(terminal, /^(TCGETS$|TIOC)/),
  ],
);
export const pidfdFlags: Show = flags(() => matching(pidfd, /^PIDFD_/));
export const waitOptions: Show = flags(() => [
  ["WNOHANG", BigInt(wait.WNOHANG)],
  ["WEXITED", BigInt(wait.WEXITED)],
  ["WSTOPPED", BigInt(wait.WUNTRACED)],
  ["WNOWAIT", BigInt(wait.WNOWAIT)],
  ["__WALL", BigInt(wait.__WALL)],
]);
export const idType: Show = oneOf(() => matching(wait, /^P_/));
export const rlimit: Show = oneOf(resourceNames);
export const signalHow: Show = oneOf(() => matching(signals, /^SIG_/));
export const randomFlags: Show = flags(() => [["GRND_NONBLOCK", 1n], ["GRND_RANDOM", 2n]]);

export const seccompOperation: Show = oneOf(() => matching(seccomp, /^SECCOMP_(SET|GET)_/));
export const seccompFlags: Show = flags(() => matching(seccomp, /^SECCOMP_FILTER_FLAG_/));
export const landlockFlags: Show = flags(() => matching(landlock, /^LANDLOCK_CREATE_RULESET_/));
export const landlockRuleType: Show = oneOf(() => matching(landlock, /^LANDLOCK_RULE_/));
