/** Processes: how they start, wait, get signals, and become other programs. */
import { EACCES, EAGAIN, ECHILD, ENOEXEC, ENOMEM } from "../../ffi/abi/errno.ts";
import * as fcntl from "../../ffi/abi/fcntl.ts";
import { SIG_BLOCK, SIG_SETMASK, SIGNALS } from "../../ffi/abi/signal.ts";
import { S_IFMT, S_IFREG, ST_NOEXEC, STATFS, X_OK } from "../../ffi/abi/stat.ts";
import { WNOHANG, WNOWAIT } from "../../ffi/abi/wait.ts";
import { decode, encode } from "../../ffi/bytes.ts";
import type { Call, Calls, Kernel, Result } from "./kernel.ts";
import { int32, MOST_BYTES, type Process } from "./process.ts";

const SIGACTION_BYTES = 32;

/** execve(2): whether there is a program. */
function execute(kernel: Kernel, process: Process, dirfd: bigint, path: string): Result {
  const mode = kernel.mode(process, dirfd, path);
  if (mode !== undefined) {
    if (mode < 0) return mode;
    if ((mode & S_IFMT) !== S_IFREG) return -EACCES;
    const place = kernel.place(process, dirfd, path);
    if (typeof place !== "object") return place ?? end(process);
    const at = encode(`${place.path}\0`);
    if (kernel.ask("faccessat", place.fd, at, X_OK) < 0) return -EACCES;
    const fd = kernel.ask("openat", place.fd, at, fcntl.O_RDONLY | fcntl.O_CLOEXEC, 0);
    if (fd >= 0) {
      const [start, status] = [new Uint8Array(4), new Uint8Array(STATFS.bytes)];
      const length = kernel.ask("read", fd, start, start.length);
      const mounted = kernel.ask("fstatfs", fd, status);
      kernel.ask("close", fd);
      const text = decode(start.subarray(0, Math.max(0, length)));
      const flags = new DataView(status.buffer).getBigUint64(STATFS.flags, true);
      if (mounted === 0 && (flags & BigInt(ST_NOEXEC)) !== 0n) return -EACCES;
      if (!text.startsWith("#!") && text !== "\x7fELF") return -ENOEXEC;
    }
  }
  return end(process);
}

/** It is another program from here on, which ends well. */
function end(process: Process): Result {
  process.end(0);
  return 0;
}

/** The strings of an array of pointers. */
function stringsAt(process: Process, address: bigint): Uint8Array[] {
  const { memory } = process.interpreter;
  const strings: Uint8Array[] = [];
  if (address === 0n) return strings;
  for (let at = address;; at += 8n) {
    const word = memory.read(at, 8);
    if (word === 0n) return strings;
    strings.push(memory.cString(word).slice());
  }
}

const startProcess: Call = (kernel, process) => {
  const child = kernel.images.fork(process);
  child.interpreter.finish(0n);
  return child.pid;
};

/** A child that has ended, of those that are asked for. */
function wait(process: Process, pid: number): Process | number | undefined {
  const asked = process.children.filter((child) =>
    !child.isReaped && (pid <= 0 || child.pid === pid)
  );
  if (asked.length === 0) return -ECHILD;
  return asked.find(({ status }) => status !== undefined);
}

/** The calls. */
export const processes: Calls = {
  prlimit64: (kernel, process, [pid, resource, , old]) => {
    const who = kernel.numbers.isPid(int32(pid)) ? 0n : pid!;
    return kernel.look(process, "prlimit64", [who, resource!, 0n, old!]);
  },
  rt_sigaction: (_, process, [signal, set, old]) => {
    const { memory } = process.interpreter;
    const known = process.actions.get(int32(signal)) ?? new Uint8Array(SIGACTION_BYTES);
    if (old !== 0n) memory.put(old!, known);
    if (set !== 0n) process.actions.set(int32(signal), memory.bytes(set!, SIGACTION_BYTES).slice());
    return 0;
  },
  rt_sigprocmask: (_, process, [how, set, old]) => {
    const { memory } = process.interpreter;
    if (old !== 0n) memory.write(old!, process.mask, 8);
    if (set === 0n) return 0;
    const bits = memory.read(set!, 8);
    process.mask = int32(how) === SIG_SETMASK
      ? bits
      : int32(how) === SIG_BLOCK
      ? process.mask | bits
      : process.mask & ~bits;
    return 0;
  },
  rt_sigtimedwait: (_, process, [set, , timeout]) => {
    const isAsked =
      (process.interpreter.memory.read(set!, 8) >> BigInt(SIGNALS.SIGCHLD - 1) & 1n) === 1n;
    const ended = process.children.find(({ status, isSignalled }) =>
      status !== undefined && !isSignalled
    );
    if (isAsked && ended) {
      ended.isSignalled = true;
      return SIGNALS.SIGCHLD;
    }
    return timeout === 0n ? undefined : -EAGAIN;
  },
  getpid: (_, process) => process.pid,
  gettid: (_, process) => process.pid,
  getppid: (kernel, process) => process.parent?.pid ?? kernel.ask("getppid"),
  clone: startProcess,
  clone3: startProcess,
  wait4: (_, process, [pid, status, options]) => {
    const child = wait(process, int32(pid));
    if (typeof child === "number") return child;
    if (!child) return (int32(options) & WNOHANG) !== 0 ? 0 : undefined;
    child.isReaped = true;
    if (status !== 0n) process.interpreter.memory.write(status!, BigInt(child.status!), 4);
    return child.pid;
  },
  waitid: (kernel, process, [type, id, , options]) => {
    const pid = int32(type) === 0
      ? -1
      : kernel.numbers.isPid(int32(id))
      ? int32(id)
      : process.files.get(int32(id))?.process ?? -1;
    const child = wait(process, pid);
    if (typeof child === "number") return child;
    if (!child) return (int32(options) & WNOHANG) !== 0 ? 0 : undefined;
    child.isReaped = (int32(options) & WNOWAIT) === 0;
    return 0;
  },
  kill: (_, process, [pid, signal]) => {
    const mortal = [SIGNALS.SIGKILL, SIGNALS.SIGTERM, SIGNALS.SIGABRT] as readonly number[];
    if (int32(pid) === process.pid && mortal.includes(int32(signal))) process.end(int32(signal));
    return 0;
  },
  exit_group: (_, process, [status]) => {
    process.end((int32(status) & 0xff) << 8);
    return 0;
  },
  execve: (kernel, process, [path]) =>
    execute(kernel, process, BigInt(fcntl.AT_FDCWD), kernel.string(process, path)),
  execveat: (kernel, process, [dirfd, path, argv, envp]) => {
    const memory = process.files.get(int32(dirfd))?.memory;
    if (memory?.isImage) {
      const given = { argv: stringsAt(process, argv!), envp: stringsAt(process, envp!) };
      process.interpreter = kernel.images.restart(given);
      return 0;
    }
    const text = kernel.string(process, path);
    return text === "" ? end(process) : execute(kernel, process, dirfd!, text);
  },
  pidfd_open: (kernel, process, [pid, flags]) => {
    const number = int32(pid);
    if (kernel.numbers.isPid(number)) return kernel.open(process, { process: number });
    const opened = kernel.ask("pidfd_open", number, int32(flags));
    if (opened < 0) return opened;
    const fd = kernel.really(process, opened);
    process.files.set(fd, { real: opened, process: number });
    return fd;
  },
  pidfd_getfd: (kernel, process, [pidfd, fd]) => {
    const real = kernel.real(process, int32(pidfd));
    return real === undefined
      ? kernel.open(process, {})
      : kernel.really(process, kernel.ask("pidfd_getfd", real, int32(fd), 0));
  },
  mmap: (kernel, process, [, length]) =>
    length! > BigInt(MOST_BYTES) ? -ENOMEM : kernel.map(process, Number(length)),
  getrandom: (_kernel, _process, [, count]) => Number(count),
};
