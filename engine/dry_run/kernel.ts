/**
 * The kernel of a dry run. Calls that change nothing are made on real descriptors. All others succeed
 * without being made, and their effects are simulated as far as later calls can see them.
 */
import { capabilityHeader } from "../../ffi/abi/capability.ts";
import { EBADF, ENOENT } from "../../ffi/abi/errno.ts";
import * as fcntl from "../../ffi/abi/fcntl.ts";
import { STATX_BASIC_STATS, STX } from "../../ffi/abi/statx.ts";
import { type Row, type Syscall, SYSCALLS } from "../../ffi/abi/syscall.ts";
import { decode, encode } from "../../ffi/bytes.ts";
import { credentials } from "./credentials.ts";
import type { File, Numbers } from "./descriptors.ts";
import { files } from "./files.ts";
import type { Given, Interpreter } from "./interpreter.ts";
import { mounts } from "./mounts.ts";
import { CAPABILITY_BYTES, int32, MOST_BYTES, type Process } from "./process.ts";
import { processes } from "./processes.ts";
import { streams } from "./streams.ts";
import { withTrees } from "./trees.ts";

/**
 * Makes a real system call, one that changes nothing. Memory is passed by its address, null is NULL.
 * Returns a result, or -errno.
 */
export type Look = (
  syscall: Syscall,
  ...args: readonly (number | bigint | Uint8Array<ArrayBuffer> | null)[]
) => number;

/** A result or -errno; undefined if the call waits for another process. */
export type Result = number | bigint | undefined;

/** The six registers. */
export type Args = readonly bigint[];

/** Simulates a call of a process. */
export type Call = (kernel: Kernel, process: Process, args: Args) => Result;

/** Calls by name. */
export type Calls = Partial<Record<Syscall, Call>>;

/** Calls that change nothing, and whose buffers are in their signatures: they are made as they are. */
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

/** Calls that return a new descriptor. */
const MAKES: ReadonlySet<Syscall> = new Set<Syscall>([
  "eventfd2",
  "fsmount",
  "fsopen",
  "landlock_create_ruleset",
  "open_tree",
  "socket",
]);

/** Calls that have code of their own here. */
const CALLS: Calls = withTrees({
  ...files,
  ...streams,
  ...mounts,
  ...credentials,
  ...processes,
});

/** Starts an image, for execve(2) of the launcher itself. */
export interface Images {
  /** The size of the launcher's file, in bytes. */
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
  /** All processes of the run, by their PIDs. */
  readonly processes: Map<number, Process> = new Map();
  #maps = 0x7e00_0000_0000;

  constructor(ask: Look, numbers: Numbers, images: Images) {
    this.ask = ask;
    this.numbers = numbers;
    this.images = images;
  }

  /** Closes all real descriptors. */
  close(): void {
    for (const fd of this.#open) this.ask("close", fd);
  }

  /** Makes a call of a process: a result or -errno; undefined if it has to wait. */
  call(process: Process, syscall: Syscall, args: Args): Result {
    const made = CALLS[syscall];
    return made ? made(this, process, args) : this.usual(process, syscall, args);
  }

  /** A call that has no code of its own. */
  usual(process: Process, syscall: Syscall, args: Args): Result {
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

  /** Sees to it that a real descriptor is closed at the end. */
  keep(real: number): number {
    if (real >= 0) this.#open.push(real);
    return real;
  }

  /** A new descriptor for a real one, or the error. */
  really(process: Process, result: number, path?: string): number {
    if (this.keep(result) < 0) return result;
    return this.open(process, { real: result, ...(path === undefined ? {} : { path }) });
  }

  string(process: Process, address: bigint | undefined): string {
    return decode(process.interpreter.memory.cString(address ?? 0n));
  }

  /** The real directory descriptor and path for a path of a call; undefined if it cannot be looked at. */
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

  /** Paths in /proc of a simulated process lead to this process. */
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

  /** The real descriptor behind a simulated one; undefined if there is none. Inherited ones are real. */
  real(process: Process, fd: number): number | undefined {
    return this.numbers.isGiven(fd) ? process.files.get(fd)?.real : fd;
  }

  isOpen(process: Process, fd: number): boolean {
    if (fd < 0) return fd === fcntl.AT_FDCWD;
    return !this.numbers.isGiven(fd) || process.files.has(fd);
  }

  /** Makes a call that changes nothing. Its buffers stay zero where nothing can be looked at. */
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

  /** The mode of a file, or -errno; undefined if the path cannot be looked at. */
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

  /** The first bytes of a file. */
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
