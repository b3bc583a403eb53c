/** Real places for what calls name: their descriptors and paths, whether simulated or not. */
import { ENOENT } from "../../ffi/abi/errno.ts";
import * as fcntl from "../../ffi/abi/fcntl.ts";
import { STATX_BASIC_STATS, STX } from "../../ffi/abi/statx.ts";
import type { Syscall } from "../../ffi/abi/syscall.ts";
import { decode, encode } from "../../ffi/bytes.ts";
import type { Numbers } from "./descriptors.ts";
import { int32, type Process } from "./process.ts";
import { opener } from "./real_files.ts";
import { find, MODES, type Node, type Way } from "./tree.ts";

/**
 * Makes a real system call, one that changes nothing. Memory is passed by its address, null is NULL.
 * Returns a result, or -errno.
 */
export type Look = (
  syscall: Syscall,
  ...args: readonly (number | bigint | Uint8Array<ArrayBuffer> | null)[]
) => number;

/** A real directory descriptor, and a path from there. */
export interface RealPlace {
  readonly fd: number;
  readonly path: string;
  /** The type of the file system, if the mount is simulated. */
  readonly type?: string;
}

/** What there really is, for processes that are simulated. */
export class Places {
  /** Really makes a call. */
  readonly ask: Look;
  readonly numbers: Numbers;
  readonly #open: number[] = [];

  constructor(ask: Look, numbers: Numbers) {
    this.ask = ask;
    this.numbers = numbers;
  }

  /** Closes all real descriptors. */
  close(): void {
    for (const fd of this.#open) this.ask("close", fd);
  }

  /** Sees to it that a real descriptor is closed at the end. */
  keep(real: number): number {
    if (real >= 0) this.#open.push(real);
    return real;
  }

  string(process: Process, address: bigint | undefined): string {
    return decode(process.interpreter.memory.cString(address ?? 0n));
  }

  /** Where a path begins, if that is in a simulated file system. */
  start(process: Process, dirfd: bigint | undefined, path: string): Node | undefined {
    if (path.startsWith("/")) return process.root;
    const fd = int32(dirfd);
    return fd === fcntl.AT_FDCWD ? process.folder : process.files.get(fd)?.node;
  }

  /** What a path leads to in a simulated file system, or -errno; undefined if it begins in none. */
  find(
    process: Process,
    dirfd: bigint | undefined,
    path: string,
    way: Way = {},
  ): Node | number | undefined {
    const start = this.start(process, dirfd, path);
    const { root = start } = process;
    return start && find(start, path, opener(this), { ...root && { root }, ...way });
  }

  /** The real directory descriptor and path for a path of a call, or -errno; undefined if it cannot be looked at. */
  place(
    process: Process,
    dirfd: bigint | undefined,
    path: string,
  ): RealPlace | number | undefined {
    const found = this.find(process, dirfd, path);
    if (typeof found === "number") return found;
    if (found) {
      const { real } = found;
      return real === undefined ? undefined : { fd: fcntl.AT_FDCWD, path: `/proc/self/fd/${real}` };
    }
    const fd = int32(dirfd);
    if (fd !== fcntl.AT_FDCWD && !path.startsWith("/")) {
      const real = this.real(process, fd);
      return real === undefined ? undefined : { fd: real, path };
    }
    const { path: located, type } = process.paths.locate(path);
    const seen = located === undefined ? undefined : this.#own(process, located);
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
    if (process.files.has(fd)) return true;
    if (process.closed.some(([first, last]) => fd >= first && fd <= last)) return false;
    return !this.numbers.isGiven(fd) && this.ask("fcntl", fd, fcntl.F_GETFD) >= 0;
  }

  /** The mode of a file, or -errno; undefined if the path cannot be looked at. */
  mode(process: Process, dirfd: bigint, path: string): number | undefined {
    const found = this.find(process, dirfd, path);
    if (typeof found === "object" && found.real === undefined) return MODES[found.type];
    const place = this.place(process, dirfd, path);
    if (typeof place !== "object") return place;
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
}
