/** Options of commands, and how they become specs. */
import type { Signal } from "../ffi/abi/signal.ts";
import type { NamespaceType } from "../ffi/abi/namespaces.ts";
import type { Bytes } from "../ffi/bytes.ts";
import { SpecError } from "../launch/errors.ts";
import type { LaunchSpec } from "../launch/spec.ts";
import { BINFMT_MISC } from "../launch/mounts/spec.ts";
import { checkShape } from "../launch/spec_shape.ts";
import { fields } from "../launch/shape.ts";
import { COMMAND_SHAPE, path } from "./options_shape.ts";
import { signalNumber } from "./signals.ts";

/**
 * Options of a {@linkcode Command}: those of `Deno.Command`, and everything that unshare(1) and
 * nsenter(1) can do, in their words.
 *
 * @example
 * ```ts
 * import { Command, type CommandOptions } from "@nido/nido";
 *
 * const options: CommandOptions = {
 *   args: ["-c", "hostname; id -u; exit 6"],
 *   namespaces: ["user", "uts"],
 *   mapRootUser: true,
 *   hostname: "nest",
 *   clearEnv: true,
 *   env: { LANG: "C" },
 * };
 * const { code, stdout } = await new Command("sh", options).output();
 * console.log(code, new TextDecoder().decode(stdout)); // 6 nest 0
 * ```
 */
export interface CommandOptions extends
  Omit<
    LaunchSpec,
    | "name"
    | "program"
    | "argv"
    | "namespaces"
    | "cwd"
    | "fork"
    | "killChild"
    | "mountProc"
    | "mountBinfmt"
    | "statusFd"
    | "exitsAsShell"
    | "interruptible"
  > {
  /** Arguments of the program, without its name. */
  readonly args?: readonly Bytes[];
  /** Namespaces to create. Default: none but those that other options imply. */
  readonly namespaces?: readonly NamespaceType[];
  /**
   * Working directory of the launch, outside, and of the program unless `root` or `wd` says otherwise.
   * Relative paths, of the program too, begin there. Default: the caller's.
   */
  readonly cwd?: string | URL;
  /** Be root inside: map the caller's effective user and group id to 0. Implies a user namespace. */
  readonly mapRootUser?: boolean;
  /** Be the same inside: map the caller's effective ids to themselves. Implies a user namespace. */
  readonly mapCurrentUser?: boolean;
  /** Map the caller's subordinate ids to 0 and up: `mapUsers` and `mapGroups` with "auto". */
  readonly mapAuto?: boolean;
  /** Mount a new proc, on /proc or on this path. Implies a mount namespace. */
  readonly mountProc?: boolean | Bytes;
  /** Mount a new binfmt_misc, on /proc/sys/fs/binfmt_misc or on this path. Implies a mount and a user namespace. */
  readonly mountBinfmt?: boolean | Bytes;
  /**
   * Run the program as a child of its launcher. Default: yes. With false it replaces the launcher: a little
   * faster, but `kill()` reaches only the program itself, and a new PID namespace is for its children
   * only.
   */
  readonly fork?: boolean;
  /** The signal that the program gets when its launcher dies; false for none. Default: SIGKILL. */
  readonly killChild?: Signal | number | false;
  /** The same as `setuid`. */
  readonly uid?: number;
  /** The same as `setgid`. */
  readonly gid?: number;
  /** On abort, ends the program and all that it has started by SIGTERM: see {@linkcode ChildProcess.kill}. */
  readonly signal?: AbortSignal;
  /**
   * Run the program as the leader of a session and process group of its own, and let it outlive this
   * process: for `spawn()`, with `unref()`. Default: no.
   *
   * @see setsid(2)
   */
  readonly detached?: boolean;
  /** An option of `Deno.Command` that does nothing on Linux. */
  readonly windowsRawArguments?: boolean;
  /** Default: "inherit", and "null" for `output()` and `outputSync()`. */
  readonly stdin?: "piped" | "inherit" | "null";
  /** Default: "inherit", and "piped" for `output()` and `outputSync()`. */
  readonly stdout?: "piped" | "inherit" | "null";
  /** Default: "inherit", and "piped" for `output()` and `outputSync()`. */
  readonly stderr?: "piped" | "inherit" | "null";
}

/** The name of launchers in ps. */
const NAME = "nido";

/**
 * The path of a file: URL. As in Deno, a `%` without two hex digits stands for itself.
 *
 * @throws {TypeError} of any other URL, or one with a host.
 * @throws {URIError} if its bytes are not UTF-8.
 */
export function pathOf(path: string | URL): string {
  if (typeof path === "string") return path;
  if (path.protocol !== "file:") throw new TypeError(`Must be a file URL: ${path}`);
  if (path.hostname !== "") throw new TypeError(`Host must be empty: ${path}`);
  return decodeURIComponent(path.pathname.replaceAll(/%(?![0-9a-f]{2})/gi, "%25"));
}

/** The mount point of an option that is a path, or true for the default. */
function place(option: boolean | Bytes | undefined, usual: string): Bytes | undefined {
  return typeof option === "boolean" ? option ? usual : undefined : option;
}

/** The spec without undefined fields, and without a prototype. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

/**
 * The spec of a command.
 *
 * @param options From {@linkcode snapshot}.
 * @throws {SpecError} where options are unknown, of wrong types, or contradict each other.
 * @throws {TypeError} for a URL that is no path, and for an unknown signal.
 */
export function specOf(command: string | URL, options: CommandOptions): LaunchSpec {
  checkShape(command, path, "program");
  checkShape(options, fields(COMMAND_SHAPE));
  const {
    args = [],
    namespaces = [],
    cwd = "",
    mapRootUser,
    mapCurrentUser,
    mapAuto,
    mapUsers = [],
    mapGroups = [],
    mountProc,
    mountBinfmt,
    fork = true,
    killChild = "SIGKILL",
    uid,
    gid,
    signal: _signal,
    detached,
    windowsRawArguments: _windowsRawArguments,
    stdin: _stdin,
    stdout: _stdout,
    stderr: _stderr,
    ...rest
  } = options;
  const program = pathOf(command);
  const auto = mapAuto ? ["auto" as const] : [];
  const users = [...mapUsers, ...auto];
  const groups = [...mapGroups, ...auto];
  if (!fork && namespaces.includes("pid")) {
    throw new SpecError([{
      path: "fork",
      message: "fork: false: the program would not be in the new PID namespace, only its children",
      hint: "leave fork out",
    }]);
  }
  return defined({
    ...mapRootUser ? { mapUser: 0, mapGroup: 0 } : {},
    ...mapCurrentUser ? { mapUser: "current", mapGroup: "current" } : {},
    ...uid === undefined ? {} : { setuid: uid },
    ...gid === undefined ? {} : { setgid: gid },
    ...detached ? { setsid: true } : {},
    ...rest,
    ...users.length > 0 ? { mapUsers: users } : {},
    ...groups.length > 0 ? { mapGroups: groups } : {},
    name: NAME,
    program,
    argv: [program, ...args],
    namespaces,
    cwd: pathOf(cwd) || undefined,
    mountProc: place(mountProc, "/proc"),
    mountBinfmt: place(mountBinfmt, BINFMT_MISC),
    fork,
    killChild: fork && killChild !== false ? signalNumber(killChild) : undefined,
  });
}
