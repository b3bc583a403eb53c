/** `nido unshare`: a program in new namespaces. @see unshare(1) */
import type { NamespaceType } from "../ffi/abi/namespaces.ts";
import { SIGNALS } from "../ffi/abi/signal.ts";
import type { Bytes } from "../ffi/bytes.ts";
import { effectiveGroup, effectiveUser } from "../launch/run/facts.ts";
import type { IdRangeSource, LaunchSpec, Propagation } from "../launch/spec.ts";
import { BINFMT_MISC } from "../launch/steps/mounts.ts";
import { getopt, type Given, type Option, optionsHelp, UsageError } from "./getopt.ts";
import type { LaunchingCommand } from "./launching.ts";
import {
  parseGroup,
  parseId,
  parseOwner,
  parseRange,
  parseSeconds,
  parseSignal,
  parseUser,
} from "./parse.ts";
import { programOf } from "./shell.ts";

const NAMESPACES: Readonly<Record<string, NamespaceType>> = {
  mount: "mnt",
  uts: "uts",
  ipc: "ipc",
  net: "net",
  pid: "pid",
  user: "user",
  cgroup: "cgroup",
  time: "time",
};

const OPTIONS: readonly Option[] = [
  { long: "mount", short: "m", value: "optional", shown: "file", help: "new mount namespace" },
  {
    long: "uts",
    short: "u",
    value: "optional",
    shown: "file",
    help: "new UTS namespace (hostname etc)",
  },
  { long: "ipc", short: "i", value: "optional", shown: "file", help: "new System V IPC namespace" },
  { long: "net", short: "n", value: "optional", shown: "file", help: "new network namespace" },
  {
    long: "pid",
    short: "p",
    value: "optional",
    shown: "file",
    help: "new PID namespace, for children",
  },
  { long: "user", short: "U", value: "optional", shown: "file", help: "new user namespace" },
  { long: "cgroup", short: "C", value: "optional", shown: "file", help: "new cgroup namespace" },
  { long: "time", short: "T", value: "optional", shown: "file", help: "new time namespace" },
  { long: "fork", short: "f", help: "run <program> as a child" },
  {
    long: "kill-child",
    value: "optional",
    shown: "signame",
    help: "when dying, kill the child (KILL by default);\nimplies --fork",
  },
  { long: "forward-signals", help: "pass SIGTERM and SIGINT on to the child;\nimplies --fork" },
  {
    long: "mount-proc",
    value: "optional",
    shown: "dir",
    help: "mount proc first, on /proc by default;\nimplies --mount",
  },
  {
    long: "mount-binfmt",
    value: "optional",
    shown: "dir",
    help: "mount binfmt_misc first;\nimplies --user and --mount",
  },
  {
    long: "load-interp",
    short: "l",
    value: "required",
    shown: "string",
    help: "register an interpreter in the namespace;\nimplies --mount-binfmt",
  },
  {
    long: "propagation",
    value: "required",
    shown: "mode",
    help: "of mounts in the mount namespace: private\n(the default), shared, slave or unchanged",
  },
  {
    long: "root",
    short: "R",
    value: "required",
    shown: "dir",
    help: "run <program> with this root directory",
  },
  {
    long: "wd",
    short: "w",
    value: "required",
    shown: "dir",
    help: "run <program> in this directory of its root",
  },
  {
    long: "setgroups",
    value: "required",
    shown: "allow|deny",
    help: "may setgroups(2) be called in the user namespace",
  },
  {
    long: "setuid",
    short: "S",
    value: "required",
    shown: "uid",
    help: "uid of <program>, an inside id",
  },
  {
    long: "setgid",
    short: "G",
    value: "required",
    shown: "gid",
    help: "gid of <program>, an inside id",
  },
  {
    long: "map-user",
    value: "required",
    shown: "uid|name",
    help: "map own uid to this one; implies --user",
  },
  {
    long: "map-users",
    value: "required",
    shown: "in:out:n",
    help: "map n uids from out to in, or auto, subids,\nall; implies --user",
  },
  {
    long: "map-group",
    value: "required",
    shown: "gid|name",
    help: "map own gid to this one; implies --user",
  },
  {
    long: "map-groups",
    value: "required",
    shown: "in:out:n",
    help: "map n gids from out to in, or auto, subids,\nall; implies --user",
  },
  { long: "map-root-user", short: "r", help: "map own uid and gid to root; implies --user" },
  {
    long: "map-current-user",
    short: "c",
    help: "map own uid and gid to themselves;\nimplies --user",
  },
  { long: "map-auto", help: "map subordinate uids and gids to 0 and up;\nimplies --user" },
  { long: "map-subids", help: "map subordinate uids and gids to themselves;\nimplies --user" },
  {
    long: "owner",
    value: "required",
    shown: "uid:gid",
    help: "who owns the user namespace; implies --user",
  },
  { long: "keep-caps", help: "keep the capabilities of the user namespace" },
  {
    long: "monotonic",
    value: "required",
    shown: "seconds",
    help: "offset of CLOCK_MONOTONIC, with --time",
  },
  {
    long: "boottime",
    value: "required",
    shown: "seconds",
    help: "offset of CLOCK_BOOTTIME, with --time",
  },
  { long: "clear-env", help: "start with an empty environment" },
  {
    long: "whitelist-env",
    value: "required",
    shown: "names",
    help: "keep only these variables, separated by commas",
  },
  { long: "help", short: "h", help: "display this help" },
  { long: "version", short: "V", help: "display version" },
];

const PROPAGATIONS: readonly string[] = ["private", "shared", "slave", "unchanged"];

type Writable = { -readonly [K in keyof LaunchSpec]: LaunchSpec[K] };

/** The sum of the options so far. Later options win over earlier ones. */
class Options {
  readonly spec: Partial<Omit<Writable, "whitelistEnv">> & { whitelistEnv?: string[] } = {};
  readonly #namespaces = new Set<NamespaceType>();
  readonly #persist: Partial<Record<NamespaceType, Bytes>> = {};
  readonly #mapUsers: IdRangeSource[] = [];
  readonly #mapGroups: IdRangeSource[] = [];

  take({ long, value }: Given): void {
    const type = NAMESPACES[long];
    if (type) {
      this.#namespaces.add(type);
      if (value !== undefined) this.#persist[type] = value;
    } else if (value === undefined) this.#takeFlag(long);
    else this.#takeValue(long, value);
  }

  finish(): Partial<LaunchSpec> & Pick<LaunchSpec, "namespaces"> {
    const persist = Object.keys(this.#persist).length ? { persist: this.#persist } : {};
    const users = this.#mapUsers.length ? { mapUsers: this.#mapUsers } : {};
    const groups = this.#mapGroups.length ? { mapGroups: this.#mapGroups } : {};
    return { ...this.spec, namespaces: [...this.#namespaces], ...persist, ...users, ...groups };
  }

  #keep(names: readonly string[]): void {
    const kept = new Set([...this.spec.whitelistEnv ?? [], ...names]);
    if (kept.size > 0) this.spec.whitelistEnv = [...kept];
  }

  #takeFlag(long: string): void {
    const { spec } = this;
    switch (long) {
      case "fork":
        spec.fork = true;
        break;
      case "kill-child":
        spec.killChild = SIGNALS.SIGKILL;
        break;
      case "forward-signals":
        spec.forwardSignals = true;
        break;
      case "mount-proc":
        spec.mountProc = "/proc";
        break;
      case "mount-binfmt":
        spec.mountBinfmt = BINFMT_MISC;
        break;
      case "map-root-user":
        [spec.mapUser, spec.mapGroup] = [0, 0];
        break;
      case "map-current-user":
        [spec.mapUser, spec.mapGroup] = [effectiveUser(), effectiveGroup()];
        break;
      case "map-auto":
      case "map-subids":
        for (const map of [this.#mapUsers, this.#mapGroups]) {
          map.push(long === "map-auto" ? "auto" : "subids");
        }
        break;
      case "keep-caps":
        spec.keepCaps = true;
        break;
      case "clear-env":
        spec.clearEnv = true;
        break;
    }
  }

  #takeValue(long: string, value: string): void {
    const { spec } = this;
    switch (long) {
      case "kill-child":
        spec.killChild = parseSignal(value);
        break;
      case "mount-proc":
        spec.mountProc = value;
        break;
      case "mount-binfmt":
        spec.mountBinfmt = value;
        break;
      case "load-interp":
        spec.loadInterp = value;
        break;
      case "propagation":
        if (!PROPAGATIONS.includes(value)) {
          throw new UsageError(`unsupported propagation mode: ${value}`);
        }
        spec.propagation = value as Propagation;
        break;
      case "root":
        spec.root = value;
        break;
      case "wd":
        spec.wd = value;
        break;
      case "setuid":
        spec.setuid = parseId(value, "uid");
        break;
      case "setgid":
        spec.setgid = parseId(value, "gid");
        break;
      case "map-user":
        spec.mapUser = parseUser(value);
        break;
      case "map-group":
        spec.mapGroup = parseGroup(value);
        break;
      case "map-users":
        this.#mapUsers.push(parseRange(value));
        break;
      case "map-groups":
        this.#mapGroups.push(parseRange(value));
        break;
      case "owner":
        spec.owner = parseOwner(value);
        break;
      case "setgroups":
        if (value !== "allow" && value !== "deny") {
          throw new UsageError(`unsupported --setgroups argument '${value}'`);
        }
        spec.setgroups = value;
        break;
      case "monotonic":
        spec.monotonic = parseSeconds(value, "monotonic offset");
        break;
      case "boottime":
        spec.boottime = parseSeconds(value, "boottime offset");
        break;
      case "whitelist-env":
        this.#keep(value.split(",").filter((name) => name !== ""));
        break;
    }
  }
}

/** unshare's part of the command line. */
export const unshare: LaunchingCommand = {
  name: "unshare",
  usage: "[options] [<program> [<argument>...]]",
  summary: "Run a program with some namespaces unshared from the parent.",
  help: () => optionsHelp(OPTIONS),
  parse(words) {
    const options = new Options();
    let info: "help" | "version" | undefined;
    const { operands } = getopt(OPTIONS, words, {
      take(option) {
        if (option.long === "help" || option.long === "version") info = option.long;
        else options.take(option);
        return info !== undefined;
      },
    });
    if (info) return info;
    const spec = options.finish();
    return { name: "unshare", ...programOf(operands, spec), ...spec };
  },
};
