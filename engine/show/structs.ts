/** Shows structs of limits, capabilities, descriptors, processes, mounts and sandboxes. */
import { CAPABILITY_NAMES } from "../../ffi/abi/capability_names.ts";
import { _LINUX_CAPABILITY_VERSION_3 } from "../../ffi/abi/capability.ts";
import * as fcntl from "../../ffi/abi/fcntl.ts";
import { LANDLOCK_ACCESS_FS, LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET } from "../../ffi/abi/landlock.ts";
import * as mount from "../../ffi/abi/mount.ts";
import * as sched from "../../ffi/abi/sched.ts";
import * as wait from "../../ffi/abi/wait.ts";
import { half, quarter } from "./argument.ts";
import { openFlags } from "./constants.ts";
import {
  decimal,
  flags,
  flagsText,
  hex,
  int,
  matching,
  number,
  octal,
  oneOf,
  type Show,
  unsigned,
} from "./numbers.ts";
import { signal } from "./signals.ts";
import { struct, structAt } from "./struct.ts";
import { array, contents, pointer, quoteHex } from "./text.ts";

const INFINITY = 2n ** 64n - 1n;

export const timespec: Show = structAt((memory) => ({
  tv_sec: decimal(memory.word(0), []),
  tv_nsec: decimal(memory.word(8), []),
}));

// Limits, groups, capabilities

const limit = number((value) => {
  if (value === INFINITY) return "RLIM64_INFINITY";
  return value > 1024n && value % 1024n === 0n ? `${value / 1024n}*1024` : String(value);
});

export const rlimit: Show = structAt((memory) => ({
  rlim_cur: limit(memory.word(0), []),
  rlim_max: limit(memory.word(8), []),
}));

/** Groups, whose number is the argument in front. */
export const groups: Show = contents((memory, all) =>
  array(Number(all[0]?.value ?? 0n), (i) => unsigned(half(memory, 4 * i), []))
);

export const capHeader: Show = structAt((memory) => ({
  version: oneOf(() => [["_LINUX_CAPABILITY_VERSION_3", BigInt(_LINUX_CAPABILITY_VERSION_3)]])(
    half(memory, 0),
    [],
  ),
  pid: int(half(memory, 4), []),
}));

function capabilities(set: bigint): string {
  const named = CAPABILITY_NAMES.map((name, i) => [`1<<${name}`, 1n << BigInt(i)] as const);
  return flagsText(named, set);
}

/** Two structs: the low halves of three sets, and the high ones. */
export const capData: Show = structAt((memory) => {
  const set = (offset: number): string => {
    const [low, high] = [half(memory, offset).value ?? 0n, half(memory, offset + 12).value ?? 0n];
    return capabilities(low | high << 32n);
  };
  return { effective: set(0), permitted: set(4), inheritable: set(8) };
});

// Descriptors

const pollEvents = flags(() => matching(wait, /^POLL/));

const lockType = oneOf(() => matching(fcntl, /^F_(RD|WR|UN)LCK$/));
const whence = oneOf(() => matching(fcntl, /^SEEK_/));

/** struct flock */
export const flock: Show = structAt((memory) => ({
  l_type: lockType(quarter(memory, 0), []),
  l_whence: whence(quarter(memory, 2), []),
  l_start: decimal(memory.word(8), []),
  l_len: decimal(memory.word(16), []),
}));

/** struct pollfd { int fd; short events, revents; }, as many as the next argument says. */
export const pollfds: Show = contents((memory, all) =>
  array(Number(all[1]?.value ?? 0n), (i) =>
    struct({
      fd: int(half(memory, 8 * i), []),
      events: pollEvents(quarter(memory, 8 * i + 4), []),
    }))
);

const resolve = flags(() => matching(fcntl, /^RESOLVE_/));

/** struct open_how */
export const openHow: Show = structAt((memory) => {
  const bits = memory.word(0);
  const creates = ((bits.value ?? 0n) & BigInt(fcntl.O_CREAT | fcntl.__O_TMPFILE)) !== 0n;
  return {
    flags: openFlags(bits, []),
    mode: creates ? octal(memory.word(8), []) : undefined,
    resolve: resolve(memory.word(16), []),
  };
});

/** struct file_handle */
export const fileHandle: Show = structAt((memory) => {
  const length = Number(half(memory, 0).value);
  return {
    handle_bytes: String(length),
    handle_type: int(half(memory, 4), []),
    f_handle: quoteHex(memory.bytes(8, length)),
  };
});

/** struct file_handle that is to be filled in. */
export const handleRoom: Show = structAt((memory) => ({
  handle_bytes: unsigned(half(memory, 0), []),
}));

/** A length that the kernel reads and writes. */
export const length: Show = contents((memory) => `[${int(half(memory, 0), [])}]`);

// Processes and mounts

const cloneFlags = flags(() => matching(sched, /^CLONE_/));

/** struct clone_args */
export const cloneArgs: Show = structAt((memory, all) => {
  const bits = memory.word(0);
  const has = (flag: number): boolean => ((bits.value ?? 0n) & BigInt(flag)) !== 0n;
  const hasCgroup = has(sched.CLONE_INTO_CGROUP) || (all[1]?.value ?? 0n) >= 88n &&
      memory.word(80).value !== 0n;
  return {
    flags: cloneFlags(bits, []),
    pidfd: has(sched.CLONE_PIDFD) ? pointer(memory.word(8), []) : undefined,
    exit_signal: signal(memory.word(32), []),
    stack: pointer(memory.word(40), []),
    stack_size: hex(memory.word(48), []),
    cgroup: hasCgroup ? decimal(memory.word(80), []) : undefined,
  };
});

export const mountAttributes: Show = flags(() => matching(mount, /^MOUNT_ATTR_/));
const propagation = flags(() => matching(mount, /^MS_(PRIVATE|SLAVE|SHARED|UNBINDABLE)$/));

/** struct mount_attr */
export const mountAttr: Show = structAt((memory) => ({
  attr_set: mountAttributes(memory.word(0), []),
  attr_clr: mountAttributes(memory.word(8), []),
  propagation: propagation(memory.word(16), []),
  userns_fd: decimal(memory.word(24), []),
}));

// Sandboxes

const access = flags(() =>
  LANDLOCK_ACCESS_FS.map((name, i) => [`LANDLOCK_ACCESS_FS_${name}`, 1n << BigInt(i)] as const)
);

const landlockScopes = flags(() => [
  ["LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET", BigInt(LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET)],
]);

/** struct landlock_ruleset_attr, of which older kernels have the first field alone. */
export const landlockRuleset: Show = structAt((memory, [, size]) => ({
  handled_access_fs: access(memory.word(0), []),
  ...(Number(size?.value ?? 0n) < 24 ? {} : {
    handled_access_net: int(memory.word(8), []),
    scoped: landlockScopes(memory.word(16), []),
  }),
}));

/** struct landlock_path_beneath_attr, which is packed. */
export const landlockRule: Show = structAt((memory) => ({
  allowed_access: access(memory.word(0), []),
  parent_fd: int(half(memory, 8), []),
}));
