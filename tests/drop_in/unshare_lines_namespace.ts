/** unshare: the eight kinds of namespaces, time offsets, and namespaces kept by a bind mount. */

import { both } from "./run_line.ts";
import type { Line } from "./run_line.ts";

/** A directory whose mount is private, as files for kept namespaces need, with one file each. */
const KEEP = {
  setup: `mkdir keep; mount --bind keep keep; mount --make-private keep
    for kind in cgroup ipc mnt net pid time user uts; do >keep/$kind; done`,
  cleanup: "umount keep/* 2>/dev/null; umount keep",
};

const WHICH_KEPT = 'for file in keep/*; do [ "$(stat -f -c %T $file)" = nsfs ] && echo $file; done';

/** Runs unshare so that the namespace is kept, and compares the kept one with the one inside. */
function kept(kind: string, option: string, options = "", link = kind): Line {
  return {
    name: `${option}=FILE keeps the namespace that was seen inside`,
    as: "root",
    ...KEEP,
    shell: `inside=$(unshare ${options} ${option}=keep/${kind} stat -L -c %i /proc/self/ns/${link})
      echo "exit $?"; stat -f -c %T keep/${kind}
      [ "$inside" = "$(stat -c %i keep/${kind})" ] && echo same || echo different
      umount keep/${kind} && echo unmounted`,
  };
}

const HOSTNAME = "/proc/sys/kernel/hostname";

export const namespaceLines: readonly Line[] = [
  ...both({ name: "without options the program runs in the same namespaces", argv: ["newns"] }),
  { name: "-m gives a new mount namespace", as: "root", argv: ["-m", "newns"] },
  { name: "-u gives a new UTS namespace", as: "root", argv: ["-u", "newns"] },
  { name: "-i gives a new IPC namespace", as: "root", argv: ["-i", "newns"] },
  { name: "-n gives a new network namespace", as: "root", argv: ["-n", "newns"] },
  {
    name: "-p alone gives a new PID namespace to children only",
    as: "root",
    argv: ["-p", "sh", "-c", "newns; readlink /proc/$$/ns/pid | grep -cF $OUTSIDE_PID"],
    setup: "echo OUTSIDE_PID=$(readlink /proc/self/ns/pid)",
  },
  { name: "-C gives a new cgroup namespace", as: "root", argv: ["-C", "newns"] },
  { name: "-T gives a new time namespace without a fork", as: "root", argv: ["-T", "newns"] },
  ...both({ name: "-U gives a new user namespace", argv: ["-U", "newns"] }),
  {
    name: "all short options in one cluster give all eight",
    as: "root",
    argv: ["-muinpCUTrf", "newns"],
  },
  {
    name: "all short options in one cluster give all eight to an ordinary user",
    as: "user",
    argv: ["-muinpCUTrf", "newns"],
  },
  {
    name: "all long options give all eight",
    as: "user",
    argv: [
      ...["--mount", "--uts", "--ipc", "--net", "--pid", "--user", "--cgroup", "--time"],
      ...["--fork", "--map-root-user", "newns"],
    ],
  },
  ...["-m", "-u", "-i", "-n", "-C", "-T", "-pf"].map((option): Line => ({
    name: `${option} alone is refused to an ordinary user`,
    as: "user",
    argv: [option, "true"],
    stderr: "kernel",
  })),
  {
    name: "a host name set inside is not seen outside",
    as: "user",
    shell: `unshare -Uru sh -c 'hostname box; cat ${HOSTNAME}'
      [ "$(cat ${HOSTNAME})" = box ] && echo leaked || echo kept`,
  },
  {
    name: "an IPC limit set inside is not seen outside",
    as: "root",
    shell: `unshare --ipc sh -c 'echo 77 >/proc/sys/kernel/shmmni; cat /proc/sys/kernel/shmmni'
      [ "$(cat /proc/sys/kernel/shmmni)" = 77 ] && echo leaked || echo kept`,
  },
  {
    name: "a new network namespace has only the loopback device, and it is down",
    as: "user",
    argv: [
      "-rn",
      "sh",
      "-c",
      "grep -c : /proc/net/dev; grep -o lo: /proc/net/dev; cat /proc/net/if_inet6",
    ],
  },
  {
    name: "-pf makes the program PID 1",
    as: "user",
    argv: ["-Urpf", "sh", "-c", "echo $$ $PPID"],
  },
  {
    name: "--pid without --fork lets only the first child run",
    as: "root",
    argv: [
      "-p",
      "sh",
      "-c",
      "readlink /proc/self/ns/pid >/dev/null; echo first; /bin/true; echo no",
    ],
  },
  {
    name: "two nested PID namespaces give three PIDs, of which the inner two are seen",
    as: "root",
    shell: `unshare -pf --mount-proc unshare -pf awk \\
      '/NSpid/ { print NF, ($2 > 1), $3 }' /proc/self/status`,
  },
  {
    name: "a new cgroup namespace begins at the root",
    as: "root",
    shell: "unshare -C cat /proc/self/cgroup | cut -d: -f3 | sort -u",
  },
  {
    name: "--cgroup of an ordinary user begins at the root",
    as: "user",
    shell: "unshare -Ur --cgroup cat /proc/self/cgroup | cut -d: -f3 | sort -u",
  },
  {
    name: "a new time namespace has no offsets",
    as: "root",
    argv: ["--time", "cat", "/proc/self/timens_offsets"],
  },
  {
    name: "--monotonic and --boottime set the offsets",
    as: "root",
    argv: ["-T", "--monotonic", "100", "--boottime=2000000", "cat", "/proc/self/timens_offsets"],
  },
  {
    name: "offsets set by an ordinary user with --fork are seen by the program",
    as: "user",
    argv: [
      "-UrTf",
      "--boottime",
      "86400000",
      "sh",
      "-c",
      "read up rest </proc/uptime; echo ${#up}",
    ],
  },
  {
    name: "offsets are set without --fork too",
    as: "user",
    argv: ["-UrT", "--boottime", "86400000", "sh", "-c", "read up rest </proc/uptime; echo ${#up}"],
  },
  {
    name: "offsets may be negative, signed and the last of several",
    as: "root",
    argv: [
      ...["-T", "--monotonic=99", "--monotonic=-1", "--boottime=+3"],
      ...["cat", "/proc/self/timens_offsets"],
    ],
  },
  {
    name: "an offset of zero is no different",
    as: "root",
    argv: ["-T", "--monotonic=0", "--boottime", " 7", "cat", "/proc/self/timens_offsets"],
  },
  {
    name: "an offset before the machine's start is refused",
    as: "root",
    argv: ["-T", "--monotonic", "-9999999999", "true"],
    stderr: "kernel",
  },
  kept("uts", "--uts"),
  kept("ipc", "--ipc", "--fork"),
  kept("net", "--net"),
  kept("mnt", "--mount"),
  kept("cgroup", "--cgroup"),
  kept("time", "--time", "--fork"),
  kept("pid", "--pid", "--fork"),
  kept("user", "--user", "--map-root-user"),
  {
    name: "a kept UTS namespace still has its host name",
    as: "root",
    ...KEEP,
    shell: `unshare --uts=keep/uts sh -c 'echo box >${HOSTNAME}'
      /usr/bin/nsenter --uts=keep/uts cat ${HOSTNAME}`,
  },
  {
    name: "a kept time namespace still has its offsets",
    as: "root",
    ...KEEP,
    shell: `unshare --time=keep/time --boottime=86400000 true
      /usr/bin/nsenter --time=keep/time sh -c 'read up rest </proc/uptime; echo \${#up}'`,
  },
  {
    name: "several namespaces are kept at once, the mount namespace among them",
    as: "root",
    ...KEEP,
    shell: `unshare --mount=keep/mnt --uts=keep/uts --net=keep/net --fork sh -c 'echo in; exit 3'
      echo "exit $?"; ${WHICH_KEPT}`,
  },
  {
    name: "a user namespace is kept with its maps and with those it owns",
    as: "root",
    ...KEEP,
    shell: `unshare --user=keep/user --uts=keep/uts --map-users=0:1000:5 --map-groups=0:1000:5 true
      echo "exit $?"; /usr/bin/nsenter --user=keep/user cat /proc/self/uid_map
      stat -f -c %T keep/user keep/uts`,
  },
  {
    name: "a kept namespace stays when the program could not be started",
    as: "root",
    ...KEEP,
    shell: `unshare --uts=keep/uts ./nosuch; echo "exit $?"; stat -f -c %T keep/uts`,
  },
  {
    name: "a namespace is kept by its last file only, and an empty name keeps nothing",
    as: "root",
    ...KEEP,
    shell: `unshare --uts=keep/mnt --uts=keep/uts true; echo "exit $?"
      ${WHICH_KEPT}; unshare --uts= true; echo "exit $?"`,
    stderr: "kernel",
  },
  {
    name: "--pid=FILE without --fork is refused",
    as: "root",
    ...KEEP,
    argv: ["--pid=keep/pid", "true"],
    stderr: "kernel",
  },
  {
    name: "a namespace cannot be kept on a file that is not there",
    as: "root",
    argv: ["--uts=nosuch", "true"],
    stderr: "kernel",
  },
  {
    name: "a mount namespace cannot be kept on a shared mount",
    as: "root",
    setup: `mkdir keep; mount --bind keep keep; mount --make-shared keep; >keep/mnt`,
    cleanup: "umount keep",
    argv: ["--mount=keep/mnt", "true"],
    stderr: "kernel",
  },
  {
    name: "an ordinary user cannot keep a namespace",
    as: "user",
    setup: ">file",
    argv: ["-r", "--uts=file", "true"],
    stderr: "kernel",
  },
];
