/** What the kernel itself holds: swap, loop devices, devices made of others, sockets with names. */
import { AT_FDCWD, O_CLOEXEC, O_NONBLOCK, O_RDONLY } from "../../ffi/abi/fcntl.ts";
import { LOOP_GET_STATUS64, LOOP_INFO64 } from "../../ffi/abi/loop.ts";
import { close, openat } from "../../ffi/fast_calls.ts";
import { cString, memory, syscall } from "../../ffi/syscall.ts";
import { unescapeOctal } from "../escape.ts";
import { namesIfThere, textIfThere } from "./sys_file.ts";

/** The areas in the text of /proc/swaps. @see swapon(8) */
export function parseSwaps(text: string): string[] {
  return text.split("\n").slice(1).flatMap((line) => {
    const [path] = line.split(/\s+/);
    return path?.startsWith("/") ? [unescapeOctal(path)] : [];
  });
}

/** Names of sockets by what a link in /proc/PID/fd shows of them, from /proc/net/unix. @see proc_pid_net(5) */
export function parseUnixSockets(text: string): Map<string, string> {
  const sockets = new Map<string, string>();
  for (const line of text.split("\n").slice(1)) {
    const [, inode, path] = /^\S+ \S+ \S+ \S+ \S+ \S+ +(\d+) (\/.*)$/.exec(line) ?? [];
    if (inode !== undefined) sockets.set(`socket:[${inode}]`, path!);
  }
  return sockets;
}

/** The areas that are swapped to. */
export function swaps(): string[] {
  return parseSwaps(textIfThere("/proc/swaps"));
}

/** The sockets with names of the caller's network namespace. */
export function unixSockets(): Map<string, string> {
  return parseUnixSockets(textIfThere("/proc/self/net/unix"));
}

/**
 * The device that a number of the kernel's means, as mountinfo has it. @see new_encode_dev() in the kernel's
 * include/linux/kdev_t.h
 */
export function deviceOf(encoded: number): string {
  const minor = (encoded & 0xff) | ((encoded >>> 12) & 0xfff00);
  return `${(encoded >>> 8) & 0xfff}:${minor}`;
}

/** The file system of the file behind a loop device; undefined where the caller may not ask. */
function backingDevice(device: string): string | undefined {
  const fd = openat(AT_FDCWD, cString(device), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return undefined;
  try {
    const info = memory(LOOP_INFO64.bytes);
    if (syscall("ioctl", fd, LOOP_GET_STATUS64, info) < 0) return undefined;
    return deviceOf(new DataView(info.buffer).getUint32(LOOP_INFO64.device, true));
  } finally {
    close(fd);
  }
}

/** A loop device and the file behind it. */
export interface Loop {
  readonly device: string;
  /** As whoever has set it up calls it, who may have other mounts. */
  readonly file: string;
  /** The file system of that file. */
  readonly dev: string;
}

/** The loop devices that the caller may ask: others may be of other mount namespaces. @see loop(4) */
export function loops(): Loop[] {
  return namesIfThere("/sys/block").filter((name) => /^loop\d+$/.test(name)).flatMap((name) => {
    const file = textIfThere(`/sys/block/${name}/loop/backing_file`).replace(/\n$/, "");
    const device = `/dev/${name}`;
    const dev = file === "" ? undefined : backingDevice(device);
    return dev === undefined ? [] : [{ device, file, dev }];
  });
}

/** Devices that are made of a block device: partitions, and what device mapper and others put on it. */
export function builtOn(dev: string): { device: string; how: "partition" | "made of it" }[] {
  const folder = `/sys/dev/block/${dev}`;
  const partitions = namesIfThere(folder)
    .filter((name) => textIfThere(`${folder}/${name}/partition`) !== "");
  // A slash in the name of a device is another sign there.
  const file = (name: string): string => `/dev/${name.replaceAll("!", "/")}`;
  return [
    ...partitions.map((name) => ({ device: file(name), how: "partition" as const })),
    ...namesIfThere(`${folder}/holders`).map((name) => ({
      device: file(name),
      how: "made of it" as const,
    })),
  ];
}
