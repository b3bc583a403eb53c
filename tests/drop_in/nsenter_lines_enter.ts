/** nsenter: entering each kind of namespace, ids, root and working directory, environment. */

import type { Line } from "./run_line.ts";
import { mappedTarget, rootTarget, target } from "./target.ts";

const ALL_NAMESPACES = "-muinpCTf";
const IDS = `grep -E '^(Uid|Gid|Groups)' /proc/self/status`;
const CAPS = `grep -E '^Cap[IPEA]' /proc/self/status`;
const HOSTNAME = "/proc/sys/kernel/hostname";

/** util-linux needs --preserve-credentials where setgroups is denied or id 0 is not mapped. */
const NO_PRESERVE = {
  why: "util-linux is refused without --preserve-credentials",
  code: 0,
  stderr: "",
} as const;

/** As root, into namespaces of a target that root made. */
function root(name: string, options: string, shell: string, before?: string): Line {
  return { name, as: "root", ...target(options, before), shell };
}

/** As an ordinary user, into namespaces of a target that this user made. */
function user(name: string, options: string, shell: string, before?: string): Line {
  return { name, as: "user", ...target(options, before), shell };
}

/** A directory that is seen in the target's mount namespace only. */
const HIDDEN = "mkdir -p here; mount -t tmpfs hidden here; mkdir here/inside; cd here/inside";

/** A target whose root is the tiny root. */
const CHROOTED = "-m --root=root --wd=/sub";

export const enterLines: readonly Line[] = [
  ...Object.entries({ m: "mnt", u: "uts", i: "ipc", n: "net", p: "pid", C: "cgroup", T: "time" })
    .map(([letter, kind]) =>
      root(
        `-${letter} enters the target's ${kind} namespace alone`,
        ALL_NAMESPACES,
        `nsenter -t $TARGET -${letter} newns`,
      )
    ),
  root(
    "all letters, each in its own word",
    ALL_NAMESPACES,
    "nsenter -t $TARGET -m -u -i -n -p -C -T newns",
  ),
  root("-a enters all namespaces", ALL_NAMESPACES, "nsenter -t $TARGET -a newns"),
  root(
    "--all with a user namespace enters all eight",
    `-Ur ${ALL_NAMESPACES}`,
    "nsenter -t $TARGET --all newns",
  ),
  root("--all of a target that shares everything", "", "nsenter -t $TARGET -a newns"),
  root(
    "--all with one namespace from a file",
    "-ui",
    "nsenter -t $TARGET -a --uts=/proc/self/ns/uts newns",
  ),
  root(
    "long options enter several",
    ALL_NAMESPACES,
    "nsenter --target $TARGET --uts --net --time newns",
  ),
  user(
    "an ordinary user enters its own namespaces with --preserve-credentials",
    `-Ur ${ALL_NAMESPACES}`,
    "nsenter -t $TARGET -U -m -u -i -n -p -C -T --preserve-credentials newns",
  ),
  user(
    "an ordinary user enters all of its own namespaces with --preserve-credentials",
    `-Ur ${ALL_NAMESPACES}`,
    "nsenter -t $TARGET -a --preserve-credentials newns",
  ),
  {
    ...user("an ordinary user enters its own namespaces", "-Uru", "nsenter -t $TARGET -U -u newns"),
    differs: { ...NO_PRESERVE, stdout: "user uts\n" },
  },
  {
    ...user(
      "an ordinary user enters all of its own namespaces",
      `-Ur ${ALL_NAMESPACES}`,
      "nsenter -t $TARGET -a newns",
    ),
    differs: { ...NO_PRESERVE, stdout: "cgroup ipc mnt net pid time user uts\n" },
  },
  {
    ...user(
      "--all leaves out what an ordinary user shares with the target",
      "-Uru",
      "nsenter -t $TARGET -a newns",
    ),
    differs: {
      why: "util-linux tries to enter the shared ones too and is refused",
      stdout: "user uts\n",
      code: 0,
      stderr: "",
    },
  },
  {
    ...user(
      "an ordinary user enters no UTS namespace without the user namespace that owns it",
      "-Uru",
      "nsenter -t $TARGET -u newns",
    ),
    stderr: "kernel",
  },
  {
    name: "an ordinary user cannot enter what root made",
    as: "user",
    ...rootTarget("-u"),
    shell: "nsenter -t $TARGET -u newns",
    stderr: "kernel",
  },
  {
    ...root("entering the own user namespace is refused", "", "nsenter -t $TARGET -U true"),
    stderr: "kernel",
  },
  root(
    "entering the own namespaces of other kinds is no change",
    "",
    "nsenter -t $TARGET -m -u -i -n -p -C -T newns",
  ),
  {
    ...root("a file of another kind is refused", "-u", "nsenter --uts=/proc/$TARGET/ns/net true"),
    stderr: "kernel",
  },
  {
    ...root("a file that is no namespace is refused", "-u", "nsenter --uts=/etc/passwd true"),
    stderr: "kernel",
  },
  {
    ...root(
      "each file is opened when it is named, although the last one counts",
      "-u",
      "nsenter --uts=nosuch --uts=/proc/$TARGET/ns/uts newns",
    ),
    differs: {
      why: "what does not count need not be there",
      stdout: "uts\n",
      code: 0,
      stderr: "",
    },
  },
  root("a file counts over the target", "-u", "nsenter -t $TARGET --uts=/proc/self/ns/uts newns"),
  root(
    "files are opened before anything is entered",
    CHROOTED,
    "nsenter -t $TARGET -m -r -w/ --uts=/proc/$TARGET/ns/uts sh -c 'cat /etc/inside'",
  ),
  {
    name: "a kept namespace is entered by its file",
    as: "root",
    setup: `>kept; /usr/bin/unshare --uts=kept hostname box`,
    shell: `nsenter --uts=kept cat ${HOSTNAME}; nsenter -ukept newns`,
    cleanup: "umount kept",
  },
  {
    name: "a namespace held by a descriptor is entered by it",
    as: "root",
    ...target("-u", "hostname box"),
    shell: `exec 7</proc/$TARGET/ns/uts; nsenter --uts=/dev/fd/7 cat ${HOSTNAME}`,
  },
  root(
    "the host name is the target's",
    "-u",
    `nsenter -t $TARGET -u cat ${HOSTNAME}`,
    "hostname box",
  ),
  root(
    "the time namespace's offsets are the target's",
    "-T --boottime=86400000",
    "nsenter -t $TARGET -T sh -c 'read up x </proc/uptime; echo ${#up}'",
  ),
  root(
    "the network namespace's devices are the target's",
    "-n",
    "nsenter -t $TARGET -n sh -c 'grep -c : /proc/net/dev'",
  ),
  root("mounts of the target are seen", "-m", "nsenter -t $TARGET -m ls $PWD/here", HIDDEN),
  root(
    "with -p the program has a PID in the target's namespace",
    "-pf --mount-proc",
    "nsenter -t $TARGET -p -m sh -c 'echo $$ $PPID'",
  ),
  root(
    "with -p alone /proc is the caller's",
    "-pf --mount-proc",
    "nsenter -t $TARGET -p grep -c NSpid /proc/self/status",
  ),
  root(
    "with -pF the program stays, its children enter",
    "-pf",
    "nsenter -t $TARGET -p -F sh -c '[ -d /proc/$$ ] && echo stays; newns; sh -c \"echo \\$\\$\"'",
  ),
  root("--no-fork without --pid is no change", "-u", "nsenter -t $TARGET -u -F newns"),
  {
    name: "a PID namespace whose init has gone cannot be forked in",
    as: "root",
    setup: `>kept; /usr/bin/unshare --pid=kept -f true`,
    shell: "nsenter --pid=kept true",
    cleanup: "umount kept",
    stderr: "kernel",
  },
  {
    ...root(
      "the PID namespace of a target that has one for its children is that one",
      "-pf",
      "nsenter -t $STARTED -p newns",
    ),
    differs: {
      why: "util-linux enters the namespace that the caller is already in",
      stdout: "pid\n",
      stderr: "pid_for_children",
    },
  },
  root(
    "--user-parent enters the parent of the target's user namespace",
    "-Ur unshare -Ur",
    "nsenter -t $TARGET --user --user-parent sh -c 'newns; cat /proc/self/uid_map'",
  ),
  root(
    "--user-parent takes the owner of another namespace",
    "-Uru unshare -Ur",
    "nsenter -t $TARGET --uts --user-parent sh -c 'newns; cat /proc/self/uid_map'",
  ),
  user(
    "--user-parent of an ordinary user",
    "-Ur unshare -Ur",
    "nsenter -t $TARGET -U --user-parent --preserve-credentials sh -c 'newns; cat /proc/self/uid_map'",
  ),
  {
    ...root(
      "--user-parent of the first user namespace is refused",
      "-u",
      "nsenter -t $TARGET -u --user-parent true",
    ),
    stderr: "kernel",
  },
  {
    name: "--net-socket enters the network namespace of a socket",
    as: "root",
    setup:
      `mkfifo up; bash -c 'exec 9<>/dev/udp/127.0.0.1/9; echo ready >up; exec sleep 1000' </dev/null >/dev/null 2>&1 &
      read x <up; echo TARGET=$!`,
    cleanup: "kill -9 $TARGET",
    shell:
      "/usr/bin/unshare -n sh -c 'newns; nsenter -t $TARGET --net-socket 9 newns; nsenter -t $TARGET -N9 newns'",
  },
  {
    ...root(
      "--net-socket refuses a descriptor that is not there",
      "-n",
      "nsenter -t $TARGET -N 99 true",
    ),
    stderr: "kernel",
  },
  {
    ...root(
      "--net-socket refuses a descriptor that is no socket",
      "-n",
      "nsenter -t $TARGET -N 0 true",
    ),
    stderr: "kernel",
  },

  root("in a user namespace the ids become 0 and groups go", "-Ur", `nsenter -t $TARGET -U ${IDS}`),
  {
    ...user(
      "in a user namespace an ordinary user becomes 0",
      "-Ur",
      "nsenter -t $TARGET -U sh -c 'id -u; id -g'",
    ),
    differs: { ...NO_PRESERVE, stdout: "0\n0\n" },
  },
  root("without a user namespace the ids stay", "-u", `nsenter -t $TARGET -u ${IDS}`),
  root("-S and -G set ids", "-u", `nsenter -t $TARGET -u -S 5 -G 6 ${IDS}`),
  root("-S alone keeps the group", "-u", `nsenter -t $TARGET -u --setuid=5 ${IDS}`),
  {
    ...root(
      "-S and -G in a user namespace with many ids",
      "",
      `nsenter -t $TARGET -U -S7 -G8 ${IDS}`,
    ),
    ...mappedTarget(),
  },
  {
    ...root("-S to an id that is not mapped is refused", "-Ur", "nsenter -t $TARGET -U -S 5 true"),
    stderr: "kernel",
  },
  {
    ...root("-G to an id that is not mapped is refused", "-Ur", "nsenter -t $TARGET -U -G 5 true"),
    stderr: "kernel",
  },
  root(
    "-S follow takes the target's owner",
    "-u setpriv --reuid 1000 --regid 1001 --clear-groups",
    `nsenter -t $TARGET -u -S follow -G follow ${IDS}`,
  ),
  root(
    "--setuid=follow with a number for the group",
    "-u setpriv --reuid 1000 --regid 1001 --clear-groups",
    `nsenter -t $TARGET -u --setuid=follow --setgid=5 ${IDS}`,
  ),
  user(
    "-S follow in a user namespace that maps the caller to itself",
    "-Uc",
    `nsenter -t $TARGET -U -S follow -G follow --preserve-credentials ${IDS}`,
  ),
  root(
    "--preserve-credentials leaves the ids",
    "-Ur",
    `nsenter -t $TARGET -U --preserve-credentials ${IDS}`,
  ),
  user(
    "--preserve-credentials leaves an ordinary user's ids",
    "-Uc",
    `nsenter -t $TARGET -U --preserve-credentials ${IDS}`,
  ),
  {
    ...user(
      "an ordinary user enters a namespace that maps it to itself",
      "-Uc",
      "nsenter -t $TARGET -U sh -c 'id -u; id -g'",
    ),
    differs: { ...NO_PRESERVE, stdout: "1000\n1000\n" },
  },
  {
    ...user(
      "an ordinary user enters all of a target that maps it to itself",
      "-Ucun",
      "nsenter -t $TARGET -a sh -c 'newns; id -u'",
    ),
    differs: { ...NO_PRESERVE, stdout: "net user uts\n1000\n" },
  },
  root(
    "entering a user namespace gives all capabilities in it",
    "-Ur",
    `nsenter -t $TARGET -U ${CAPS}`,
  ),
  user(
    "--keep-caps keeps the capabilities of an id that is not 0",
    "-Ucu",
    `nsenter -t $TARGET -U -u --preserve-credentials --keep-caps ${CAPS}`,
  ),
  {
    ...user(
      "--keep-caps keeps the capabilities with the user namespace alone",
      "-Uc",
      "nsenter -t $TARGET -U --preserve-credentials --keep-caps grep -cE '^Cap(Eff|Amb):.000001ff' /proc/self/status",
    ),
    differs: {
      why: "util-linux keeps them only if another namespace is entered as well",
      stdout: "2\n",
      code: 0,
    },
  },
  user(
    "without --keep-caps they are lost",
    "-Uc",
    `nsenter -t $TARGET -U --preserve-credentials ${CAPS}`,
  ),
  root(
    "--keep-caps without --user keeps nothing",
    "-u",
    `nsenter -t $TARGET -u --keep-caps -S 1000 ${CAPS}`,
  ),

  root("-r sets the target's root", CHROOTED, "nsenter -t $TARGET -m -r cat /etc/inside"),
  root(
    "-r without the mount namespace sets the target's root",
    "-u --root=root",
    "nsenter -t $TARGET -u -r cat /etc/inside",
  ),
  root(
    "without -r the root stays the mount namespace's",
    CHROOTED,
    "nsenter -t $TARGET -m sh -c '[ -e /etc/passwd ] && pwd'",
  ),
  root("-rDIR sets a root of the caller's", "-u", "nsenter -t $TARGET -u -rroot cat /etc/inside"),
  root(
    "--root=DIR sets a root of the caller's",
    "-m",
    "nsenter -t $TARGET -m --root=root cat /etc/inside",
  ),
  {
    ...root(
      "-r=DIR sets a root of the caller's",
      "-u",
      "nsenter -t $TARGET -u -r=root cat /etc/inside",
    ),
    differs: {
      why: "util-linux takes the = as part of the path, though -u=FILE works",
      stdout: "the tiny root\n",
      code: 0,
      stderr: "",
    },
  },
  {
    ...root(
      "--root to a directory that is not there fails",
      "-u",
      "nsenter -t $TARGET -u --root=nosuch true",
    ),
    stderr: "kernel",
  },
  {
    ...root("--root to a file fails", "-u", "nsenter -t $TARGET -u --root=/etc/passwd true"),
    stderr: "kernel",
  },
  root(
    "-w sets the target's working directory",
    "-m",
    "nsenter -t $TARGET -m -w ls -d ../inside",
    HIDDEN,
  ),
  root(
    "without -w entering a mount namespace gives its root",
    "-m",
    "nsenter -t $TARGET -m pwd",
    HIDDEN,
  ),
  root("without -w and -m the working directory stays", "-u", "nsenter -t $TARGET -u pwd"),
  root(
    "-wDIR sets a directory of the caller's mount namespace",
    "-m",
    "mkdir tunnel; >tunnel/file; nsenter -t $TARGET -m -wtunnel ls",
  ),
  root(
    "--wd=DIR reaches out of the target's root",
    CHROOTED,
    "nsenter -t $TARGET -m -r --wd=/etc ls passwd",
  ),
  {
    ...root(
      "-r keeps the caller's working directory",
      CHROOTED,
      "nsenter -t $TARGET -m -r ls -d root",
    ),
    differs: {
      why: "a working directory outside the root is a way out of it: it takes --wd",
      stdout: "",
      code: 2,
      stderr: "ls: cannot access 'root': No such file or directory",
    },
  },
  root("-r -w takes both from the target", CHROOTED, "nsenter -t $TARGET -m -r -w sh -c 'pwd; ls'"),
  {
    ...root(
      "--wd to a directory that is not there fails",
      "-u",
      "nsenter -t $TARGET -u --wd=nosuch true",
    ),
    stderr: "kernel",
  },
  root(
    "--wdns=DIR is a directory inside",
    "-m",
    "nsenter -t $TARGET -m --wdns=$PWD/here/inside sh -c 'ls -d ../inside'",
    HIDDEN,
  ),
  root("-WDIR is a directory inside", "-m", "nsenter -t $TARGET -m -W$PWD/here ls", HIDDEN),
  root(
    "--wdns is a path in the new root",
    CHROOTED,
    "nsenter -t $TARGET -m -r --wdns=/sub/deep sh -c pwd",
  ),
  {
    ...root(
      "--wdns to a directory that is not there fails",
      "-m",
      "nsenter -t $TARGET -m --wdns=/nosuch true",
    ),
    stderr: "kernel",
  },
  {
    ...root("-W DIR is a directory inside", "-m", "nsenter -t $TARGET -m -W / pwd"),
    differs: {
      why: "util-linux ignores the option and runs the directory, against its own help text",
      stdout: "/\n",
      code: 0,
      stderr: "",
    },
  },

  root(
    "-e gives the target's environment",
    "-u",
    "MINE=1 nsenter -t $TARGET -u -e sh -c 'echo $TARGET_ENV ${MINE-unset}'",
  ),
  root(
    "without -e the environment is the caller's",
    "-u",
    "MINE=1 nsenter -t $TARGET -u sh -c 'echo ${TARGET_ENV-unset} $MINE'",
  ),
  root(
    "--env gives the environment that the target's program began with",
    "-u",
    "nsenter -t $TARGET --uts --env printenv TARGET_ENV",
    "export TARGET_ENV=later",
  ),
  root(
    "a program is looked for in the target's PATH",
    "-u env PATH=/bin TARGET_ENV=x",
    "nsenter -t $TARGET -u -e newns",
  ),
];
