/**
 * The kernel of a dry run. Calls that only look are really made, on real descriptors; all others
 * succeed, and what they would have done is remembered as far as later calls see it.
 */
import {
  EACCES,
  EAGAIN,
  EBADF,
  ECHILD,
  EEXIST,
  EINVAL,
  EISDIR,
  ENOENT,
  ENOEXEC,
  ENOMEM,
  ENOTDIR,
  EPERM,
} from "../ffi/abi/errno.ts";
import * as fcntl from "../ffi/abi/fcntl.ts";
import { MS_BIND, MS_MOVE, MS_REMOUNT } from "../ffi/abi/mount.ts";
import {
  NS_GET_NSTYPE,
  NS_GET_OWNER_UID,
  NS_GET_PARENT,
  NS_GET_PID_FROM_PIDNS,
  NS_GET_PID_IN_PIDNS,
  NS_GET_TGID_FROM_PIDNS,
  NS_GET_TGID_IN_PIDNS,
  NS_GET_USERNS,
} from "../ffi/abi/nsfs.ts";
import { SIOCGSKNS } from "../ffi/abi/socket.ts";
import { CAP_SETGID, CAP_SYS_ADMIN, capabilityHeader } from "../ffi/abi/capability.ts";
import { CLONE_NEWNS, CLONE_NEWUSER } from "../ffi/abi/sched.ts";
import { PR_CAPBSET_READ, PR_GET_DUMPABLE, SUID_DUMP_USER } from "../ffi/abi/prctl.ts";
import { SIG_BLOCK, SIG_SETMASK, SIGNALS } from "../ffi/abi/signal.ts";
import {
  BINFMTFS_MAGIC,
  PROC_SUPER_MAGIC,
  S_IFDIR,
  S_IFMT,
  S_IFREG,
  ST_NOEXEC,
  STATFS,
  X_OK,
} from "../ffi/abi/stat.ts";
import { STATX_BASIC_STATS, STX } from "../ffi/abi/statx.ts";
import { type Row, type Syscall, SYSCALLS } from "../ffi/abi/syscall.ts";
import { WNOHANG } from "../ffi/abi/wait.ts";
import { decode, encode } from "../ffi/bytes.ts";
import { type File, type Numbers, Pipe } from "./descriptors.ts";
import type { Given, Interpreter } from "./interpreter.ts";
import { Paths } from "./paths.ts";

/**
 * Really makes a system call, one that only looks. Memory is passed by its address, null is NULL.
 * Gives a result, or -errno.
 */
export type Look = (
  syscall: Syscall,
  ...args: readonly (number | bigint | Uint8Array<ArrayBuffer> | null)[]
) => number;

/** A user namespace that was not really made, or joined. */
interface UserNamespace {
  /** The folder in /proc of a process in it. */
  readonly folder?: string;
  isDenied: boolean;
}

/** A process of a dry run. */
export class Process {
  readonly files: Map<number, File>;
  readonly paths: Paths;
  readonly children: Process[] = [];
  /** Whether a new user namespace gives it all capabilities. */
  isPrivileged = false;
  /** The user namespace that it would be in; undefined as long as it is this process's own. */
  userNamespace: UserNamespace | undefined;
  /** What capset(2) has set. */
  capabilities: Uint8Array | undefined;
  readonly actions: Map<number, Uint8Array>;
  mask = 0n;
  /** Its status, as wait4(2) gives it, when it has ended or is a program of its own. */
  status: number | undefined;
  /** Whether what it runs is in a file that nobody can write to. */
  isSealed = false;
  /** Whether its end has been told by a signal, and by wait4(2). */
  isSignalled = false;
  isReaped = false;

  readonly pid: number;
  interpreter: Interpreter;
  readonly parent: Process | undefined;

  constructor(pid: number, interpreter: Interpreter, parent?: Process) {
    this.pid = pid;
    this.interpreter = interpreter;
    this.parent = parent;
    this.files = new Map(parent?.files);
    this.paths = parent?.paths.copy() ?? new Paths();
    this.actions = new Map(parent?.actions);
    if (!parent) return;
    this.isPrivileged = parent.isPrivileged;
    this.userNamespace = parent.userNamespace;
    this.isSealed = parent.isSealed;
    this.capabilities = parent.capabilities;
    this.mask = parent.mask;
    parent.children.push(this);
    for (const { writes } of this.files.values()) if (writes) writes.writers++;
  }

  end(status: number): void {
    this.status = status;
    for (const { writes } of this.files.values()) if (writes) writes.writers--;
    this.files.clear();
  }
}

/** What a call gives: a result or -errno, or undefined if it waits for another process. */
type Result = number | bigint | undefined;
type Args = readonly bigint[];

/** Calls that look, as their arguments say by their kinds. */
const LOOKS: ReadonlySet<Syscall> = new Set<Syscall>([
  "faccessat",
  "fstat",
  "fstatfs",
  "getcwd",
  "getdents64",
  "getegid",
  "geteuid",
  "getgid",
  "getgroups",
  "getuid",
  "lseek",
  "name_to_handle_at",
  "newfstatat",
  "pread64",
  "prlimit64",
  "read",
  "readlinkat",
  "statfs",
  "statx",
  "sysinfo",
  "uname",
]);

/** Calls that give a descriptor of something new. */
const MAKES: ReadonlySet<Syscall> = new Set<Syscall>([
  "eventfd2",
  "fsmount",
  "fsopen",
  "landlock_create_ruleset",
  "open_tree",
  "socket",
]);

const MAGICS: Readonly<Record<string, number>> = {
  proc: PROC_SUPER_MAGIC,
  binfmt_misc: BINFMTFS_MAGIC,
  tmpfs: 0x01021994,
  sysfs: 0x62656572,
  devpts: 0x1cd1,
  mqueue: 0x19800202,
  cgroup2: 0x63677270,
};

/** More than is read or written at once. */
const MOST_BYTES = 1 << 24;
const SIGACTION_BYTES = 32;
const CAPABILITY_BYTES = 24;
const O_WRITES = fcntl.O_WRONLY | fcntl.O_RDWR;
const O_TMPFILE_BIT = fcntl.O_TMPFILE & ~0o200000;
const SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE;

const int32 = (value: bigint | undefined): number => Number(BigInt.asIntN(32, value ?? 0n));

/** What the dry run does when a process becomes another: it knows how to start images. */
export interface Images {
  /** How many bytes the launcher's file has. */
  readonly bytes: number;
  restart(given: Given): Interpreter;
  fork(process: Process): Process;
}

/** Makes the calls of all processes of a dry run. */
export class Kernel {
  /** Really makes a call. */
  readonly ask: Look;
  readonly numbers: Numbers;
  readonly images: Images;
  readonly #open: number[] = [];
  /** All that there have been, by their PIDs. */
  readonly processes: Map<number, Process> = new Map();
  #maps = 0x7e00_0000_0000;

  constructor(ask: Look, numbers: Numbers, images: Images) {
    this.ask = ask;
    this.numbers = numbers;
    this.images = images;
  }

  /** Closes what was really opened. */
  close(): void {
    for (const fd of this.#open) this.ask("close", fd);
  }

  /** Makes a call of a process: a result or -errno; undefined if it has to wait. */
  call(process: Process, syscall: Syscall, args: Args): Result {
    const made = CALLS[syscall];
    if (made) return made(this, process, args);
    if (LOOKS.has(syscall)) return this.look(process, syscall, args);
    if (MAKES.has(syscall)) return this.open(process, {});
    return 0;
  }

  /** A new descriptor of a process. */
  open(process: Process, file: File): number {
    const fd = this.numbers.descriptor();
    process.files.set(fd, file);
    if (file.writes) file.writes.writers++;
    return fd;
  }

  /** A new descriptor of what was really opened, or the error. */
  really(process: Process, result: number, path?: string): number {
    if (result < 0) return result;
    this.#open.push(result);
    return this.open(process, { real: result, ...(path === undefined ? {} : { path }) });
  }

  string(process: Process, address: bigint | undefined): string {
    return decode(process.interpreter.memory.cString(address ?? 0n));
  }

  /** Where a path of a call can be looked at: a descriptor and a path; undefined if nowhere. */
  place(
    process: Process,
    dirfd: bigint | undefined,
    path: string,
  ): { fd: number; path: string; type?: string } | undefined {
    const fd = int32(dirfd);
    if (fd !== fcntl.AT_FDCWD && !path.startsWith("/")) {
      const real = this.real(process, fd);
      return real === undefined ? undefined : { fd: real, path };
    }
    const { path: found, type } = process.paths.locate(path);
    const seen = found === undefined ? undefined : this.#own(process, found);
    if (seen === undefined) return undefined;
    return { fd: fcntl.AT_FDCWD, path: seen, ...(type === undefined ? {} : { type }) };
  }

  /** Processes that are not there look as this one does; their descriptors are this one's. */
  #own(process: Process, path: string): string | undefined {
    const [, pid, rest] = /^\/proc\/(\d{10}|self|thread-self)(\/.*|)$/.exec(path) ?? [];
    if (pid === undefined || rest === undefined) return path;
    if (/^\d/.test(pid) && !this.numbers.isPid(Number(pid))) return path;
    const own = `/proc/${/^\d/.test(pid) ? "self" : pid}`;
    const [, fd, below] = /^\/fd\/(\d+)(.*)$/.exec(rest) ?? [];
    if (fd === undefined) return own + rest;
    const real = this.real(process, Number(fd));
    return real === undefined ? undefined : `/proc/self/fd/${real}${below}`;
  }

  /** The real descriptor behind one; undefined if there is none. Those that were inherited are real. */
  real(process: Process, fd: number): number | undefined {
    return this.numbers.isGiven(fd) ? process.files.get(fd)?.real : fd;
  }

  isOpen(process: Process, fd: number): boolean {
    if (fd < 0) return fd === fcntl.AT_FDCWD;
    return !this.numbers.isGiven(fd) || process.files.has(fd);
  }

  /** Really makes a call that looks. Where nothing can be seen, zeros are. */
  look(process: Process, syscall: Syscall, args: Args): number {
    const { memory } = process.interpreter;
    const { args: kinds }: Row = SYSCALLS[syscall];
    const outs: { address: bigint; bytes: Uint8Array<ArrayBuffer>; isCounted: boolean }[] = [];
    let dirfd: bigint | undefined;
    let isSeen = true;
    const passed = kinds.map((kind, i) => {
      const value = args[i] ?? 0n;
      const [, how, size] = /^out([:=])(\d+)$/.exec(kind) ?? [];
      if (how !== undefined) {
        if (value === 0n) return null;
        const length = how === "=" ? Number(size) : Number(args[Number(size)]);
        const bytes = new Uint8Array(Math.min(length, MOST_BYTES));
        outs.push({ address: value, bytes, isCounted: how === ":" });
        return bytes;
      }
      if (kind === "fd" || kind === "dirfd") {
        dirfd = value;
        if (int32(value) === fcntl.AT_FDCWD) return fcntl.AT_FDCWD;
        const real = this.real(process, int32(value));
        if (real === undefined) isSeen = false;
        return real ?? -1;
      }
      if (kind === "path") {
        const place = this.place(
          process,
          dirfd ?? BigInt(fcntl.AT_FDCWD),
          this.string(process, value),
        );
        if (!place) isSeen = false;
        return encode(`${place?.path ?? ""}\0`);
      }
      if (kind === "capHeader") return memory.bytes(value, 8).slice();
      if (kind === "handleRoom") {
        const bytes = memory.bytes(value, 8 + Number(memory.read(value, 4))).slice();
        outs.push({ address: value, bytes, isCounted: false });
        return bytes;
      }
      if (kind === "pointer") return null;
      return Number(BigInt.asIntN(64, value));
    });
    if (dirfd !== undefined && !this.isOpen(process, int32(dirfd))) return -EBADF;
    if (!isSeen) {
      for (const { address, bytes, isCounted } of outs) if (!isCounted) memory.put(address, bytes);
      return 0;
    }
    const result = this.ask(syscall, ...passed);
    if (result < 0) return result;
    for (const { address, bytes, isCounted } of outs) {
      memory.put(address, isCounted ? bytes.subarray(0, result) : bytes);
    }
    return result;
  }

  /** statx(2) of what stands at a path: its mode, or -errno; undefined if nothing can be seen. */
  mode(process: Process, dirfd: bigint, path: string): number | undefined {
    const place = this.place(process, dirfd, path);
    if (!place) return undefined;
    const status = new Uint8Array(STX.bytes);
    const result = this.ask(
      "statx",
      place.fd,
      encode(`${place.path}\0`),
      0,
      STATX_BASIC_STATS,
      status,
    );
    if (result === -ENOENT && process.paths.isMade(place.path)) return undefined;
    return result < 0 ? result : new DataView(status.buffer).getUint16(STX.mode, true);
  }

  /** Whether this process really has a capability. */
  isCapable(capability: number): boolean {
    const sets = new Uint8Array(CAPABILITY_BYTES);
    this.ask("capget", capabilityHeader().slice(), sets);
    return (new DataView(sets.buffer).getUint32(0, true) & 1 << capability) !== 0;
  }

  /** How a file begins. */
  readText(path: string): string {
    const flags = fcntl.O_RDONLY | fcntl.O_CLOEXEC;
    const fd = this.ask("openat", fcntl.AT_FDCWD, encode(`${path}\0`), flags, 0);
    if (fd < 0) return "";
    const text = new Uint8Array(4096);
    const length = this.ask("read", fd, text, text.length);
    this.ask("close", fd);
    return decode(text.subarray(0, Math.max(0, length)));
  }

  /** Memory for mmap(2). */
  map(process: Process, length: number): number {
    this.#maps -= Math.ceil(length / 4096) * 4096 + 4096;
    process.interpreter.memory.map(this.#maps, new Uint8Array(length), true);
    return this.#maps;
  }
}

const IOCTLS_THAT_OPEN: readonly number[] = [NS_GET_USERNS, NS_GET_PARENT, SIOCGSKNS];
const IOCTLS: readonly number[] = [
  ...IOCTLS_THAT_OPEN,
  NS_GET_NSTYPE,
  NS_GET_OWNER_UID,
  NS_GET_PID_FROM_PIDNS,
  NS_GET_TGID_FROM_PIDNS,
  NS_GET_PID_IN_PIDNS,
  NS_GET_TGID_IN_PIDNS,
];

type Call = (kernel: Kernel, process: Process, args: Args) => Result;

/** What may change a file, or do something, by being opened. */
const O_HARMFUL = fcntl.O_CREAT | fcntl.O_EXCL | fcntl.O_TRUNC | fcntl.O_APPEND | 3;

/** openat(2) and openat2(2): what is written to is only looked at. */
function openFile(
  kernel: Kernel,
  process: Process,
  dirfd: bigint,
  path: string,
  flags: number,
  resolve?: bigint,
): number {
  if (path === "/proc/self/exe" && (flags & fcntl.O_PATH) === 0) {
    const memory = { isImage: true, isSealed: process.isSealed };
    return kernel.open(process, { image: { left: kernel.images.bytes }, memory });
  }
  if (!kernel.isOpen(process, int32(dirfd))) return -EBADF;
  const place = kernel.place(process, dirfd, path);
  if (!place) {
    const { type } = process.paths.locate(path);
    return kernel.open(process, { path, ...(type === undefined ? {} : { type }) });
  }
  const at = encode(`${place.path}\0`);
  const harmless = flags & ~O_HARMFUL & ~O_TMPFILE_BIT;
  const really = (flags: number): number => {
    if (resolve === undefined) return kernel.ask("openat", place.fd, at, flags, 0);
    const how = new Uint8Array(BigUint64Array.of(BigInt(flags), 0n, resolve).buffer);
    return kernel.ask("openat2", place.fd, at, how, how.length);
  };
  const isPath = (flags & fcntl.O_PATH) !== 0;
  const seen = really(isPath ? harmless : fcntl.O_PATH | fcntl.O_CLOEXEC);
  const shown = { path: place.path, asked: path };
  if (seen < 0) {
    const isCreated = (flags & (fcntl.O_CREAT | O_TMPFILE_BIT)) !== 0;
    if (seen === -ENOENT && isCreated) process.paths.make(place.path);
    else if (seen !== -ENOENT || !process.paths.isMade(place.path)) return seen;
    return kernel.open(process, shown);
  }
  if (isPath) return kernel.really(process, seen, place.path);
  const status = new Uint8Array(STX.bytes);
  kernel.ask("statx", seen, encode("\0"), fcntl.AT_EMPTY_PATH, STATX_BASIC_STATS, status);
  kernel.ask("close", seen);
  const type = new DataView(status.buffer).getUint16(STX.mode, true) & S_IFMT;
  if ((flags & O_WRITES) !== 0) {
    if ((flags & O_TMPFILE_BIT) === 0 && type === S_IFDIR) return -EISDIR;
    if ((flags & fcntl.O_EXCL) !== 0 && (flags & fcntl.O_CREAT) !== 0) return -EEXIST;
    return kernel.open(process, shown);
  }
  // Devices and FIFOs do something when they are opened.
  if (type !== S_IFREG && type !== S_IFDIR) return kernel.open(process, shown);
  return kernel.really(process, really(harmless | fcntl.O_NONBLOCK), place.path);
}

/** execve(2): whether there is a program. */
function execute(kernel: Kernel, process: Process, dirfd: bigint, path: string): Result {
  const mode = kernel.mode(process, dirfd, path);
  if (mode !== undefined) {
    if (mode < 0) return mode;
    if ((mode & S_IFMT) !== S_IFREG) return -EACCES;
    const place = kernel.place(process, dirfd, path)!;
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

/** A pipe's two ends, or a pair of sockets, as two descriptors of 4 bytes. */
function pair(process: Process, address: bigint, fds: readonly [number, number]): number {
  const { memory } = process.interpreter;
  memory.write(address, BigInt(fds[0]), 4);
  memory.write(address + 4n, BigInt(fds[1]), 4);
  return 0;
}

/** Reads from a pipe; undefined as long as somebody may still write. */
function readPipe(process: Process, pipe: Pipe, address: bigint, most: number): Result {
  if (pipe.isEmpty) return pipe.writers > 0 ? undefined : 0;
  const bytes = pipe.read(most);
  process.interpreter.memory.put(address, bytes);
  return bytes.length;
}

/** The buffers of an iovec. */
function* buffers(process: Process, address: bigint, count: number): Generator<[bigint, number]> {
  const { memory } = process.interpreter;
  for (let i = 0n; i < BigInt(count); i++) {
    const at = address + 16n * i;
    yield [memory.read(at, 8), Number(memory.read(at + 8n, 8))];
  }
}

function writeTo(kernel: Kernel, process: Process, fd: number, bytes: Uint8Array): void {
  const file = process.files.get(fd);
  file?.writes?.write(bytes);
  // user_namespaces(7)
  const [, pid] = /^\/proc\/([^/]+)\/setgroups$/.exec(file?.asked ?? "") ?? [];
  if (pid === undefined || decode(bytes) !== "deny") return;
  const { userNamespace } = kernel.processes.get(Number(pid)) ?? process;
  if (userNamespace) userNamespace.isDenied = true;
}

/** Whether setgroups(2) is not allowed to a process of this folder. */
function saysDeny(kernel: Kernel, folder: string): boolean {
  return kernel.readText(`${folder}/setgroups`).startsWith("deny");
}

/** setuid(2) and setgid(2): an id that a joined user namespace has not cannot be taken. */
function setId(kernel: Kernel, { userNamespace }: Process, map: string, id: bigint): number {
  if (userNamespace?.folder === undefined) return 0;
  const ranges = kernel.readText(`${userNamespace.folder}/${map}`).trim().split("\n");
  const isMapped = ranges.some((line) => {
    const [inner, , count] = line.trim().split(/\s+/).map(Number);
    return inner !== undefined && count !== undefined && Number(id) >= inner &&
      Number(id) < inner + count;
  });
  return isMapped ? 0 : -EINVAL;
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

function join(kernel: Kernel, process: Process, fd: number, flags: number): number {
  const file = process.files.get(fd);
  const [, opened, type] = /^(.*\/proc\/[^/]+)\/ns\/([a-z]+)$/.exec(file?.path ?? "") ?? [];
  const of = opened ?? (file?.process === undefined ? undefined : `/proc/${file.process}`);
  const joins = (name: string, flag: number): boolean => type === name || (flags & flag) !== 0;
  if (joins("user", CLONE_NEWUSER)) {
    process.isPrivileged = true;
    process.userNamespace = {
      isDenied: false,
      ...(of === undefined ? {} : { folder: of }),
    };
  }
  // Plans try it without privilege, and again from the user namespace that owns it.
  if (!process.isPrivileged && !kernel.isCapable(CAP_SYS_ADMIN)) return -EPERM;
  if (joins("mnt", CLONE_NEWNS)) {
    process.paths.join(of === undefined ? undefined : `${of}/root`);
  }
  return 0;
}
/** The last capability that the kernel has. */
function lastCapability(kernel: Kernel): number {
  return Number.parseInt(kernel.readText("/proc/sys/kernel/cap_last_cap"), 10) || 40;
}

/** Calls that are neither only looks nor of no consequence. */
const CALLS: Partial<Record<Syscall, Call>> = {
  openat: (kernel, process, [dirfd, path, flags]) =>
    openFile(kernel, process, dirfd!, kernel.string(process, path), int32(flags)),
  openat2: (kernel, process, [dirfd, path, how]) => {
    const { memory } = process.interpreter;
    const [flags, resolve] = [memory.read(how!, 8), memory.read(how! + 16n, 8)];
    return openFile(kernel, process, dirfd!, kernel.string(process, path), Number(flags), resolve);
  },
  close: (kernel, process, [fd]) => {
    const file = process.files.get(int32(fd));
    if (!kernel.isOpen(process, int32(fd))) return -EBADF;
    process.files.delete(int32(fd));
    if (file?.writes) file.writes.writers--;
    return 0;
  },
  dup3: (kernel, process, [from, to]) => {
    if (!kernel.isOpen(process, int32(from))) return -EBADF;
    process.files.set(int32(to), process.files.get(int32(from)) ?? {});
    return int32(to);
  },
  fcntl: (kernel, process, [fd, command, value]) => {
    const file = process.files.get(int32(fd));
    if (!kernel.isOpen(process, int32(fd))) return -EBADF;
    switch (int32(command)) {
      case fcntl.F_DUPFD:
      case fcntl.F_DUPFD_CLOEXEC:
        return kernel.open(process, file ?? { real: int32(fd) });
      case fcntl.F_GET_SEALS:
        return file?.memory?.isSealed ? SEALS : -EINVAL;
      case fcntl.F_ADD_SEALS:
        if (file?.memory) file.memory.isSealed = int32(value) !== 0;
        return 0;
      case fcntl.F_GETFD:
        return fcntl.FD_CLOEXEC;
      default:
        return 0;
    }
  },
  read: (kernel, process, args) => {
    const [fd, address, count] = args;
    const file = process.files.get(int32(fd));
    if (file?.reads) return readPipe(process, file.reads, address!, Number(count));
    // Whatever is inherited is somebody else's to read.
    if (!file) return kernel.isOpen(process, int32(fd)) ? 0 : -EBADF;
    return kernel.look(process, "read", args);
  },
  write: (kernel, process, [fd, address, count]) => {
    if (!kernel.isOpen(process, int32(fd))) return -EBADF;
    const bytes = process.interpreter.memory.bytes(address!, Number(count));
    writeTo(kernel, process, int32(fd), bytes);
    return bytes.length;
  },
  writev: (kernel, process, [fd, address, count]) => {
    let length = 0;
    for (const [at, size] of buffers(process, address!, int32(count))) {
      writeTo(kernel, process, int32(fd), process.interpreter.memory.bytes(at, size));
      length += size;
    }
    return length;
  },
  sendmsg: (kernel, process, [fd, message]) => {
    const { memory } = process.interpreter;
    let length = 0;
    const [iov, count] = [memory.read(message! + 16n, 8), memory.read(message! + 24n, 8)];
    for (const [at, size] of buffers(process, iov, Number(count))) {
      writeTo(kernel, process, int32(fd), memory.bytes(at, size));
      length += size;
    }
    return length;
  },
  recvmsg: (_, process, [fd, message]) => {
    const { memory } = process.interpreter;
    const [iov, count] = [memory.read(message! + 16n, 8), memory.read(message! + 24n, 8)];
    const pipe = process.files.get(int32(fd))?.reads;
    const first = [...buffers(process, iov, Number(count))][0];
    return pipe && first ? readPipe(process, pipe, ...first) : 0;
  },
  sendto: (kernel, process, [fd, address, count]) => {
    writeTo(kernel, process, int32(fd), process.interpreter.memory.bytes(address!, Number(count)));
    return Number(count);
  },
  recvfrom: (_, process, [fd, address, count]) => {
    const pipe = process.files.get(int32(fd))?.reads;
    return pipe ? readPipe(process, pipe, address!, Number(count)) : 0;
  },
  sendfile: (_, process, [to, from, , count]) => {
    const image = process.files.get(int32(from))?.image;
    if (!image) return 0;
    const sent = Math.min(image.left, Number(count));
    image.left -= sent;
    const memory = process.files.get(int32(to))?.memory;
    if (memory && sent > 0) memory.isImage = true;
    return sent;
  },
  memfd_create: (kernel, process) =>
    kernel.open(process, { memory: { isImage: false, isSealed: false } }),
  pipe2: (kernel, process, [address]) => {
    const pipe = new Pipe();
    const reader = kernel.open(process, { reads: pipe });
    return pair(process, address!, [reader, kernel.open(process, { writes: pipe })]);
  },
  socketpair: (kernel, process, [, , , address]) => {
    const [one, other] = [new Pipe(), new Pipe()];
    const first = kernel.open(process, { reads: one, writes: other });
    return pair(process, address!, [first, kernel.open(process, { reads: other, writes: one })]);
  },
  close_range: (_, process, [first, last]) => {
    for (const [fd, { writes }] of process.files) {
      if (BigInt(fd) < first! || BigInt(fd) > BigInt.asUintN(32, last!)) continue;
      process.files.delete(fd);
      if (writes) writes.writers--;
    }
    return 0;
  },
  fstatfs: (kernel, process, args) => {
    const type = process.files.get(int32(args[0]))?.type;
    const result = kernel.look(process, "fstatfs", args);
    const magic = MAGICS[type ?? ""];
    if (magic !== undefined) process.interpreter.memory.write(args[1]!, BigInt(magic), 8);
    return result;
  },
  readlinkat: (kernel, process, args) => {
    const [, path, address] = args;
    const result = kernel.look(process, "readlinkat", args);
    const [, thread] = /^\/proc\/(thread-)?self$/.exec(kernel.string(process, path)) ?? [];
    const text = result > 0 ? decode(process.interpreter.memory.bytes(address!, result)) : "";
    const own = String(kernel.ask("getpid"));
    const isOwn = /^\/proc\/(thread-)?self$/.test(kernel.string(process, path)) &&
      text.split("/")[0] === own;
    if (!isOwn) return result;
    const shown = encode(thread ? `${process.pid}/task/${process.pid}` : String(process.pid));
    process.interpreter.memory.put(address!, shown.subarray(0, Number(args[3])));
    return Math.min(shown.length, Number(args[3]));
  },
  mkdirat: (kernel, process, [dirfd, path]) => {
    const text = kernel.string(process, path);
    const mode = kernel.mode(process, dirfd!, text);
    if (mode !== undefined && mode >= 0) return -EEXIST;
    const place = kernel.place(process, dirfd!, text);
    if (place) process.paths.make(place.path);
    return mode === undefined || mode === -ENOENT ? 0 : mode;
  },
  chdir: (kernel, process, [path]) => {
    const text = kernel.string(process, path);
    const mode = kernel.mode(process, BigInt(fcntl.AT_FDCWD), text);
    if (mode !== undefined) {
      if (mode < 0) return mode;
      if ((mode & S_IFMT) !== S_IFDIR) return -ENOTDIR;
    }
    process.paths.changeDirectory(process.paths.locate(text).path);
    return 0;
  },
  fchdir: (kernel, process, [fd]) => {
    if (!kernel.isOpen(process, int32(fd))) return -EBADF;
    const real = kernel.real(process, int32(fd));
    process.paths.changeDirectory(real === undefined ? undefined : `/proc/self/fd/${real}`);
    return 0;
  },
  chroot: (kernel, process, [path]) => {
    const text = kernel.string(process, path);
    const mode = kernel.mode(process, BigInt(fcntl.AT_FDCWD), text);
    if (mode !== undefined && mode < 0) return mode;
    process.paths.changeRoot(text);
    return 0;
  },
  pivot_root: (kernel, process, [path]) => {
    process.paths.changeRoot(kernel.string(process, path));
    return 0;
  },
  mount: (kernel, process, [source, target, type, flags]) => {
    const at = kernel.string(process, target);
    const mode = kernel.mode(process, BigInt(fcntl.AT_FDCWD), at);
    if (mode !== undefined && mode < 0) return mode;
    const bits = int32(flags);
    if ((bits & (MS_BIND | MS_MOVE)) !== 0 && (bits & MS_REMOUNT) === 0) {
      const from = kernel.string(process, source);
      const seen = kernel.mode(process, BigInt(fcntl.AT_FDCWD), from);
      if (seen !== undefined && seen < 0) return seen;
      process.paths.mount(at, process.paths.locate(from).path, "");
    } else if (type !== 0n && (bits & MS_REMOUNT) === 0) {
      const name = kernel.string(process, type);
      process.paths.mount(at, name === "proc" ? "/proc" : undefined, name);
    }
    return 0;
  },
  setgroups: (kernel, process) => {
    const { userNamespace } = process;
    if (userNamespace) {
      const { isDenied, folder } = userNamespace;
      return isDenied || folder !== undefined && saysDeny(kernel, folder) ? -EPERM : 0;
    }
    return kernel.isCapable(CAP_SETGID) && !saysDeny(kernel, "/proc/self") ? 0 : -EPERM;
  },
  setuid: (kernel, process, [id]) => setId(kernel, process, "uid_map", id!),
  setgid: (kernel, process, [id]) => setId(kernel, process, "gid_map", id!),
  umount2: (kernel, process, [path]) => {
    process.paths.unmount(kernel.string(process, path));
    return 0;
  },
  unshare: (_, process, [flags]) => {
    if ((int32(flags) & CLONE_NEWUSER) === 0) return 0;
    process.isPrivileged = true;
    process.userNamespace = { isDenied: false };
    return 0;
  },
  setns: (kernel, process, [fd, flags]) => {
    if (!kernel.isOpen(process, int32(fd))) return -EBADF;
    return join(kernel, process, int32(fd), int32(flags));
  },
  capget: (kernel, process, args) => {
    const { memory } = process.interpreter;
    if (process.capabilities || process.isPrivileged) {
      if (args[1] === 0n) return 0;
      const view = new DataView(new ArrayBuffer(CAPABILITY_BYTES));
      const all = (2n << BigInt(lastCapability(kernel))) - 1n;
      for (const set of [0, 4]) {
        view.setUint32(set, Number(all & 0xffff_ffffn), true);
        view.setUint32(set + 12, Number(all >> 32n), true);
      }
      memory.put(args[1]!, process.capabilities ?? new Uint8Array(view.buffer));
      return 0;
    }
    return kernel.look(process, "capget", args);
  },
  capset: (_, process, [, sets]) => {
    process.capabilities = process.interpreter.memory.bytes(sets!, CAPABILITY_BYTES).slice();
    return 0;
  },
  prctl: (kernel, _, [operation, value]) => {
    if (int32(operation) === PR_GET_DUMPABLE) return SUID_DUMP_USER;
    if (int32(operation) !== PR_CAPBSET_READ) return 0;
    return Number(value) <= lastCapability(kernel) ? 1 : -EINVAL;
  },
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
    child.isReaped = true;
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
      process.isSealed = memory.isSealed;
      const given = { argv: stringsAt(process, argv!), envp: stringsAt(process, envp!) };
      process.interpreter = kernel.images.restart(given);
      return 0;
    }
    const text = kernel.string(process, path);
    if (text !== "") return execute(kernel, process, dirfd!, text);
    process.end(0);
    return 0;
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
  ioctl: (kernel, process, [fd, request, value]) => {
    const real = kernel.real(process, int32(fd));
    // Requests of namespace files only look.
    const number = Number(request);
    if (!IOCTLS.includes(number)) return 0;
    if (real === undefined) return kernel.open(process, {});
    if (number === NS_GET_OWNER_UID) {
      const owner = new Uint8Array(4);
      const result = kernel.ask("ioctl", real, number, owner);
      if (result >= 0) process.interpreter.memory.put(value!, owner);
      return result;
    }
    const given = kernel.numbers.isPid(Number(value)) ? kernel.ask("getpid") : Number(value);
    const result = kernel.ask("ioctl", real, number, given);
    return IOCTLS_THAT_OPEN.includes(number) ? kernel.really(process, result) : result;
  },
  open_by_handle_at: (kernel, process, [fd, handle, flags]) => {
    const real = kernel.real(process, int32(fd));
    if (real === undefined) return kernel.open(process, {});
    const { memory } = process.interpreter;
    const bytes = memory.bytes(handle!, 8 + Number(memory.read(handle!, 4))).slice();
    return kernel.really(process, kernel.ask("open_by_handle_at", real, bytes, int32(flags)));
  },
  ppoll: (_, process, [address, count, timeout]) => {
    const { memory } = process.interpreter;
    let ready = 0;
    for (let i = 0n; i < count!; i++) {
      const at = address! + 8n * i;
      const fd = int32(memory.read(at, 4));
      const file = process.files.get(fd);
      const isReady = file?.reads !== undefined &&
        (!file.reads.isEmpty || file.reads.writers === 0);
      memory.write(at + 6n, isReady ? memory.read(at + 4n, 2) : 0n, 2);
      if (isReady) ready++;
    }
    return ready === 0 && timeout === 0n && count !== 0n ? undefined : ready;
  },
  mmap: (kernel, process, [, length]) =>
    length! > BigInt(MOST_BYTES) ? -ENOMEM : kernel.map(process, Number(length)),
  getrandom: (_kernel, _process, [, count]) => Number(count),
};
