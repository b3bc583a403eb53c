/** The options of `bwrap`, which are those of `run` too. */
import {
  LAYERS_OF_NOTHING,
  names,
  type OpenOption,
  sets,
  takes,
} from "../../launch/request/spec.ts";
import type { RootOperation } from "../../launch/root/spec.ts";
import type { Option } from "../getopt.ts";

/** An operation on the new root. */
const does = (operation: RootOperation["kind"], isTry?: true): Pick<OpenOption, "means"> => ({
  means: [{ field: "newRoot", as: "operation", operation, ...(isTry ? { try: isTry } : {}) }],
});

/** A descriptor, of which the last one counts. */
const descriptor = (field: string): Pick<OpenOption, "words" | "again" | "means"> => ({
  words: ["FD"],
  again: "last counts",
  means: [takes(field, "descriptor")],
});

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
  {
    long: "userns",
    ...descriptor("join.descriptors.user"),
    help: "join the user namespace of this descriptor",
  },
  {
    long: "userns2",
    ...descriptor("userns2"),
    help: "join this user namespace at last, with --userns",
  },
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
  {
    long: "pidns",
    ...descriptor("join.descriptors.pid"),
    help: "join this PID namespace; a new one is below it",
  },
  { long: "netns", ...descriptor("join.descriptors.net"), help: "join this network namespace" },
  {
    long: "uid",
    words: ["UID"],
    again: "last counts",
    means: [takes("mapUser", "uid")],
    help: "user id inside",
  },
  {
    long: "gid",
    words: ["GID"],
    again: "last counts",
    means: [takes("mapGroup", "gid")],
    help: "group id inside",
  },
  {
    long: "hostname",
    words: ["NAME"],
    again: "last counts",
    means: [takes("hostname", "text")],
    help: "host name inside, with --unshare-uts",
  },
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
  {
    group: "The new root, in order",
    long: "bind",
    words: ["SRC", "DEST"],
    ...does("bind"),
    help: "SRC of outside on DEST",
  },
  {
    long: "bind-try",
    words: ["SRC", "DEST"],
    ...does("bind", true),
    help: "--bind if there is SRC",
  },
  {
    long: "dev-bind",
    words: ["SRC", "DEST"],
    ...does("dev-bind"),
    help: "--bind with device files that work",
  },
  {
    long: "dev-bind-try",
    words: ["SRC", "DEST"],
    ...does("dev-bind", true),
    help: "--dev-bind if there is SRC",
  },
  {
    long: "ro-bind",
    words: ["SRC", "DEST"],
    ...does("ro-bind"),
    help: "--bind that is read-only",
  },
  {
    long: "ro-bind-try",
    words: ["SRC", "DEST"],
    ...does("ro-bind", true),
    help: "--ro-bind if there is SRC",
  },
  {
    long: "bind-fd",
    words: ["FD", "DEST"],
    lacking: "--bind-fd takes two arguments",
    ...does("bind"),
    help: "--bind of what this descriptor has open",
  },
  {
    long: "ro-bind-fd",
    words: ["FD", "DEST"],
    lacking: "--bind-fd takes two arguments",
    ...does("ro-bind"),
    help: "--ro-bind of what this descriptor has open",
  },
  {
    long: "remount-ro",
    words: ["DEST"],
    lacking: "--remount-ro takes one argument",
    ...does("remount-ro"),
    help: "make the mount on DEST read-only, none below it",
  },
  {
    long: "overlay-src",
    words: ["SRC"],
    lacking: LAYERS_OF_NOTHING,
    means: [takes("sources", "layer")],
    help: "a lower layer of the next overlay",
  },
  {
    long: "overlay",
    words: ["RWSRC", "WORKDIR", "DEST"],
    ...does("overlay"),
    help: "overlay that is written to RWSRC",
  },
  {
    long: "tmp-overlay",
    words: ["DEST"],
    ...does("tmp-overlay"),
    help: "overlay that is written to memory",
  },
  { long: "ro-overlay", words: ["DEST"], ...does("ro-overlay"), help: "overlay, read-only" },
  {
    long: "exec-label",
    words: ["LABEL"],
    again: "last counts",
    means: [takes("execLabel", "text")],
    help: "SELinux label of the program",
  },
  {
    long: "file-label",
    words: ["LABEL"],
    again: "last counts",
    means: [takes("fileLabel", "text")],
    help: "SELinux label of what is made",
  },
  { long: "proc", words: ["DEST"], ...does("proc"), help: "proc" },
  { long: "dev", words: ["DEST"], ...does("dev"), help: "a small /dev" },
  { long: "tmpfs", words: ["DEST"], ...does("tmpfs"), help: "an empty file system in memory" },
  { long: "mqueue", words: ["DEST"], ...does("mqueue"), help: "POSIX message queues" },
  { long: "dir", words: ["DEST"], ...does("dir"), help: "make a directory" },
  { long: "file", words: ["FD", "DEST"], ...does("file"), help: "make a file of what FD gives" },
  {
    long: "bind-data",
    words: ["FD", "DEST"],
    ...does("bind-data"),
    help: "a file in memory on DEST, of what FD gives",
  },
  {
    long: "ro-bind-data",
    words: ["FD", "DEST"],
    ...does("ro-bind-data"),
    help: "--bind-data that is read-only",
  },
  {
    long: "symlink",
    words: ["SRC", "DEST"],
    ...does("symlink"),
    help: "make DEST a symbolic link to SRC",
  },
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
  { long: "chmod", words: ["OCTAL", "PATH"], ...does("chmod"), help: "change the mode of PATH" },
  {
    group: "Restrictions",
    long: "seccomp",
    words: ["FD"],
    again: "last counts",
    means: [takes("seccomp", "only descriptor")],
    help: "filter system calls by the program that FD gives",
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
    long: "block-fd",
    ...descriptor("blockFd"),
    help: "wait for this descriptor before the program starts",
  },
  {
    long: "userns-block-fd",
    ...descriptor("usernsBlockFd"),
    help: "wait for this descriptor until ids are mapped by others",
  },
  {
    long: "info-fd",
    ...descriptor("infoFd"),
    help: "tell this descriptor the PID and the namespaces",
  },
  {
    long: "json-status-fd",
    ...descriptor("statusFd"),
    help: "the same, and then the exit status",
  },
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
