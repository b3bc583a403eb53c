/** Shows system calls as strace(1) does: each argument by its kind, which ffi/abi/syscall.ts says. */
import { CAPABILITY_NAMES } from "../../ffi/abi/capability_names.ts";
import * as fcntl from "../../ffi/abi/fcntl.ts";
import * as prctl from "../../ffi/abi/prctl.ts";
import * as mount from "../../ffi/abi/mount.ts";
import * as seccomp from "../../ffi/abi/seccomp.ts";
import { SIOCGSKNS, SIOCSIFFLAGS } from "../../ffi/abi/socket.ts";
import { type PlainShape, type Row, type Syscall, SYSCALLS } from "../../ffi/abi/syscall.ts";
import type { Argument } from "./argument.ts";
import { filterProgram } from "./bpf.ts";
import * as constants from "./constants.ts";
import {
  decimal,
  flags,
  hex,
  int,
  int32,
  joined,
  matching,
  number,
  octal,
  oneOf,
  type Show,
  unsigned,
} from "./numbers.ts";
import * as signals from "./signals.ts";
import * as sockets from "./sockets.ts";
import * as structs from "./structs.ts";
import { bytes, contents, pointer, quoteHex, string, strings } from "./text.ts";

const dirfd = number((value) =>
  int32(value) === BigInt(fcntl.AT_FDCWD) ? "AT_FDCWD" : String(int32(value))
);

/** An id; that of 32 ones is none. */
const id = number((value) => int32(value) === -1n ? "-1" : String(BigInt.asUintN(32, value)));

const is = (argument: Argument | undefined, value: number): boolean =>
  argument?.value === BigInt(value);

const fcntlValue: Show = (argument, all) => {
  if (is(all[1], fcntl.F_ADD_SEALS)) return constants.seals(argument, all);
  if (is(all[1], fcntl.F_SETFD)) return flags(() => [["FD_CLOEXEC", 1n]])(argument, all);
  if (is(all[1], fcntl.F_SETSIG)) return signals.signal(argument, all);
  if (is(all[1], fcntl.F_SETLK)) return structs.flock(argument, all);
  return is(all[1], fcntl.F_SETFL) ? constants.openFlags(argument, all) : decimal(argument, all);
};

const operation = oneOf(() => matching(prctl, /^PR_[SG]ET_|^PR_CAPBSET_|^PR_CAP_AMBIENT$/));
const ambient = oneOf(() => matching(prctl, /^PR_CAP_AMBIENT_/));
const dumpable = oneOf(() => matching(prctl, /^SUID_DUMP_/));
const securebits = flags(() => matching(prctl, /^SECBIT_/));
const capability = number((value) => CAPABILITY_NAMES[Number(value)] ?? String(value));

/** What prctl(2) takes behind its operation, by that. */
const PRCTL: ReadonlyMap<number, readonly Show[]> = new Map<number, readonly Show[]>([
  [prctl.PR_SET_NAME, [string]],
  [prctl.PR_SET_PDEATHSIG, [signals.signal]],
  [prctl.PR_SET_DUMPABLE, [dumpable]],
  [prctl.PR_SET_CHILD_SUBREAPER, [decimal]],
  [prctl.PR_SET_KEEPCAPS, [decimal]],
  [prctl.PR_SET_SECUREBITS, [securebits]],
  [prctl.PR_CAPBSET_READ, [capability]],
  [prctl.PR_CAPBSET_DROP, [capability]],
  [prctl.PR_SET_SECCOMP, [
    oneOf(() => matching(prctl, /^SECCOMP_MODE_/)),
    filterProgram,
  ]],
  [prctl.PR_GET_DUMPABLE, []],
  [prctl.PR_GET_KEEPCAPS, []],
  [prctl.PR_GET_SECUREBITS, []],
]);

const prctlValue: Show = (argument, all) => {
  const i = all.indexOf(argument) - 1;
  if (is(all[0], prctl.PR_CAP_AMBIENT)) {
    return [ambient, is(all[1], prctl.PR_CAP_AMBIENT_CLEAR_ALL) ? decimal : capability][i]!(
      argument,
      all,
    );
  }
  const shown = PRCTL.get(Number(all[0]?.value ?? -1n))?.[i] ?? decimal;
  return shown(argument, all);
};

/** What no row knows is given is shown in hexadecimal; of those that take nothing, strace shows it of sockets. */
const ioctlValue: Show = (argument, all) => {
  if (is(all[1], SIOCSIFFLAGS)) return sockets.ifreq(argument, all);
  const isNumber = argument.place === undefined && !is(all[1], SIOCGSKNS);
  return isNumber ? hex(argument, all) : pointer(argument, all);
};

const fsconfigValue: Show = (argument, all) => {
  if (!is(all[1], mount.FSCONFIG_SET_BINARY)) return string(argument, all);
  const length = Number(all[4]?.value ?? 0n);
  return contents((memory) => quoteHex(memory.bytes(0, length)))(argument, all);
};

const seccompValue: Show = (argument, all) =>
  is(all[0], seccomp.SECCOMP_SET_MODE_FILTER)
    ? filterProgram(argument, all)
    : pointer(argument, all);

/** clone(2) has the signal of its end in its lowest byte. */
const cloneFlags = number((value, all) => {
  const signal = value & 0xffn;
  return joined(
    value & ~0xffn ? constants.cloneFlags({ value: value & ~0xffn }, all) : "",
    signal ? signals.signal({ value: signal }, all) : "",
  ) || "0";
});

/** How each kind is shown. */
const SHOWN: Readonly<Record<PlainShape, Show>> = {
  int,
  size: decimal,
  unsigned,
  offset: hex,
  octal,
  id,
  fd: int,
  dirfd,
  pointer,
  advice: constants.advice,
  acceptFlags: constants.acceptFlags,
  accessMode: constants.accessMode,
  cloneFlags: constants.cloneFlags,
  closeRangeFlags: constants.closeRangeFlags,
  dupFlags: constants.pipeFlags,
  eventFlags: constants.eventFlags,
  execFlags: constants.execFlags,
  family: constants.family,
  fcntl: constants.fcntlCommand,
  fcntlValue,
  fsconfig: constants.fsconfig,
  fsmountFlags: constants.fsmountFlags,
  fsopenFlags: constants.fsopenFlags,
  handleFlags: constants.handleFlags,
  idType: constants.idType,
  ioctl: constants.ioctl,
  ioctlValue,
  landlockFlags: constants.landlockFlags,
  landlockRuleType: constants.landlockRuleType,
  mapFlags: constants.mapFlags,
  memfdFlags: constants.memfdFlags,
  messageFlags: constants.messageFlags,
  mountAttributes: structs.mountAttributes,
  mountFlags: constants.mountFlags,
  mountSetattrFlags: constants.mountSetattrFlags,
  moveMountFlags: constants.moveMountFlags,
  openFlags: constants.openFlags,
  openMode: octal,
  openTreeFlags: constants.openTreeFlags,
  pidfdFlags: constants.pidfdFlags,
  pipeFlags: constants.pipeFlags,
  prctl: operation,
  prctlValue,
  protection: constants.protection,
  protocol: constants.protocol,
  randomFlags: constants.randomFlags,
  rlimit: constants.rlimit,
  seccompFlags: constants.seccompFlags,
  seccompOperation: constants.seccompOperation,
  signal: signals.signal,
  signalHow: constants.signalHow,
  socketType: constants.socketType,
  statFlags: constants.statFlags,
  statxFlags: constants.statxFlags,
  statxMask: constants.statxMask,
  umountFlags: constants.umountFlags,
  unlinkFlags: constants.unlinkFlags,
  waitOptions: constants.waitOptions,
  whence: constants.whence,
  path: string,
  string,
  argv: strings,
  envp: strings,
  capData: structs.capData,
  capHeader: structs.capHeader,
  cloneArgs: structs.cloneArgs,
  fileHandle: structs.fileHandle,
  fsconfigValue,
  groups: structs.groups,
  handleRoom: structs.handleRoom,
  iovec: sockets.iovec,
  landlockRule: structs.landlockRule,
  landlockRuleset: structs.landlockRuleset,
  length: structs.length,
  mountAttr: structs.mountAttr,
  msghdr: sockets.msghdr,
  openHow: structs.openHow,
  pollfds: structs.pollfds,
  rlimitValue: structs.rlimit,
  seccompValue,
  sigaction: signals.sigaction,
  sigset: signals.sigset,
  sockaddr: sockets.sockaddr,
  timespec: structs.timespec,
};

function showOf(kind: string): Show {
  if (kind.startsWith("out")) return pointer;
  if (kind.startsWith("in")) {
    const size = /^in:(\d)$/.exec(kind);
    if (size) return bytes(Number(size[1]));
  }
  return SHOWN[kind.replace(/\?$/, "") as PlainShape];
}

const ways = new Map<Syscall, readonly Show[]>();

/** A system call as strace shows it. */
export function callText(syscall: Syscall, args: readonly Argument[]): string {
  const row: Row = SYSCALLS[syscall];
  let shows = ways.get(syscall);
  if (!shows) ways.set(syscall, shows = row.args.map(showOf));
  // The signal is among the flags, and the stack comes first.
  if (syscall === "clone") {
    return `clone(child_stack=${pointer(args[1]!, args)}, flags=${cloneFlags(args[0]!, args)})`;
  }
  const shown = args.slice(0, countOf(syscall, args)).map((arg, i) =>
    (shows[i] ?? decimal)(arg, args)
  );
  return `${syscall}(${shown.join(", ")})`;
}

/** How many arguments are shown: all that are given, but for those that mean nothing. */
function countOf(syscall: Syscall, args: readonly Argument[]): number {
  switch (syscall) {
    case "openat":
      return ((args[2]?.value ?? 0n) & constants.O_CREATES) === 0n ? 3 : 4;
    case "ioctl":
      return args[2]?.value === 0n && !is(args[1], SIOCGSKNS) ? 2 : 3;
    case "fcntl":
      return [fcntl.F_GETFD, fcntl.F_GETFL, fcntl.F_GETOWN, fcntl.F_GET_SEALS].some((get) =>
          is(args[1], get)
        )
        ? 2
        : 3;
    case "prctl": {
      const known = PRCTL.get(Number(args[0]?.value ?? -1n));
      return known ? 1 + known.length : SYSCALLS.prctl.args.length;
    }
    default:
      return SYSCALLS[syscall].args.length;
  }
}
