/** Calls about files: reads are real; what would be written to is only looked at. */
import { EBADF, EEXIST, EISDIR, ENOENT } from "../../ffi/abi/errno.ts";
import * as fcntl from "../../ffi/abi/fcntl.ts";
import { TCGETS, TERMIOS_BYTES, TIOCGWINSZ, WINSIZE_BYTES } from "../../ffi/abi/ioctl.ts";
import {
  NS_GET_NSTYPE,
  NS_GET_OWNER_UID,
  NS_GET_PARENT,
  NS_GET_PID_FROM_PIDNS,
  NS_GET_PID_IN_PIDNS,
  NS_GET_TGID_FROM_PIDNS,
  NS_GET_TGID_IN_PIDNS,
  NS_GET_USERNS,
} from "../../ffi/abi/nsfs.ts";
import { SIOCGSKNS } from "../../ffi/abi/socket.ts";
import { BINFMTFS_MAGIC, PROC_SUPER_MAGIC, S_IFDIR, S_IFMT, S_IFREG } from "../../ffi/abi/stat.ts";
import { STATX_BASIC_STATS, STX } from "../../ffi/abi/statx.ts";
import { encode } from "../../ffi/bytes.ts";
import type { Calls, Kernel } from "./kernel.ts";
import { readLink } from "./own_links.ts";
import { int32, type Process } from "./process.ts";

const MAGICS: Readonly<Record<string, number>> = {
  proc: PROC_SUPER_MAGIC,
  binfmt_misc: BINFMTFS_MAGIC,
  tmpfs: 0x01021994,
  sysfs: 0x62656572,
  devpts: 0x1cd1,
  mqueue: 0x19800202,
  cgroup2: 0x63677270,
};

const O_WRITES = fcntl.O_WRONLY | fcntl.O_RDWR;

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

/** ioctls of terminals that change nothing, and how much they tell. */
const TELLS: ReadonlyMap<number, number> = new Map([
  [TCGETS, TERMIOS_BYTES],
  [TIOCGWINSZ, WINSIZE_BYTES],
]);

/** Flags with which openat(2) itself may change something. */
const O_HARMFUL = fcntl.O_CREAT | fcntl.O_EXCL | fcntl.O_TRUNC | fcntl.O_APPEND | 3;

/** openat(2) and openat2(2): a file that would be written to is only looked at. */
function openFile(
  kernel: Kernel,
  process: Process,
  dirfd: bigint,
  path: string,
  flags: number,
  resolve?: bigint,
): number {
  if (path === "/proc/self/exe" && (flags & fcntl.O_PATH) === 0) {
    return kernel.open(process, { image: { left: kernel.images.bytes } });
  }
  if (!kernel.isOpen(process, int32(dirfd))) return -EBADF;
  const place = kernel.place(process, dirfd, path);
  if (typeof place === "number") return place;
  if (!place) {
    const { type } = process.paths.locate(path);
    return kernel.open(process, { path, ...(type === undefined ? {} : { type }) });
  }
  const at = encode(`${place.path}\0`);
  const harmless = flags & ~O_HARMFUL & ~fcntl.__O_TMPFILE;
  const really = (flags: number): number => {
    if (resolve === undefined) return kernel.ask("openat", place.fd, at, flags, 0);
    const how = new Uint8Array(BigUint64Array.of(BigInt(flags), 0n, resolve).buffer);
    return kernel.ask("openat2", place.fd, at, how, how.length);
  };
  const isPath = (flags & fcntl.O_PATH) !== 0;
  const seen = really(isPath ? harmless : fcntl.O_PATH | fcntl.O_CLOEXEC);
  const shown = { path: place.path, asked: path };
  if (seen < 0) {
    const isCreated = (flags & (fcntl.O_CREAT | fcntl.__O_TMPFILE)) !== 0;
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
    if ((flags & fcntl.__O_TMPFILE) === 0 && type === S_IFDIR) return -EISDIR;
    if ((flags & fcntl.O_EXCL) !== 0 && (flags & fcntl.O_CREAT) !== 0) return -EEXIST;
    return kernel.open(process, shown);
  }
  // Opening a device or a FIFO has effects.
  if (type !== S_IFREG && type !== S_IFDIR) return kernel.open(process, shown);
  return kernel.really(process, really(harmless | fcntl.O_NONBLOCK), place.path);
}

/** The calls. */
export const files: Calls = {
  umask: (kernel) => {
    const [, octal] = /^Umask:\t([0-7]+)$/m.exec(kernel.readText("/proc/self/status")) ?? [];
    return Number.parseInt(octal ?? "0", 8);
  },
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
    process.closed = [...process.closed, [int32(fd), int32(fd)]];
    kernel.numbers.leave(int32(fd));
    if (file?.writes) file.writes.writers--;
    return 0;
  },
  dup3: (kernel, process, [from, to]) => {
    if (!kernel.isOpen(process, int32(from))) return -EBADF;
    process.files.set(int32(to), process.files.get(int32(from)) ?? {});
    return int32(to);
  },
  lseek: (kernel, process, args) => {
    const [fd, offset, whence] = args;
    const image = process.files.get(int32(fd))?.image;
    if (!image) return kernel.look(process, "lseek", args);
    return int32(whence) === fcntl.SEEK_END ? image.left : int32(offset);
  },
  fcntl: (kernel, process, [fd, command]) => {
    const file = process.files.get(int32(fd));
    if (!kernel.isOpen(process, int32(fd))) return -EBADF;
    switch (int32(command)) {
      case fcntl.F_DUPFD:
      case fcntl.F_DUPFD_CLOEXEC:
        return kernel.open(process, file ?? { real: int32(fd) });
      case fcntl.F_GETFD:
        // What was there before is not closed on exec: else it would not be there.
        return file ? fcntl.FD_CLOEXEC : 0;
      case fcntl.F_GETFL: {
        const real = kernel.real(process, int32(fd));
        return real === undefined ? 0 : kernel.ask("fcntl", real, fcntl.F_GETFL);
      }
      default:
        return 0;
    }
  },
  close_range: (_, process, [first, last]) => {
    process.closed = [...process.closed, [Number(first), Number(BigInt.asUintN(32, last!))]];
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
  readlinkat: readLink,
  mkdirat: (kernel, process, [dirfd, path]) => {
    const text = kernel.string(process, path);
    const mode = kernel.mode(process, dirfd!, text);
    if (mode !== undefined && mode >= 0) return -EEXIST;
    const place = kernel.place(process, dirfd!, text);
    if (typeof place === "object") process.paths.make(place.path);
    return mode === undefined || mode === -ENOENT ? 0 : mode;
  },
  open_by_handle_at: (kernel, process, [fd, handle, flags]) => {
    const real = kernel.real(process, int32(fd));
    if (real === undefined) return kernel.open(process, {});
    const { memory } = process.interpreter;
    const bytes = memory.bytes(handle!, 8 + Number(memory.read(handle!, 4))).slice();
    return kernel.really(process, kernel.ask("open_by_handle_at", real, bytes, int32(flags)));
  },
  ioctl: (kernel, process, [fd, request, value]) => {
    if (!kernel.isOpen(process, int32(fd))) return -EBADF;
    const real = kernel.real(process, int32(fd));
    // ioctls of namespace files change nothing.
    const number = Number(request);
    const bytes = TELLS.get(number);
    if (bytes !== undefined) {
      if (real === undefined) return -EBADF;
      const told = new Uint8Array(bytes);
      const result = kernel.ask("ioctl", real, number, told);
      if (result >= 0) process.interpreter.memory.put(value!, told);
      return result;
    }
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
};
