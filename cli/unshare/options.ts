/** The options of `unshare`. */
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import { SIGNALS } from "../../ffi/abi/signal.ts";
import { names, sets, takes } from "../../launch/request/spec.ts";
import { BINFMT_MISC } from "../../launch/mounts/spec.ts";
import type { Option } from "../getopt.ts";
import { RLIMIT_OPTION } from "../limits.ts";

/** Modes of --propagation. */
const PROPAGATIONS: readonly string[] = ["private", "shared", "slave", "unchanged"];

const SETGROUPS: readonly string[] = ["allow", "deny"];

/** A type of new namespace, and the file that it is bound to, so that it stays. */
const created = (long: string, short: string, type: NamespaceType, help: string): Option => ({
  long,
  short,
  value: "optional",
  shown: "file",
  means: [names(type), takes(`persist.${type}`, "text")],
  help,
});

/** The options; in util-linux's order, which shows where an abbreviation is ambiguous. */
export const OPTIONS: readonly Option[] = [
  { group: "New namespaces", ...created("mount", "m", "mnt", "new mount namespace") },
  created("uts", "u", "uts", "new UTS namespace (hostname etc)"),
  created("ipc", "i", "ipc", "new System V IPC namespace"),
  created("net", "n", "net", "new network namespace"),
  created("pid", "p", "pid", "new PID namespace, for children"),
  created("user", "U", "user", "new user namespace"),
  created("cgroup", "C", "cgroup", "new cgroup namespace"),
  created("time", "T", "time", "new time namespace"),
  {
    group: "Process",
    long: "fork",
    short: "f",
    means: [sets("fork", true)],
    help: "run <program> as a child",
  },
  {
    long: "kill-child",
    value: "optional",
    shown: "signame",
    means: [takes("killChild", "signal", { usual: SIGNALS.SIGKILL })],
    help: "when dying, kill the child (KILL by default); implies --fork",
  },
  {
    long: "forward-signals",
    means: [sets("forwardSignals", true)],
    help: "pass SIGTERM and SIGINT on to the child; implies --fork",
  },
  {
    group: "File systems",
    long: "mount-proc",
    value: "optional",
    shown: "dir",
    means: [takes("mountProc", "text", { usual: "/proc" })],
    help: "mount proc first, on /proc by default; implies --mount",
  },
  {
    long: "mount-binfmt",
    value: "optional",
    shown: "dir",
    means: [takes("mountBinfmt", "text", { usual: BINFMT_MISC })],
    help: "mount binfmt_misc first; implies --user and --mount",
  },
  {
    long: "load-interp",
    short: "l",
    value: "required",
    shown: "string",
    means: [takes("loadInterp", "text")],
    help: "register an interpreter in the namespace; implies --mount-binfmt",
  },
  {
    long: "propagation",
    value: "required",
    shown: "mode",
    values: PROPAGATIONS,
    means: [takes("propagation", "word", { words: PROPAGATIONS, called: "propagation mode" })],
    help: "of mounts in the mount namespace: private (the default), shared, slave or unchanged",
  },
  {
    long: "root",
    short: "R",
    value: "required",
    shown: "dir",
    means: [takes("root", "text")],
    help: "run <program> with this root directory",
  },
  {
    long: "wd",
    short: "w",
    value: "required",
    shown: "dir",
    means: [takes("wd", "text")],
    help: "run <program> in this directory of its root",
  },
  {
    group: "Users and groups",
    long: "setgroups",
    value: "required",
    shown: "allow|deny",
    values: SETGROUPS,
    means: [takes("setgroups", "word", { words: SETGROUPS, called: "--setgroups argument" })],
    help: "may setgroups(2) be called in the user namespace",
  },
  {
    long: "setuid",
    short: "S",
    value: "required",
    shown: "uid",
    means: [takes("setuid", "uid")],
    help: "uid of <program>, an inside id",
  },
  {
    long: "setgid",
    short: "G",
    value: "required",
    shown: "gid",
    means: [takes("setgid", "gid")],
    help: "gid of <program>, an inside id",
  },
  {
    long: "map-user",
    value: "required",
    shown: "uid|name",
    values: "user",
    means: [takes("mapUser", "user")],
    help: "map own uid to this one; implies --user",
  },
  {
    long: "map-users",
    value: "required",
    shown: "in:out:n",
    values: ["auto", "subids", "all"],
    means: [takes("mapUsers", "range")],
    help: "map n uids from out to in, or auto, subids, all; implies --user",
  },
  {
    long: "map-group",
    value: "required",
    shown: "gid|name",
    values: "group",
    means: [takes("mapGroup", "group")],
    help: "map own gid to this one; implies --user",
  },
  {
    long: "map-groups",
    value: "required",
    shown: "in:out:n",
    values: ["auto", "subids", "all"],
    means: [takes("mapGroups", "range")],
    help: "map n gids from out to in, or auto, subids, all; implies --user",
  },
  {
    long: "map-root-user",
    short: "r",
    means: [sets("mapUser", 0), sets("mapGroup", 0)],
    help: "map own uid and gid to root; implies --user",
  },
  {
    long: "map-current-user",
    short: "c",
    means: [sets("mapUser", "current"), sets("mapGroup", "current")],
    help: "map own uid and gid to themselves; implies --user",
  },
  {
    long: "map-auto",
    means: [
      takes("mapUsers", "range", { usual: "auto" }),
      takes("mapGroups", "range", { usual: "auto" }),
    ],
    help: "map subordinate uids and gids to 0 and up; implies --user",
  },
  {
    long: "map-subids",
    means: [
      takes("mapUsers", "range", { usual: "subids" }),
      takes("mapGroups", "range", { usual: "subids" }),
    ],
    help: "map subordinate uids and gids to themselves; implies --user",
  },
  {
    long: "owner",
    value: "required",
    shown: "uid:gid",
    means: [takes("owner", "owner")],
    help: "who owns the user namespace; implies --user",
  },
  {
    long: "keep-caps",
    means: [sets("keepCaps", true)],
    help: "keep the capabilities of the user namespace",
  },
  {
    group: "Clocks",
    long: "monotonic",
    value: "required",
    shown: "seconds",
    means: [takes("monotonic", "seconds", { called: "monotonic offset" })],
    help: "offset of CLOCK_MONOTONIC, with --time",
  },
  {
    long: "boottime",
    value: "required",
    shown: "seconds",
    means: [takes("boottime", "seconds", { called: "boottime offset" })],
    help: "offset of CLOCK_BOOTTIME, with --time",
  },
  {
    group: "Environment",
    long: "clear-env",
    means: [sets("clearEnv", true)],
    help: "start with an empty environment",
  },
  {
    long: "whitelist-env",
    value: "required",
    shown: "names",
    values: "variables",
    list: true,
    means: [takes("whitelistEnv", "names")],
    help: "keep only these variables, separated by commas",
  },
  { group: "Limits", ...RLIMIT_OPTION },
  { group: "Other", long: "help", short: "h", help: "display this help" },
  { long: "version", short: "V", help: "display version" },
];
