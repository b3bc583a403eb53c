/**
 * Fast system calls, for scans of /proc that make ten thousands of them: libc's functions, which
 * V8 calls directly (0.2 µs; a function pointer takes 3 µs on the same machine).
 *
 * libc returns only -1 for an error, and the runtime may have changed `errno`: a call that failed is
 * made again by {@linkcode syscall}, which gives the error. So all calls here may be repeated.
 */
import { fastLibc } from "./libc.ts";
import { syscall } from "./syscall.ts";

type Memory = Uint8Array<ArrayBuffer>;

const GETDENTS64 = Deno.build.arch === "x86_64" ? 217 : 61;

/** Below this many calls, opening the library costs more than it saves. */
const FEW = 200;

let calls = 0;
let library: ReturnType<typeof fastLibc> | undefined;

/**
 * libc's functions, in a burst of calls; undefined for its first few. When the burst is over the library
 * is closed again: a test would call it a leak.
 */
function libc(): NonNullable<typeof library>["symbols"] | undefined {
  if (calls === 0) queueMicrotask(endBurst);
  if (++calls <= FEW) return undefined;
  return (library ??= fastLibc()).symbols;
}

function endBurst(): void {
  calls = 0;
  library?.close();
  library = undefined;
}

/** readlinkat(2): the length, or -errno. */
export function readlinkat(dirfd: number, path: Memory, target: Memory): number {
  const got = libc()?.readlinkat(dirfd, path, target, target.length) ?? -1;
  return got >= 0 ? got : syscall("readlinkat", dirfd, path, target, target.length);
}

/** openat(2) without O_CREAT: a descriptor, or -errno. */
export function openat(dirfd: number, path: Memory, flags: number): number {
  const got = libc()?.openat(dirfd, path, flags, 0) ?? -1;
  return got >= 0 ? got : syscall("openat", dirfd, path, flags, 0);
}

/** read(2): the number of bytes, or -errno. */
export function read(fd: number, into: Memory): number {
  const got = libc()?.read(fd, into, into.length) ?? -1;
  return got >= 0 ? got : syscall("read", fd, into, into.length);
}

/** getdents64(2): the number of bytes, or -errno. */
export function getdents64(fd: number, into: Memory): number {
  const got = libc()?.getdents64(GETDENTS64, fd, into, into.length) ?? -1;
  return got >= 0 ? got : syscall("getdents64", fd, into, into.length);
}

/** close(2). Linux has closed the descriptor whatever the result is. */
export function close(fd: number): void {
  const functions = libc();
  if (functions) functions.close(fd);
  else syscall("close", fd);
}
