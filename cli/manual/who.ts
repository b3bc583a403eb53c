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
    "Any other path is a mount point, a device or a directory: tell what keeps it busy, as " +
    "umount(8), rmdir(1) and mv(1) say. That is in which mount namespaces it is mounted, also where " +
    "it is no longer mounted here; what is mounted on it; swap, loop devices and partitions; and " +
    "which processes hold it by working directory, root, program, open or mapped file, or a " +
    "socket's name; of a cgroup's directory, its processes and the cgroups below. The commands that free it come in an order: the most gentle first, and last " +
    "the one that unmounts.",
  ],
  options: OPTIONS,
  operands: "namespace",
  notes: [
    "Nobody can see a namespace's descriptor on its way through a socket, nor the namespaces " +
    "that mounted file systems (proc, sysfs, mqueue) belong to: these keep them alive too.",
    "Of a path neither is seen what the kernel holds by itself (an exported folder of NFS, process " +
    "accounting), nor a mount namespace that no process is in. For mapped files of others it takes " +
    "CAP_CHECKPOINT_RESTORE to know by which mount they are mapped.",
  ],
  examples: [
    { line: "who /run/netns/blue", does: "why that network is still there" },
    { line: "who -t net,mnt $$", does: "who shares two of this shell's namespaces" },
    { line: "who /mnt/usb", does: "why umount says that the target is busy" },
    { line: "who /dev/sdb1", does: "who has it mounted or open, in any container" },
    { line: "who 'pid:[4026531836]'", does: "a namespace as /proc/PID/ns writes it" },
  ],
};
