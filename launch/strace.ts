/** Shows system calls as strace(1) does: one signature per call, constants by name. */
import * as fcntl from "../ffi/abi/fcntl.ts";
import * as mountFlags from "../ffi/abi/mount.ts";
import * as nsfs from "../ffi/abi/nsfs.ts";
import * as pidfd from "../ffi/abi/pidfd.ts";
import * as prctl from "../ffi/abi/prctl.ts";
import * as sched from "../ffi/abi/sched.ts";
import * as signal from "../ffi/abi/signal.ts";
import * as socket from "../ffi/abi/socket.ts";
import * as statx from "../ffi/abi/statx.ts";
import * as wait from "../ffi/abi/wait.ts";
import type { Syscall } from "../ffi/abi/syscall.ts";
import { type Constants, flagsText } from "../ffi/abi/text.ts";
import { type Operand, shownName } from "./plan.ts";

/** Shows a number; `before` are the arguments in front of it. */
type Show = (value: bigint, before: readonly Operand[]) => string;

const decimal: Show = (value) => String(BigInt.asIntN(64, value));
const pointer: Show = (value) => value === 0n ? "NULL" : `0x${value.toString(16)}`;
const octal: Show = (value) => value === 0n ? "000" : `0${value.toString(8)}`;

/** Shows flags of a family: see {@linkcode flagsText}. */
function flags(constants: Constants, names: RegExp, none?: string): Show {
  return (value) => flagsText(constants, names, value, none);
}

/** Shows one of `constants` by its name. */
function oneOf(constants: Constants, names: RegExp): Show {
  return (value) => {
    const number = Number(BigInt.asIntN(64, value));
    for (const name in constants) {
      if (constants[name] === number && names.test(name)) return name;
    }
    return decimal(value, []);
  };
}

const fd: Show = (value) => BigInt.asIntN(64, value) === -100n ? "AT_FDCWD" : decimal(value, []);
const open = flags(fcntl, /^O_(CREAT|EXCL|NONBLOCK|CLOEXEC|PATH|TMPFILE)$/, "");
const access = ["O_RDONLY", "O_WRONLY", "O_RDWR"];
const openFlags: Show = (value, before) =>
  [access[Number(value & 3n)], open(value & ~3n, before)].filter((part) => part).join("|");
const waitOptions = flags(
  { WNOHANG: wait.WNOHANG, WSTOPPED: wait.WUNTRACED, __WALL: wait.__WALL },
  /^/,
);
const pipeFlags = flags(fcntl, /^O_(NONBLOCK|CLOEXEC)$/);
const socketFlags = flags(socket, /^SOCK_CLOEXEC$/, "");
const socketTypes = oneOf(socket, /^SOCK_(DGRAM|RAW)$/);
const socketType: Show = (value, before) =>
  [socketTypes(value & 0xfn, before), socketFlags(value & ~0xfn, before)].filter((part) => part)
    .join("|");
const cloneFlags = flags(sched, /^CLONE_/);
const named = oneOf(signal.SIGNALS, /^SIG(?!IOT|POLL|CLD)/);
/** Real-time signals, which have numbers only, count from 32. */
const signalName: Show = (value, before) =>
  value > 32n && value <= 64n ? `SIGRT_${value - 32n}` : named(value, before);
const clone: Show = (value, before) =>
  [cloneFlags(value & ~0xffn, before), signalName(value & 0xffn, before)]
    .filter((part) => part && part !== "0").join("|") || "0";
/** Neither AT_STATX_FORCE_SYNC nor AT_STATX_DONT_SYNC is used: strace calls that by this name. */
const statxFlags: Show = (value, before) =>
  ["AT_STATX_SYNC_AS_STAT", flags(fcntl, /^AT_(EMPTY_PATH|SYMLINK_NOFOLLOW)$/, "")(value, before)]
    .filter((part) => part).join("|");
const ioctls = oneOf({ ...nsfs, ...socket }, /^NS_GET_|^SIOC/);
/** What an ioctl of no known argument is given; those that take none are given 0. */
const hex: Show = (value) => `0x${value.toString(16)}`;
const mounts = flags(mountFlags, /^MS_/);
const prctlOperation = oneOf(prctl, /^PR_[SG]ET_|^PR_CAP_AMBIENT$/);

const dumpable = oneOf(prctl, /^SUID_DUMP_/);

/** prctl's second argument depends on the first. */
const prctlValue: Show = (value, before) => {
  const operation = before[0]?.kind === "number" ? Number(before[0].value) : 0;
  if (operation === prctl.PR_SET_PDEATHSIG) return value ? signalName(value, []) : "0";
  if (operation === prctl.PR_SET_DUMPABLE) return dumpable(value, []);
  if (operation === prctl.PR_CAP_AMBIENT) return "PR_CAP_AMBIENT_RAISE";
  return decimal(value, []);
};

const seals = flags(fcntl, /^F_SEAL_/);
const fcntlValue: Show = (value, before) => {
  const command = before[1]?.kind === "number" ? Number(before[1].value) : 0;
  return command === fcntl.F_ADD_SEALS ? seals(value, []) : value ? "FD_CLOEXEC" : "0";
};

/** How each argument is shown; `name=` in front as strace has it. */
const SIGNATURES: Partial<Record<Syscall, readonly (Show | readonly [string, Show])[]>> = {
  clone: [clone, ["child_stack", pointer]],
  unshare: [cloneFlags],
  setns: [fd, cloneFlags],
  mount: [pointer, pointer, pointer, mounts, pointer],
  umount2: [pointer, flags(mountFlags, /^MNT_|^UMOUNT_/)],
  openat: [fd, pointer, openFlags, octal],
  execve: [pointer, pointer, pointer],
  rt_sigaction: [signalName, pointer, pointer, decimal],
  rt_sigprocmask: [oneOf(signal, /^SIG_/), pointer, pointer, decimal],
  rt_sigtimedwait: [pointer, pointer, pointer, decimal],
  prctl: [prctlOperation, prctlValue],
  prlimit64: [decimal, oneOf(wait, /^RLIMIT_/), pointer, pointer],
  wait4: [decimal, pointer, waitOptions, pointer],
  kill: [decimal, signalName],
  pipe2: [pointer, pipeFlags],
  mkdirat: [fd, pointer, octal],
  unlinkat: [fd, pointer, flags(fcntl, /^AT_REMOVEDIR$/)],
  memfd_create: [pointer, flags(fcntl, /^MFD_/)],
  fcntl: [fd, oneOf(fcntl, /^F_(?!SEAL)/), fcntlValue],
  sendfile: [fd, fd, pointer, decimal],
  execveat: [fd, pointer, pointer, pointer, flags(fcntl, /^AT_EMPTY_PATH$/)],
  socket: [oneOf(socket, /^AF_/), socketType, oneOf(socket, /^IPPROTO_/)],
  setgroups: [decimal, pointer],
  statx: [fd, pointer, statxFlags, flags(statx, /^STATX_(UID|GID|INO)$/), pointer],
  statfs: [pointer, pointer],
  fstatfs: [fd, pointer],
  ioctl: [fd, ioctls, hex],
  pidfd_open: [decimal, flags(pidfd, /^PIDFD_/)],
  open_by_handle_at: [fd, pointer, openFlags],
  readlinkat: [fd, pointer, pointer, decimal],
  ppoll: [pointer, decimal, pointer, pointer, decimal],
};

const ESCAPES: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  '"': '\\"',
  "\n": "\\n",
  "\t": "\\t",
  "\r": "\\r",
  "\v": "\\v",
  "\f": "\\f",
};

/** A string as strace quotes it: what is not ASCII in octal, as long as needed. */
export function quote(bytes: Uint8Array): string {
  const text = Array.from(bytes, (byte, i) => {
    const char = String.fromCharCode(byte);
    if (byte >= 0x20 && byte < 0x7f) return ESCAPES[char] ?? char;
    const next = bytes[i + 1] ?? 0;
    const isDigit = next >= 0x30 && next <= 0x37;
    return ESCAPES[char] ?? `\\${byte.toString(8).padStart(isDigit ? 3 : 1, "0")}`;
  });
  return `"${text.join("")}"`;
}

function shown(operand: Operand, show: Show, before: readonly Operand[]): string {
  switch (operand.kind) {
    case "number":
      return show(operand.value, before);
    case "text":
      return quote(operand.bytes);
    case "data":
      return operand.text;
    case "slot":
      if (operand.begins?.kind !== "vector") return operand.text ?? `<${shownName(operand.name)}>`;
      return `[${
        [...shownItems(operand.begins.items), `<${shownName(operand.name)}>...`].join(", ")
      }]`;
    case "address":
      return `&${shownName(operand.name)}`;
    case "vector":
      return `[${shownItems(operand.items).join(", ")}]`;
    case "label":
      return operand.label;
    case "failure":
      return "failure";
  }
}

function shownItems(items: readonly Operand[]): string[] {
  return items.map((item) => shown(item, pointer, []));
}

/** A system call and its arguments, as strace(1) shows them. Slots are shown as `<name>`. */
export function callText(syscall: Syscall, args: readonly Operand[]): string {
  const signature = SIGNATURES[syscall] ?? [];
  const parts = args.slice(0, arity(syscall, args)).map(
    (arg, i) => {
      const entry = signature[i] ?? decimal;
      return typeof entry === "function"
        ? shown(arg, entry, args.slice(0, i))
        : `${entry[0]}=${shown(arg, entry[1], args.slice(0, i))}`;
    },
  );
  if (syscall === "clone") return `clone(${parts[1]}, flags=${parts[0]})`;
  return `${syscall}(${parts.join(", ")})`;
}

/** O_TMPFILE has the bit of O_DIRECTORY too, which is not meant. */
const CREATING = fcntl.O_CREAT | fcntl.O_TMPFILE & ~0o200000;

/**
 * open(2) has a mode only with O_CREAT or O_TMPFILE, ioctl(2) not always an argument, and prctl(2) may
 * have but one value.
 */
function arity(syscall: Syscall, [first, , third]: readonly Operand[]): number | undefined {
  const has = (operand: Operand | undefined, bits: number): boolean =>
    operand?.kind === "number" && (operand.value & BigInt(bits)) !== 0n;
  if (syscall === "openat" && !has(third, CREATING)) return 3;
  if (syscall === "ioctl") return third?.kind === "number" && third.value === 0n ? 2 : 3;
  const isOne = first?.kind === "number" &&
    [prctl.PR_SET_PDEATHSIG, prctl.PR_SET_DUMPABLE].includes(Number(first.value));
  return syscall === "prctl" && isOne ? 2 : undefined;
}
