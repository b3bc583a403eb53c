/** Pipes and sockets: what one process writes another reads. */
import { EBADF } from "../../ffi/abi/errno.ts";
import { SEEK_CUR } from "../../ffi/abi/fcntl.ts";
import { S_IFREG } from "../../ffi/abi/stat.ts";
import { decode } from "../../ffi/bytes.ts";
import { Pipe } from "./descriptors.ts";
import type { Calls, Kernel, Result } from "./kernel.ts";
import { int32, MOST_BYTES, type Process } from "./process.ts";
import { see } from "./real_files.ts";

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

/** Whatever is inherited is somebody else's to read: but that of a file shows that it is read. */
function readInherited(
  kernel: Kernel,
  process: Process,
  fd: number,
  address: bigint,
  most: number,
): Result {
  if (!kernel.isOpen(process, fd)) return -EBADF;
  const at = kernel.inherited.get(fd) ?? kernel.ask("lseek", fd, 0, SEEK_CUR);
  if (at === -EBADF) return at;
  // Only a file has a place.
  if (at < 0 || see(kernel, fd).format !== S_IFREG) return 0;
  const bytes = new Uint8Array(Math.min(most, MOST_BYTES));
  const got = kernel.ask("pread64", fd, bytes, bytes.length, at);
  if (got < 0) return got;
  kernel.inherited.set(fd, at + got);
  process.interpreter.memory.put(address, bytes.subarray(0, got));
  return got;
}

/** The buffers of an iovec. */
function* buffers(process: Process, address: bigint, count: number): Generator<[bigint, number]> {
  const { memory } = process.interpreter;
  for (let i = 0n; i < BigInt(count); i++) {
    const at = address + 16n * i;
    yield [memory.read(at, 8), Number(memory.read(at + 8n, 8))];
  }
}

/** A struct msghdr: the buffers, and where a descriptor is that comes with them. @see cmsg(3) */
function messageAt(
  process: Process,
  address: bigint,
): { readonly buffers: readonly [bigint, number][]; readonly rights: bigint | undefined } {
  const word = (offset: bigint): bigint => process.interpreter.memory.read(address + offset, 8);
  const control = word(32n);
  return {
    buffers: [...buffers(process, word(16n), Number(word(24n)))],
    rights: control === 0n ? undefined : control + 16n,
  };
}

function writeTo(kernel: Kernel, process: Process, fd: number, bytes: Uint8Array): void {
  const file = process.files.get(fd);
  file?.writes?.write(bytes);
  // namespaces(7)
  if (file?.asked?.endsWith("sys/user/max_user_namespaces") && process.userNamespace) {
    process.userNamespace.most = Number(decode(bytes));
  }
  // user_namespaces(7)
  const [, pid] = /^\/proc\/([^/]+)\/setgroups$/.exec(file?.asked ?? "") ?? [];
  if (pid === undefined || decode(bytes) !== "deny") return;
  const { userNamespace } = kernel.processes.get(Number(pid)) ?? process;
  if (userNamespace) userNamespace.isDenied = true;
}

/** The calls. */
export const streams: Calls = {
  read: (kernel, process, args) => {
    const [fd, address, count] = args;
    const file = process.files.get(int32(fd));
    if (file?.reads) return readPipe(process, file.reads, address!, Number(count));
    if (!file) return readInherited(kernel, process, int32(fd), address!, Number(count));
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
  sendmsg: (kernel, process, [fd, address]) => {
    const message = messageAt(process, address!);
    const file = message.rights === undefined
      ? undefined
      : process.files.get(int32(process.interpreter.memory.read(message.rights, 4)));
    if (file) process.files.get(int32(fd))?.writes?.handed.push(file);
    let length = 0;
    for (const [at, size] of message.buffers) {
      writeTo(kernel, process, int32(fd), process.interpreter.memory.bytes(at, size));
      length += size;
    }
    return length;
  },
  recvmsg: (kernel, process, [fd, address]) => {
    const { buffers: [first], rights } = messageAt(process, address!);
    const pipe = process.files.get(int32(fd))?.reads;
    const got = pipe && first ? readPipe(process, pipe, ...first) : 0;
    const file = got === undefined ? undefined : pipe?.handed.shift();
    if (file && rights !== undefined) {
      process.interpreter.memory.write(rights, BigInt(kernel.open(process, file)), 4);
    }
    return got;
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
  memfd_create: (kernel, process) => kernel.open(process, { memory: { isImage: false } }),
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
};
