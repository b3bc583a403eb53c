/**
 * The kernel of a dry run. Calls that change nothing are made on real descriptors. All others succeed
 * without being made, and their effects are simulated as far as later calls can see them.
 */
import { capabilityHeader } from "../../ffi/abi/capability.ts";
import { EBADF } from "../../ffi/abi/errno.ts";
import * as fcntl from "../../ffi/abi/fcntl.ts";
import { type Row, type Syscall, SYSCALLS } from "../../ffi/abi/syscall.ts";
import { decode, encode } from "../../ffi/bytes.ts";
import { credentials } from "./credentials.ts";
import type { File, Numbers } from "./descriptors.ts";
import { files } from "./files.ts";
import type { Interpreter } from "./interpreter.ts";
import { mounts } from "./mounts.ts";
import { type Look, Places } from "./places.ts";
import { CAPABILITY_BYTES, int32, MOST_BYTES, type Process } from "./process.ts";
import { processes } from "./processes.ts";
import { streams } from "./streams.ts";
import { withTrees } from "./trees.ts";
import type { Given } from "./stack.ts";
import { alignUp } from "../growing.ts";

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
export class Kernel extends Places {
  readonly images: Images;
  /** All processes of the run, by their PIDs. */
  readonly processes: Map<number, Process> = new Map();
  readonly #inodes = new Map<string, number>();
  /** How far inherited files have been read. */
  readonly inherited: Map<number, number> = new Map();
  #maps = 0x7e00_0000_0000;

  constructor(ask: Look, numbers: Numbers, images: Images) {
    super(ask, numbers);
    this.images = images;
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

  /** A new descriptor for a real one, or the error. */
  really(process: Process, result: number, path?: string): number {
    if (this.keep(result) < 0) return result;
    return this.open(process, { real: result, ...(path === undefined ? {} : { path }) });
  }

  /** Makes a call that changes nothing. Its buffers stay zero where nothing can be looked at. */
  look(process: Process, syscall: Syscall, args: Args): number {
    const { memory } = process.interpreter;
    const { args: kinds }: Row = SYSCALLS[syscall];
    const outs: { address: bigint; bytes: Uint8Array<ArrayBuffer>; isCounted: boolean }[] = [];
    let dirfd: bigint | undefined;
    let isSeen = true;
    let error = 0;
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
        if (typeof place === "number") {
          error = place;
          return null;
        }
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
    if (error < 0) return error;
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

  /** The inode of what the run would make, by what it is called. */
  inode(name: string): number {
    const number = this.#inodes.get(name) ?? this.numbers.inode();
    this.#inodes.set(name, number);
    this.numbers.name(number, name);
    return number;
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
    this.#maps -= alignUp(length, 4096) + 4096;
    process.interpreter.memory.map(this.#maps, new Uint8Array(length), true);
    return this.#maps;
  }
}
