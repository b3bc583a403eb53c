/** The manual of `nido enter`. */
import { OPTIONS } from "../enter.ts";
import type { Manual } from "./manual.ts";

export const manual: Manual = {
  usage: [
    "[options] <name>|<id>|<pid>|<unit> [[--] <program> [<argument>...]]",
    "--net <name> [<program> [<argument>...]]",
  ],
  description: [
    "Run a program in a container, without a program sh: in all its namespaces, with its root and " +
    "working directory, its environment and, where that is allowed, in its control group.",
    "The container is called as its engine has it (docker, podman, containerd, cri-o, lxc, " +
    "systemd-nspawn, and others), by its id or the beginning of that, by a systemd unit, or by the PID of any process in it. " +
    "Where a name is that of several, they are listed.",
  ],
  options: OPTIONS,
  operands: "program",
  notes: [
    "With --tools nothing of the container is run: strace, gdb, ps and ip are yours, and work where it has " +
    "none, as in an image without a shell. What is below /target is read-only, and none of it can be " +
    "executed; absolute links in it lead into your own root (gdb: set sysroot /target). All else is as outside, but programs there " +
    "get no more rights by set-user-ID bits. If it is in a user namespace, you need to be root or the user who has made that.",
    "The process that is entered is the one that was there first. From then on it is held: another " +
    "that gets its PID is never entered (Linux 6.9).",
    "In a user namespace that has no root, as most sandboxes of nido run and bwrap are, root goes in with the ids of that " +
    "process; and who made it goes in as root of the user namespace around it where that owns the mounts.",
    "A unit is called with or without .service. What is in a container that a unit has started is the " +
    "container's, not the unit's.",
  ],
  examples: [
    { line: "enter web", does: "a shell in the container web" },
    { line: "enter nginx.service -- ls /tmp", does: "what a service with a /tmp of its own sees" },
    { line: "enter --tools web -- strace -p 1", does: "your strace on its first process" },
    { line: "enter --show web", does: "the line of nsenter for it" },
    { line: "explain enter web id", does: "print the system calls of it" },
  ],
};
