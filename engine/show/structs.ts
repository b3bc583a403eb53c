/** Shows structs of the kernel as strace(1) does, field by field. */
import { CAPABILITY_NAMES } from "../../ffi/abi/capability_names.ts";
import { _LINUX_CAPABILITY_VERSION_3 } from "../../ffi/abi/capability.ts";
import * as fcntl from "../../ffi/abi/fcntl.ts";
import { LANDLOCK_ACCESS_FS, LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET } from "../../ffi/abi/landlock.ts";
import * as mount from "../../ffi/abi/mount.ts";
import * as sched from "../../ffi/abi/sched.ts";
import { SIGNALS } from "../../ffi/abi/signal.ts";
import * as socket from "../../ffi/abi/socket.ts";
import * as wait from "../../ffi/abi/wait.ts";
import { type Argument, type Contents, half, quarter } from "./argument.ts";
import {
  decimal,
  flags,
  flagsText,
  hex,
  int,
  matching,
  type Named,
  number,
  octal,
  oneOf,
  type Show,
  unsigned,
} from "./numbers.ts";
import { array, contents, pointer, quote, quoteHex } from "./text.ts";
import { family, openFlags } from "./constants.ts";

const INFINITY = 2n ** 64n - 1n;

/** Fields as `name=value`; those that are undefined are left out. */
function struct(fields: Readonly<Record<string, string | undefined>>): string {
  const shown = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${value}`]
  );
  return `{${shown.join(", ")}}`;
}

/** A struct at an address. */
function structAt(
  fields: (memory: Contents, all: readonly Argument[]) => Readonly<
    Record<string, string | undefined>
  >,
): Show {
  return contents((memory, all) => struct(fields(memory, all)));
}

// Signals

const signalNames = new Map(
  Object.entries(SIGNALS).filter(([name]) => !/^SIG(IOT|POLL|CLD)$/.test(name))
    .map(([name, value]) => [value as number, name]),
);

/** A signal without its SIG; real-time signals, which have numbers only, count from 32. */
function shortName(signal: number): string {
  return signalNames.get(signal)?.slice(3) ?? `RT_${signal - 32}`;
}

/** Signals by name. */
export const namedSignals = (): Named =>
  Object.entries(SIGNALS).map(([name, number]) => [name, BigInt(number)]);

/** A signal's name. */
export const signal: Show = number((value) => {
  const known = signalNames.get(Number(value));
  if (known !== undefined) return known;
  return value > 32n && value <= 64n ? `SIGRT_${value - 32n}` : String(BigInt.asIntN(32, value));
});

/** Where more signals are in a set than not, those that are not are named. */
function setText(set: bigint): string {
  const inside = Array.from({ length: 64 }, (_, i) => i + 1)
    .filter((signal) => (set >> BigInt(signal - 1) & 1n) === 1n);
  if (inside.length < 43) return `[${inside.map(shortName).join(" ")}]`;
  const outside = Array.from({ length: 64 }, (_, i) => i + 1)
    .filter((signal) => !inside.includes(signal));
  return `~[${outside.map(shortName).join(" ")}]`;
}

const signalSet: Show = number(setText);

export const sigset: Show = contents((memory) => signalSet(memory.word(0), []));

const SA_RESTORER = 0x04000000n;
const SA_FLAGS = [
  ["SA_RESTORER", SA_RESTORER],
  ["SA_NOCLDSTOP", 1n],
  ["SA_NOCLDWAIT", 2n],
  ["SA_SIGINFO", 4n],
  ["SA_ONSTACK", 0x08000000n],
  ["SA_RESTART", 0x10000000n],
  ["SA_NODEFER", 0x40000000n],
  ["SA_RESETHAND", 0x80000000n],
] as const;
const handler = number((value) =>
  value === 0n ? "SIG_DFL" : value === 1n ? "SIG_IGN" : `0x${value.toString(16)}`
);

/** struct kernel_sigaction { handler, flags, restorer, mask } */
export const sigaction: Show = structAt((memory) => {
  const bits = memory.word(8);
  const hasRestorer = ((bits.value ?? 0n) & SA_RESTORER) !== 0n;
  return {
    sa_handler: handler(memory.word(0), []),
    sa_mask: signalSet(memory.word(24), []),
    sa_flags: flags(() => SA_FLAGS)(bits, []),
    sa_restorer: hasRestorer ? pointer(memory.word(16), []) : undefined,
  };
});

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

/** struct sockaddr: the path of a Unix socket, up to its NUL; of another, its bytes. */
export const sockaddr: Show = structAt((memory, all) => {
  const kind = quarter(memory, 0);
  const rest = memory.bytes(2, Number(all[2]?.value ?? 2n) - 2);
  const isUnix = kind.value === BigInt(socket.AF_UNIX);
  return {
    sa_family: family(kind, []),
    sun_path: isUnix ? quote(rest.subarray(0, (rest.indexOf(0) + 1 || Infinity) - 1)) : undefined,
    sa_data: isUnix ? undefined : quote(rest),
  };
});

// Messages

const vectorText = (memory: Contents, count: number): string =>
  array(count, (i) => {
    const [base, length] = [memory.word(16 * i), memory.word(16 * i + 8)];
    const text = contents((there) => quoteOf(there, length))(base, []);
    return struct({ iov_base: text, iov_len: decimal(length, []) });
  });

/** struct iovec, as many as the next argument says. */
export const iovec: Show = contents((memory, all) =>
  vectorText(memory, Number(all[2]?.value ?? 0n))
);

/** struct cmsghdr, all of them. */
function control(memory: Contents, length: number): string {
  const shown: string[] = [];
  for (let at = 0; at + 16 <= length;) {
    const size = Number(memory.word(at).value ?? 0n);
    const [level, type] = [half(memory, at + 8).value, half(memory, at + 12).value];
    const isRights = level === BigInt(socket.SOL_SOCKET) && type === BigInt(socket.SCM_RIGHTS);
    const data = isRights
      ? array((size - 16) / 4, (i) => int(half(memory, at + 16 + 4 * i), []))
      : quoteHex(memory.bytes(at + 16, size - 16));
    shown.push(struct({
      cmsg_len: String(size),
      cmsg_level: level === BigInt(socket.SOL_SOCKET) ? "SOL_SOCKET" : String(level),
      cmsg_type: isRights ? "SCM_RIGHTS" : String(type),
      cmsg_data: data,
    }));
    if (size < 16) break;
    at += Math.ceil(size / 8) * 8;
  }
  return `[${shown.join(", ")}]`;
}

/** struct msghdr */
export const msghdr: Show = structAt((memory) => {
  const [count, controlBytes] = [memory.word(24), memory.word(40)];
  const shown = contents((there) => vectorText(there, Number(count.value ?? 0n)))(
    memory.word(16),
    [],
  );
  const hasControl = memory.word(32).value !== 0n;
  return {
    msg_name: pointer(memory.word(0), []),
    msg_namelen: int(half(memory, 8), []),
    msg_iov: shown,
    msg_iovlen: decimal(count, []),
    msg_control: hasControl
      ? contents((there) => control(there, Number(controlBytes.value ?? 0n)))(memory.word(32), [])
      : undefined,
    msg_controllen: decimal(controlBytes, []),
    msg_flags: int(half(memory, 48), []),
  };
});

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

// Networks

const interfaceFlags = flags(() => matching(socket, /^IFF_/));

/** struct ifreq, with flags in its union. */
export const ifreq: Show = structAt((memory) => ({
  ifr_name: quote(memory.string()),
  ifr_flags: interfaceFlags(quarter(memory, 16), []),
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

function quoteOf(memory: Contents, length: Argument): string {
  const bytes = length.value === undefined
    ? memory.string()
    : memory.bytes(0, Number(length.value));
  return quote(bytes);
}
