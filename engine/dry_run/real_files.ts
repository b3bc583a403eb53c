/** Real files, opened to be looked at. */
import * as fcntl from "../../ffi/abi/fcntl.ts";
import { S_IFDIR, S_IFLNK, S_IFMT, X_OK } from "../../ffi/abi/stat.ts";
import { STATX_ATTR_MOUNT_ROOT, STATX_BASIC_STATS, STX } from "../../ffi/abi/statx.ts";
import { decode, encode } from "../../ffi/bytes.ts";
import type { Places } from "./places.ts";
import type { OpenReal, Real, Type } from "./tree.ts";

const LINK_BYTES = 4096;

/** What a descriptor is of. */
export interface Seen {
  readonly type: Type;
  /** The type as in a mode: S_IF*. */
  readonly format: number;
  /** Whether something is mounted just there. */
  readonly isMount: boolean;
}

/** Looks at a descriptor. */
export function see(kernel: Places, fd: number): Seen {
  const status = new Uint8Array(STX.bytes);
  kernel.ask("statx", fd, encode("\0"), fcntl.AT_EMPTY_PATH, STATX_BASIC_STATS, status);
  const view = new DataView(status.buffer);
  const format = view.getUint16(STX.mode, true) & S_IFMT;
  return {
    format,
    type: format === S_IFDIR ? "directory" : format === S_IFLNK ? "link" : "file",
    isMount: (view.getUint32(STX.attributes, true) & STATX_ATTR_MOUNT_ROOT) !== 0,
  };
}

/** Whether a directory's mode lets this user in. @param fd Its descriptor. @see path_resolution(7) */
export function isOpenByMode(kernel: Places, fd: number): boolean {
  const status = new Uint8Array(STX.bytes);
  kernel.ask("statx", fd, encode("\0"), fcntl.AT_EMPTY_PATH, STATX_BASIC_STATS, status);
  const view = new DataView(status.buffer);
  const is = (id: "geteuid" | "getegid", offset: number): boolean =>
    kernel.ask(id) === view.getUint32(offset, true);
  const shift = is("geteuid", STX.uid) ? 6 : is("getegid", STX.gid) ? 3 : 0;
  return (view.getUint16(STX.mode, true) >> shift & X_OK) !== 0;
}

/** Where a link leads: an open one, or that of a name. */
export function targetOf(kernel: Places, fd: number, name = ""): string {
  const target = new Uint8Array(LINK_BYTES);
  const length = kernel.ask("readlinkat", fd, encode(`${name}\0`), target, LINK_BYTES);
  return decode(target.subarray(0, Math.max(0, length)));
}

/** Opens real files below simulated mounts. */
export const opener = (kernel: Places): OpenReal => (folder, name) => {
  const flags = fcntl.O_PATH | fcntl.O_NOFOLLOW | fcntl.O_CLOEXEC;
  // In /proc, a process that is simulated is this one.
  const own = kernel.numbers.isPid(Number(name)) ? String(kernel.ask("getpid")) : name;
  const fd = kernel.keep(kernel.ask("openat", folder, encode(`${own}\0`), flags, 0));
  if (fd < 0) return undefined;
  const real: Real = { fd, ...see(kernel, fd) };
  if (real.type !== "link") return real;
  return { ...real, target: targetOf(kernel, fd) };
};
