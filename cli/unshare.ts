/** `nido unshare`: a program in new namespaces. @see unshare(1) */
import type { NamespaceType } from "../ffi/abi/namespaces.ts";
import { SIGNALS } from "../ffi/abi/signal.ts";
import type { Bytes } from "../ffi/bytes.ts";
import {
  BINFMT_MISC,
  type IdRangeSource,
  type LaunchSpec,
  type Propagation,
} from "../launch/spec.ts";
import { type Given, UsageError } from "./getopt.ts";
import { NAMESPACES, readOptions } from "./launch_options.ts";
import type { LaunchingCommand } from "./launching.ts";
import { addLimit, type Limits } from "./limits.ts";
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
import { OPTIONS, PROPAGATIONS } from "./unshare/options.ts";

type Writable = { -readonly [K in keyof LaunchSpec]: LaunchSpec[K] };

/** The sum of the options so far. Later options win over earlier ones. */
class Options {
  readonly spec: Partial<Omit<Writable, "whitelistEnv">> & { whitelistEnv?: string[] } = {};
  readonly #namespaces = new Set<NamespaceType>();
  readonly #persist: Partial<Record<NamespaceType, Bytes>> = {};
  readonly #limits: Limits = {};
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
    const limits = Object.keys(this.#limits).length ? { rlimits: this.#limits } : {};
    return {
      ...this.spec,
      namespaces: [...this.#namespaces],
      ...persist,
      ...users,
      ...groups,
      ...limits,
    };
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
        [spec.mapUser, spec.mapGroup] = ["current", "current"];
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
          const slip = { word: value, among: PROPAGATIONS };
          throw new UsageError(`unsupported propagation mode: ${value}`, false, slip);
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
          const slip = { word: value, among: ["allow", "deny"] };
          throw new UsageError(`unsupported --setgroups argument '${value}'`, false, slip);
        }
        spec.setgroups = value;
        break;
      case "monotonic":
        spec.monotonic = parseSeconds(value, "monotonic offset");
        break;
      case "boottime":
        spec.boottime = parseSeconds(value, "boottime offset");
        break;
      case "rlimit":
        addLimit(this.#limits, value);
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
  parse(words) {
    const options = new Options();
    const { info, operands } = readOptions(OPTIONS, words, (option) => options.take(option));
    if (info) return info;
    const spec = options.finish();
    return { name: "unshare", ...programOf(operands), ...spec };
  },
};
