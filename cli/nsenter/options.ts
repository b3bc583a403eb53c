/** The options of `nsenter`. */
import type { Option } from "../getopt.ts";
import { RLIMIT_OPTION } from "../limits.ts";

/** An option whose value is attached: the next word is the program. */
const attached = (long: string, short: string, shown: string, help: string): Option => ({
  long,
  short,
  value: "optional",
  attached: true,
  shown,
  help,
});

/** The options; in util-linux's order, which shows where an abbreviation is ambiguous. */
export const OPTIONS: readonly Option[] = [
  {
    group: "Namespaces to enter",
    long: "all",
    short: "a",
    help: "enter all namespaces of the target but those you are in",
  },
  {
    long: "target",
    short: "t",
    value: "required",
    shown: "pid[:inode]",
    help: "process whose namespaces are entered, and the inode of its pidfd",
  },
  attached("mount", "m", "file|:id", "enter mount namespace"),
  attached("uts", "u", "file|:id", "enter UTS namespace (hostname etc)"),
  attached("ipc", "i", "file|:id", "enter System V IPC namespace"),
  attached("net", "n", "file|:id", "enter network namespace"),
  {
    long: "net-socket",
    short: "N",
    value: "required",
    shown: "fd",
    help: "enter the network namespace of this socket of the target",
  },
  attached("pid", "p", "file|:id", "enter PID namespace, that of the target's children"),
  attached("cgroup", "C", "file|:id", "enter cgroup namespace"),
  attached("user", "U", "file|:id", "enter user namespace"),
  { long: "user-parent", help: "enter the parent of the user namespace" },
  attached("time", "T", "file|:id", "enter time namespace"),
  {
    group: "Identity",
    long: "setuid",
    short: "S",
    value: "required",
    shown: "uid|follow",
    help: "uid of <program>, an inside id, or the target's; 0 with --user",
  },
  {
    long: "setgid",
    short: "G",
    value: "required",
    shown: "gid|follow",
    help: "gid of <program>, an inside id, or the target's; 0 with --user",
  },
  { long: "preserve-credentials", help: "leave uids, gids and groups alone" },
  { long: "keep-caps", help: "keep the capabilities of the user namespace" },
  {
    ...attached(
      "root",
      "r",
      "dir",
      "run <program> with the target's root directory, or with yours",
    ),
    group: "File systems",
  },
  attached("wd", "w", "dir", "run <program> in the target's working directory, or in yours"),
  {
    long: "wdns",
    short: "W",
    value: "required",
    shown: "dir",
    help: "run <program> in this directory of its root",
  },
  { group: "Environment", long: "env", short: "e", help: "start with the target's environment" },
  {
    group: "Process",
    long: "no-fork",
    short: "F",
    help: "do not run <program> as a child, as --pid and --all do",
  },
  { long: "join-cgroup", short: "c", help: "join the target's control group" },
  { long: "follow-context", short: "Z", help: "run <program> in the target's SELinux context" },
  {
    long: "kill-child",
    value: "optional",
    shown: "signame",
    help: "when dying, kill the child (KILL by default); runs <program> as a child",
  },
  {
    long: "forward-signals",
    help: "pass SIGTERM and SIGINT on to the child; runs <program> as a child",
  },
  { group: "Limits", ...RLIMIT_OPTION },
  { group: "Other", long: "help", short: "h", help: "display this help" },
  { long: "version", short: "V", help: "display version" },
];
