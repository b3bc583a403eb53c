/** `nido nsenter`: a program in namespaces that exist. @see nsenter(1) */
import type { NamespaceType } from "../ffi/abi/namespaces.ts";
import { SIGNALS } from "../ffi/abi/signal.ts";
import type { Join, LaunchSpec } from "../launch/spec.ts";
import { type Given, UsageError } from "./getopt.ts";
import { NAMESPACES, readOptions } from "./launch_options.ts";
import type { LaunchingCommand } from "./launching.ts";
import { addLimit, type Limits } from "./limits.ts";
import { parseId, parseNumber, parseSignal, parseTarget } from "./parse.ts";
import { OPTIONS } from "./nsenter/options.ts";
import { programOf } from "./shell.ts";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The sum of the options so far. Later options win over earlier ones. */
class Options {
  readonly #join: Writable<Join> = {};
  readonly #spec: Partial<Writable<LaunchSpec>> = {};
  readonly #namespaces = new Set<NamespaceType>();
  readonly #limits: Limits = {};
  readonly #files: Writable<NonNullable<Join["files"]>> = {};
  readonly #ids: Writable<NonNullable<Join["ids"]>> = {};

  take({ long, value }: Given): void {
    const type = NAMESPACES[long];
    if (type) this.#takeNamespace(type, value);
    else if (value === undefined) this.#takeFlag(long);
    else this.#takeValue(long, value);
  }

  finish(): Partial<LaunchSpec> & { join: Join; namespaces: readonly NamespaceType[] } {
    const join = {
      ...this.#join,
      namespaces: [...this.#namespaces].filter((type) =>
        !(type in this.#files || type in this.#ids)
      ),
      ...(Object.keys(this.#files).length ? { files: this.#files } : {}),
      ...(Object.keys(this.#ids).length ? { ids: this.#ids } : {}),
    };
    const limits = Object.keys(this.#limits).length ? { rlimits: this.#limits } : {};
    return { ...this.#spec, namespaces: [], join, ...limits };
  }

  #takeNamespace(type: NamespaceType, value: string | undefined): void {
    this.#namespaces.add(type);
    if (value === undefined) return;
    delete this.#files[type];
    delete this.#ids[type];
    if (value.startsWith(":")) this.#ids[type] = parseNumber(value.slice(1), "nsid");
    else this.#files[type] = value;
  }

  #takeFlag(long: string): void {
    const [join, spec] = [this.#join, this.#spec];
    switch (long) {
      case "all":
        join.all = true;
        break;
      case "user-parent":
        join.userParent = true;
        break;
      case "preserve-credentials":
        join.preserveCredentials = true;
        break;
      case "keep-caps":
        spec.keepCaps = true;
        break;
      case "root":
        join.root = true;
        break;
      case "wd":
        this.#excludeOther("wd");
        join.wd = true;
        break;
      case "env":
        join.env = true;
        break;
      case "no-fork":
        spec.fork = false;
        break;
      case "join-cgroup":
        join.cgroup = true;
        break;
      case "follow-context":
        join.context = true;
        break;
      case "kill-child":
        spec.killChild = SIGNALS.SIGKILL;
        break;
      case "forward-signals":
        spec.forwardSignals = true;
        break;
    }
  }

  #takeValue(long: string, value: string): void {
    const [join, spec] = [this.#join, this.#spec];
    switch (long) {
      case "target": {
        if (join.target !== undefined) {
          throw new UsageError("option --target may be given only once");
        }
        const { pid, inode } = parseTarget(value);
        join.target = pid;
        if (inode !== undefined) join.targetInode = inode;
        break;
      }
      case "net-socket":
        join.netSocket = Number(parseNumber(value, "file descriptor"));
        break;
      case "setuid":
        spec.setuid = value === "follow" ? value : parseId(value, "uid");
        break;
      case "setgid":
        spec.setgid = value === "follow" ? value : parseId(value, "gid");
        break;
      case "root":
        join.root = value;
        break;
      case "wd":
        this.#excludeOther("wd");
        join.wd = value;
        break;
      case "wdns":
        this.#excludeOther("wdns");
        // Of the short form, as those whose value is optional take it.
        spec.wd = value.replace(/^=/, "");
        break;
      case "rlimit":
        addLimit(this.#limits, value);
        break;
      case "kill-child":
        spec.killChild = parseSignal(value);
        break;
    }
  }

  /** The working directory is either one of the caller's or one of the inside. */
  #excludeOther(given: "wd" | "wdns"): void {
    const other = given === "wd" ? this.#spec.wd : this.#join.wd;
    if (other === undefined) return;
    const names = given === "wd" ? "--wdns and --wd" : "--wd and --wdns";
    throw new UsageError(`options ${names} cannot be combined`);
  }
}

/** nsenter's part of the command line. */
export const nsenter: LaunchingCommand = {
  name: "nsenter",
  parse(words) {
    const options = new Options();
    const { info, operands } = readOptions(OPTIONS, words, (option) => options.take(option));
    if (info) return info;
    const spec = options.finish();
    return { name: "nsenter", ...programOf(operands), ...spec };
  },
};
