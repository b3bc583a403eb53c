/** Links of /proc that are the simulated process's own: its number, and its descriptors. */
import { AT_FDCWD } from "../../ffi/abi/fcntl.ts";
import { decode, encode } from "../../ffi/bytes.ts";
import type { Kernel } from "./kernel.ts";
import type { Process } from "./process.ts";
import { targetOf } from "./real_files.ts";

/** readlinkat(2). */
export function readLink(kernel: Kernel, process: Process, args: readonly bigint[]): number {
  const [, address, to, room] = args;
  const { memory } = process.interpreter;
  const path = kernel.string(process, address);
  const put = (target: string): number => {
    const bytes = encode(target).subarray(0, Number(room));
    memory.put(to!, bytes);
    return bytes.length;
  };
  const [, fd] = /^fd\/(\d+)$/.exec(path) ?? [];
  const real = process.files.get(Number(fd))?.real;
  if (real !== undefined) return put(targetOf(kernel, AT_FDCWD, `/proc/self/fd/${real}`));
  const length = kernel.look(process, "readlinkat", args);
  const [isSelf, thread] = /^\/proc\/(thread-)?self$/.exec(path) ?? [];
  const target = isSelf && length > 0 ? decode(memory.bytes(to!, length)) : "";
  if (target.split("/")[0] !== String(kernel.ask("getpid"))) return length;
  return put(thread ? `${process.pid}/task/${process.pid}` : String(process.pid));
}
