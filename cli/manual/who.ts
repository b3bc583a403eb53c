/** The manual of `nido who`. */
import { OPTIONS } from "../who.ts";
import type { Manual } from "./manual.ts";

export const manual: Manual = {
  usage: ["[options] <namespace>|<path>|<pid>..."],
  description: [
    "Tell what keeps a namespace alive, and the command that frees it from that: processes, " +
    "threads, descriptors, sockets, bind mounts in all mount namespaces, child namespaces, " +
    "and namespaces that a user namespace owns. Where nothing does (the " +
    "machine's first namespaces, kernel threads) there is no command. None runs a program of " +
    "another mount namespace: what is mounted there goes when that does.",
    "A namespace is an inode number or type:[inode]; a path is /proc/PID/ns/TYPE or a file " +
    "that it is mounted on; a PID means all namespaces of that process.",
  ],
  options: OPTIONS,
  operands: "namespace",
  notes: [
    "Nobody can see a namespace's descriptor on its way through a socket, nor the namespaces " +
    "that mounted file systems (proc, sysfs, mqueue) belong to: these keep them alive too.",
  ],
  examples: [
    { line: "who /run/netns/blue", does: "why that network is still there" },
    { line: "who -t net,mnt $$", does: "who shares two of this shell's namespaces" },
    { line: "who 'pid:[4026531836]'", does: "a namespace as /proc/PID/ns writes it" },
  ],
};
