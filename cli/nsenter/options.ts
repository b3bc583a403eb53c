/** The options of `nsenter`. */
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import { SIGNALS } from "../../ffi/abi/signal.ts";
import { type Meaning, sets, takes } from "../../launch/request/spec.ts";
import type { Option } from "../getopt.ts";
import { RLIMIT_OPTION } from "../limits.ts";

/** An option whose value is attached: the next word is the program. */
const attached = (
  long: string,
  short: string,
  shown: string,
  help: string,
  meaning: Meaning,
): Option => ({ long, short, value: "optional", attached: true, shown, means: [meaning], help });

/** A type of namespace: the target's, or that of a file or an id. */
const entered = (long: string, short: string, type: NamespaceType, help: string): Option =>
  attached(long, short, "file|:id", help, takes("join", "namespace", { usual: type }));

/** The options; in util-linux's order, which shows where an abbreviation is ambiguous. */
export const OPTIONS: readonly Option[] = [
  {
    group: "Namespaces to enter",
    long: "all",
    short: "a",
    means: [sets("join.all", true)],
    help: "enter all namespaces of the target but those you are in",
  },
  {
    long: "target",
    short: "t",
    value: "required",
    shown: "pid[:inode]",
    means: [takes("join", "target")],
    help: "process whose namespaces are entered, and the inode of its pidfd",
  },
  entered("mount", "m", "mnt", "enter mount namespace"),
  entered("uts", "u", "uts", "enter UTS namespace (hostname etc)"),
  entered("ipc", "i", "ipc", "enter System V IPC namespace"),
  entered("net", "n", "net", "enter network namespace"),
  {
    long: "net-socket",
    short: "N",
    value: "required",
    shown: "fd",
    means: [takes("join.netSocket", "descriptor")],
    help: "enter the network namespace of this socket of the target",
  },
  entered("pid", "p", "pid", "enter PID namespace, that of the target's children"),
  entered("cgroup", "C", "cgroup", "enter cgroup namespace"),
  entered("user", "U", "user", "enter user namespace"),
  {
    long: "user-parent",
    means: [sets("join.userParent", true)],
    help: "enter the parent of the user namespace",
  },
  entered("time", "T", "time", "enter time namespace"),
  {
    group: "Identity",
    long: "setuid",
    short: "S",
    value: "required",
    shown: "uid|follow",
    means: [takes("setuid", "uid or follow")],
    help: "uid of <program>, an inside id, or the target's; 0 with --user",
  },
  {
    long: "setgid",
    short: "G",
    value: "required",
    shown: "gid|follow",
    means: [takes("setgid", "gid or follow")],
    help: "gid of <program>, an inside id, or the target's; 0 with --user",
  },
  {
    long: "preserve-credentials",
    means: [sets("join.preserveCredentials", true)],
    help: "leave uids, gids and groups alone",
  },
  {
    long: "keep-caps",
    means: [sets("keepCaps", true)],
    help: "keep the capabilities of the user namespace",
  },
  {
    ...attached(
      "root",
      "r",
      "dir",
      "run <program> with the target's root directory, or with yours",
      takes("join.root", "text", { usual: true }),
    ),
    group: "File systems",
  },
  attached(
    "wd",
    "w",
    "dir",
    "run <program> in the target's working directory, or in yours",
    takes("join.wd", "text", { usual: true, excludes: { field: "wd", long: "wdns" } }),
  ),
  {
    long: "wdns",
    short: "W",
    value: "required",
    shown: "dir",
    means: [takes("wd", "text behind =", { excludes: { field: "join.wd", long: "wd" } })],
    help: "run <program> in this directory of its root",
  },
  {
    group: "Environment",
    long: "env",
    short: "e",
    means: [sets("join.env", true)],
    help: "start with the target's environment",
  },
  {
    group: "Process",
    long: "no-fork",
    short: "F",
    means: [sets("fork", false)],
    help: "do not run <program> as a child, as --pid and --all do",
  },
  {
    long: "join-cgroup",
    short: "c",
    means: [sets("join.cgroup", true)],
    help: "join the target's control group",
  },
  {
    long: "follow-context",
    short: "Z",
    means: [sets("join.context", true)],
    help: "run <program> in the target's SELinux context",
  },
  {
    long: "kill-child",
    value: "optional",
    shown: "signame",
    means: [takes("killChild", "signal", { usual: SIGNALS.SIGKILL })],
    help: "when dying, kill the child (KILL by default); runs <program> as a child",
  },
  {
    long: "forward-signals",
    means: [sets("forwardSignals", true)],
    help: "pass SIGTERM and SIGINT on to the child; runs <program> as a child",
  },
  { group: "Limits", ...RLIMIT_OPTION },
  { group: "Other", long: "help", short: "h", help: "display this help" },
  { long: "version", short: "V", help: "display version" },
];
