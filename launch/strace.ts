/** Shows system calls as strace(1) does: one signature per call, constants by name. */
import * as fcntl from "../ffi/abi/fcntl.ts";
import * as mountFlags from "../ffi/abi/mount.ts";
import * as prctl from "../ffi/abi/prctl.ts";
import * as sched from "../ffi/abi/sched.ts";
import * as signal from "../ffi/abi/signal.ts";
import * as wait from "../ffi/abi/wait.ts";
import type { Syscall } from "../ffi/abi/syscall_x86_64.ts";
import { display } from "./bytes.ts";
import type { Operand } from "./plan.ts";

/** Shows a number; `before` are the arguments in front of it. */
type Show = (value: bigint, before: readonly Operand[]) => string;

const decimal: Show = (value) => String(BigInt.asIntN(64, value));
const pointer: Show = (value) => value === 0n ? "NULL" : `0x${value.toString(16)}`;
const octal: Show = (value) => value === 0n ? "000" : `0${value.toString(8)}`;

/** Shows what of `constants` begins with one of the prefixes: flags in ascending order, joined by |. */
function flags(constants: Readonly<Record<string, unknown>>, prefix: RegExp, none = "0"): Show {
  const bits = Object.entries(constants)
    .filter((entry): entry is [string, number] => prefix.test(entry[0]) && Number(entry[1]) > 0)
    .sort((a, b) => a[1] - b[1]);
  return (value) => {
    const names = bits.filter(([, bit]) => value & BigInt(bit)).map(([name]) => name);
    const rest = bits.reduce((left, [, bit]) => left & ~BigInt(bit), value);
    if (rest) names.push(`0x${rest.toString(16)}`);
    return names.join("|") || none;
  };
}

/** Shows one of `constants` by its name. */
function oneOf(constants: Readonly<Record<string, unknown>>, prefix: RegExp): Show {
  const names = new Map(
    Object.entries(constants).filter(([name]) => prefix.test(name)).map((
      [name, value],
    ) => [Number(value), name]),
  );
  return (value) => names.get(Number(BigInt.asIntN(64, value))) ?? decimal(value, []);
}

const fd: Show = (value) => BigInt.asIntN(64, value) === -100n ? "AT_FDCWD" : decimal(value, []);
const open = flags(fcntl, /^O_(CREAT|EXCL|NONBLOCK|CLOEXEC|PATH)$/, "");
const access = ["O_RDONLY", "O_WRONLY", "O_RDWR"];
const openFlags: Show = (value, before) =>
  [access[Number(value & 3n)], open(value & ~3n, before)].filter((part) => part).join("|");
const cloneFlags = flags(sched, /^CLONE_/, "");
const signalName = oneOf(signal.SIGNALS, /^SIG(?!IOT|POLL)/);
const clone: Show = (value, before) =>
  [cloneFlags(value & ~0xffn, before), signalName(value & 0xffn, before)]
    .filter((part) => part && part !== "0").join("|");
const mounts = flags(mountFlags, /^MS_/);
const prctlOperation = oneOf(prctl, /^PR_[SG]ET_|^PR_CAP_AMBIENT$/);

/** prctl's second argument depends on the first. */
const prctlValue: Show = (value, before) => {
  const operation = before[0]?.kind === "number" ? Number(before[0].value) : 0;
  if (operation === prctl.PR_SET_PDEATHSIG) return value ? signalName(value, []) : "0";
  if (operation === prctl.PR_CAP_AMBIENT) return "PR_CAP_AMBIENT_RAISE";
  return decimal(value, []);
};

/** How each argument is shown; `name=` in front as strace has it. */
const SIGNATURES: Partial<Record<Syscall, readonly (Show | readonly [string, Show])[]>> = {
  clone: [clone, ["child_stack", pointer]],
  unshare: [cloneFlags],
  setns: [fd, cloneFlags],
  mount: [pointer, pointer, pointer, mounts, pointer],
  umount2: [pointer, flags(mountFlags, /^MNT_|^UMOUNT_/)],
  openat: [fd, pointer, openFlags],
  execve: [pointer, pointer, pointer],
  rt_sigaction: [signalName, pointer, pointer, decimal],
  rt_sigprocmask: [oneOf(signal, /^SIG_/), pointer, pointer, decimal],
  rt_sigtimedwait: [pointer, pointer, pointer, decimal],
  prctl: [prctlOperation, prctlValue],
  prlimit64: [decimal, oneOf(wait, /^RLIMIT_/), pointer, pointer],
  wait4: [decimal, pointer, flags(wait, /^(WNOHANG|WUNTRACED)$/), pointer],
  kill: [decimal, signalName],
  pipe2: [pointer, openFlags],
  mkdirat: [fd, pointer, octal],
  setgroups: [decimal, pointer],
  ppoll: [pointer, decimal, pointer, pointer, decimal],
};

/** A string as strace quotes it. */
export function quote(bytes: Uint8Array): string {
  const text = display(bytes).replace(/[\\"\n\t\r\v\f\x00-\x1f\x7f]/g, (c) => {
    const short = {
      "\\": "\\\\",
      '"': '\\"',
      "\n": "\\n",
      "\t": "\\t",
      "\r": "\\r",
      "\v": "\\v",
      "\f": "\\f",
    }[c];
    return short ?? `\\${c.charCodeAt(0).toString(8)}`;
  });
  return `"${text}"`;
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
      return `<${operand.name}>`;
    case "address":
      return `&${operand.name}`;
    case "vector":
      return `[${operand.items.map((item) => shown(item, pointer, [])).join(", ")}]`;
    case "failure":
      return "failure";
  }
}

/** A system call and its arguments, as strace(1) shows them. Slots are shown as `<name>`. */
export function callText(syscall: Syscall, args: readonly Operand[]): string {
  const signature = SIGNATURES[syscall] ?? [];
  const parts = args.slice(0, syscall === "openat" && !isCreating(args) ? 3 : undefined).map(
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

/** open(2) has a mode only with O_CREAT. */
function isCreating(args: readonly Operand[]): boolean {
  const given = args[2];
  return given?.kind === "number" && (given.value & BigInt(fcntl.O_CREAT)) !== 0n;
}
