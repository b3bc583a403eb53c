/** What the kernel itself holds: swap, loop devices, devices made of others, sockets with names. */
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

/** Loop devices and the files behind them, as paths of the caller's. @see loop(4) */
export function loops(): { device: string; file: string }[] {
  return namesIfThere("/sys/block").filter((name) => /^loop\d+$/.test(name)).flatMap((name) => {
    const file = textIfThere(`/sys/block/${name}/loop/backing_file`).replace(/\n$/, "");
    return file !== "" ? [{ device: `/dev/${name}`, file }] : [];
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
