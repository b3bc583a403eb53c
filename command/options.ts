/** Options of commands, and the specs that they mean. */
import type { Signal } from "../ffi/abi/signal.ts";
import type { NamespaceType } from "../ffi/abi/namespaces.ts";
import type { Bytes } from "../ffi/bytes.ts";
import { SpecError } from "../launch/errors.ts";
import { BINFMT_MISC, type LaunchSpec } from "../launch/spec.ts";
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
  > {
  /** Arguments of the program, without its name. */
  readonly args?: readonly Bytes[];
  /** Namespaces to create. Default: none but those that other options imply. */
  readonly namespaces?: readonly NamespaceType[];
  /**
   * Working directory that the launch begins in, outside; the program finds itself in it unless `root`
   * or `wd` says otherwise. Relative paths, of the program too, begin there. Default: the caller's.
   */
  readonly cwd?: string | URL;
  /** Be root inside: map the caller's effective user and group id to 0. Implies a user namespace. */
  readonly mapRootUser?: boolean;
  /** Be the same inside: map the caller's effective ids to themselves. Implies a user namespace. */
  readonly mapCurrentUser?: boolean;
  /** Map the caller's subordinate ids to 0 and up: `mapUsers` and `mapGroups` with "auto". */
  readonly mapAuto?: boolean;
  /** Mount a fresh proc: on /proc, or where it says. Implies a mount namespace. */
  readonly mountProc?: boolean | Bytes;
  /** Mount a fresh binfmt_misc: on its usual place, or where it says. Implies a mount and a user namespace. */
  readonly mountBinfmt?: boolean | Bytes;
  /**
   * Run the program as a child of its launcher. Default: yes. Without, it takes the launcher's place: a
   * little faster, but then `kill()` reaches it alone, and a new PID namespace would only be its
   * children's.
   */
  readonly fork?: boolean;
  /** The signal that the program gets if its launcher is killed; false for none. Default: SIGKILL. */
  readonly killChild?: Signal | number | false;
  /** The same as `setuid`. */
  readonly uid?: number;
  /** The same as `setgid`. */
  readonly gid?: number;
  /** Ends the program, and all that it has started, by SIGTERM when it aborts: see {@linkcode ChildProcess.kill}. */
  readonly signal?: AbortSignal;
  /**
   * Run the program as the leader of a session and process group of its own, and let it outlive this
   * process: for `spawn()`, with `unref()`. Default: no. @see setsid(2)
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
 * The path of a file: URL, as Deno reads it: a `%` that begins no byte is itself.
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

/** Where an option that may be a path, or just yes, says to mount. */
function place(option: boolean | Bytes | undefined, usual: string): Bytes | undefined {
  return typeof option === "boolean" ? option ? usual : undefined : option;
}

/** The spec without what is undefined, and with nothing that a prototype could add. */
function defined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.assign(Object.create(null), Object.fromEntries(entries));
}

/**
 * The spec of a command.
 *
 * @param options As {@linkcode snapshot} has made them.
 * @throws {SpecError} where options are unknown, of wrong types, or contradict each other.
 * @throws {TypeError} where a URL is no path, or a signal unknown.
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
