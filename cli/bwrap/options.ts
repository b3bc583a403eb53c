/** The options of `bwrap`, which are those of `run` too. */
import { LAYERS_OF_NOTHING, type Meaning, names, sets, takes } from "../../launch/request/spec.ts";
import type { RootOperation } from "../../launch/root/spec.ts";
import type { Option } from "../getopt.ts";

/** An operation on the new root, which is called as its kind is. */
const does = (
  kind: RootOperation["kind"],
  words: readonly string[],
  help: string,
  more: Partial<Option> = {},
): Option => ({
  long: kind,
  words,
  means: [{ field: "newRoot", as: "operation", operation: kind }],
  help,
  ...more,
});

/** The same, where its source may be missing. */
const tries = (kind: "bind" | "dev-bind" | "ro-bind"): Option =>
  does(kind, ["SRC", "DEST"], `--${kind} if there is SRC`, {
    long: `${kind}-try`,
    means: [{ field: "newRoot", as: "operation", operation: kind, try: true }],
  });

/** A value, of which the last one counts. */
const last = (long: string, word: string, meaning: Meaning, help: string): Option => ({
  long,
  words: [word],
  again: "last counts",
  means: [meaning],
  help,
});

/** A descriptor, of which the last one counts. */
const descriptor = (long: string, field: string, help: string): Option =>
  last(long, "FD", takes(field, "descriptor"), help);

/** What is created where it can be. */
const TRY_USER = names("user", "tryNamespaces");
const TRY_CGROUP = names("cgroup", "tryNamespaces");

/** The options; in bubblewrap's order. */
export const OPTIONS: readonly Option[] = [
  { group: "About bwrap", long: "help", help: "display this help" },
  { long: "version", help: "display version" },
  {
    group: "Words",
    long: "args",
    words: ["FD"],
    means: [takes("words", "words")],
    help: "take more options from this descriptor, with NUL between",
  },
  {
    long: "argv0",
    words: ["VALUE"],
    lacking: "--argv0 takes one argument",
    again: "refused",
    means: [takes("argv0", "text")],
    help: "what the program gets as its own name",
  },
  {
    long: "level-prefix",
    means: [sets("levelPrefix", true)],
    help: "begin messages with their level, as <3>",
  },
  {
    group: "Namespaces",
    long: "unshare-all",
    means: [names("ipc"), names("pid"), names("net"), names("uts"), TRY_USER, TRY_CGROUP],
    help: "new namespaces of all types but time; user and cgroup where possible",
  },
  {
    long: "share-net",
    means: [{ field: "namespaces", as: "no type", usual: "net" }],
    help: "keep the network namespace, behind --unshare-all",
  },
  { long: "unshare-user", means: [names("user")], help: "new user namespace; usual if not root" },
  { long: "unshare-user-try", means: [TRY_USER], help: "new user namespace where possible" },
  { long: "unshare-ipc", means: [names("ipc")], help: "new IPC namespace" },
  { long: "unshare-pid", means: [names("pid")], help: "new PID namespace" },
  { long: "unshare-net", means: [names("net")], help: "new network namespace" },
  { long: "unshare-uts", means: [names("uts")], help: "new UTS namespace" },
  { long: "unshare-cgroup", means: [names("cgroup")], help: "new cgroup namespace" },
  { long: "unshare-cgroup-try", means: [TRY_CGROUP], help: "new cgroup namespace where possible" },
  descriptor("userns", "join.descriptors.user", "join the user namespace of this descriptor"),
  descriptor("userns2", "userns2", "join this user namespace at last, with --userns"),
  {
    long: "disable-userns",
    means: [sets("disableUserns", true)],
    help: "no user namespaces in the new user namespace",
  },
  {
    long: "assert-userns-disabled",
    means: [sets("assertUsernsDisabled", true)],
    help: "fail if user namespaces can be created inside",
  },
  descriptor("pidns", "join.descriptors.pid", "join this PID namespace; a new one is below it"),
  descriptor("netns", "join.descriptors.net", "join this network namespace"),
  last("uid", "UID", takes("mapUser", "uid"), "user id inside"),
  last("gid", "GID", takes("mapGroup", "gid"), "group id inside"),
  last("hostname", "NAME", takes("hostname", "text"), "host name inside, with --unshare-uts"),
  {
    group: "Environment",
    long: "chdir",
    words: ["DIR"],
    lacking: "--chdir takes one argument",
    again: "last counts",
    means: [takes("wd", "text")],
    help: "start in this directory",
  },
  {
    long: "clearenv",
    means: [takes("environment", "environment", { usual: "clear" })],
    help: "unset all variables but PWD",
  },
  {
    long: "setenv",
    words: ["VAR", "VALUE"],
    means: [takes("environment", "environment", { usual: "set" })],
    help: "set a variable",
  },
  {
    long: "unsetenv",
    words: ["VAR"],
    means: [takes("environment", "environment", { usual: "unset" })],
    help: "unset a variable",
  },
  {
    group: "Descriptors and locks",
    long: "lock-file",
    words: ["DEST"],
    means: [takes("lockFiles", "texts")],
    help: "hold a read lock on this file of the new root",
  },
  {
    long: "sync-fd",
    words: ["FD"],
    means: [takes("syncFds", "descriptors")],
    help: "keep this descriptor open until all has ended",
  },
  { group: "The new root, in order", ...does("bind", ["SRC", "DEST"], "SRC of outside on DEST") },
  tries("bind"),
  does("dev-bind", ["SRC", "DEST"], "--bind with device files that work"),
  tries("dev-bind"),
  does("ro-bind", ["SRC", "DEST"], "--bind that is read-only"),
  tries("ro-bind"),
  does("bind", ["FD", "DEST"], "--bind of what this descriptor has open", {
    long: "bind-fd",
    lacking: "--bind-fd takes two arguments",
  }),
  does("ro-bind", ["FD", "DEST"], "--ro-bind of what this descriptor has open", {
    long: "ro-bind-fd",
    lacking: "--bind-fd takes two arguments",
  }),
  does("remount-ro", ["DEST"], "make the mount on DEST read-only, none below it", {
    lacking: "--remount-ro takes one argument",
  }),
  {
    long: "overlay-src",
    words: ["SRC"],
    lacking: LAYERS_OF_NOTHING,
    means: [takes("sources", "layer")],
    help: "a lower layer of the next overlay",
  },
  does("overlay", ["RWSRC", "WORKDIR", "DEST"], "overlay that is written to RWSRC"),
  does("tmp-overlay", ["DEST"], "overlay that is written to memory"),
  does("ro-overlay", ["DEST"], "overlay, read-only"),
  last("exec-label", "LABEL", takes("execLabel", "text"), "SELinux label of the program"),
  last("file-label", "LABEL", takes("fileLabel", "text"), "SELinux label of what is made"),
  does("proc", ["DEST"], "proc"),
  does("dev", ["DEST"], "a small /dev"),
  does("tmpfs", ["DEST"], "an empty file system in memory"),
  does("mqueue", ["DEST"], "POSIX message queues"),
  does("dir", ["DEST"], "make a directory"),
  does("file", ["FD", "DEST"], "make a file of what FD gives"),
  does("bind-data", ["FD", "DEST"], "a file in memory on DEST, of what FD gives"),
  does("ro-bind-data", ["FD", "DEST"], "--bind-data that is read-only"),
  does("symlink", ["SRC", "DEST"], "make DEST a symbolic link to SRC"),
  {
    long: "perms",
    words: ["OCTAL"],
    means: [takes("perms", "octal")],
    help: "mode of what the next option makes",
  },
  {
    long: "size",
    words: ["BYTES"],
    means: [takes("size", "bytes")],
    help: "size of the next --tmpfs",
  },
  does("chmod", ["OCTAL", "PATH"], "change the mode of PATH"),
  {
    group: "Restrictions",
    ...last(
      "seccomp",
      "FD",
      takes("seccomp", "only descriptor"),
      "filter system calls by the program that FD gives",
    ),
  },
  {
    long: "add-seccomp-fd",
    words: ["FD"],
    means: [takes("seccomp", "descriptors")],
    help: "the same, one filter more",
  },
  {
    long: "cap-add",
    words: ["CAP"],
    means: [takes("capabilities", "capability", { usual: "add" })],
    help: "add a capability, or ALL",
  },
  {
    long: "cap-drop",
    words: ["CAP"],
    means: [takes("capabilities", "capability", { usual: "drop" })],
    help: "drop a capability, or ALL",
  },
  {
    long: "scope-abstract-unix-sockets",
    means: [sets("scopeAbstractUnixSockets", true)],
    help: "no connections to abstract Unix sockets of outside",
  },
  {
    long: "not-a-security-boundary",
    means: [],
    help: "accepted, and changes nothing",
  },
  {
    group: "Process",
    ...descriptor("block-fd", "blockFd", "wait for this descriptor before the program starts"),
  },
  descriptor(
    "userns-block-fd",
    "usernsBlockFd",
    "wait for this descriptor until ids are mapped by others",
  ),
  descriptor("info-fd", "infoFd", "tell this descriptor the PID and the namespaces"),
  descriptor("json-status-fd", "statusFd", "the same, and then the exit status"),
  { long: "new-session", means: [sets("setsid", true)], help: "start a session" },
  {
    long: "die-with-parent",
    means: [sets("dieWithParent", true)],
    help: "kill the program when this or its parent ends",
  },
  { long: "as-pid-1", means: [sets("init", false)], help: "the program is PID 1 itself" },
  {
    long: "forward-signals",
    means: [sets("forwardSignals", true)],
    help: "pass SIGTERM and SIGINT on to the program",
  },
];
