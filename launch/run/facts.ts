/** Gathers the facts of this process that a plan needs: thin readers around pure parsers. */
import { EACCES, ENOENT, errnoText } from "../../ffi/abi/errno.ts";
import { ENOSYS, EPERM } from "../../ffi/abi/errno.ts";
import { SIGNALS, signalSet } from "../../ffi/abi/signal.ts";
import { RLIMIT_NOFILE } from "../../ffi/abi/resource.ts";
import { SyscallError } from "../../ffi/errors.ts";
import { readText } from "../../ffi/file.ts";
import { environ, getenv } from "../../ffi/libc.ts";
import { memory, syscall } from "../../ffi/syscall.ts";
import { type Bytes, display } from "../../ffi/bytes.ts";
import type { Caller, CallerIds, Restore } from "../caller.ts";
import { parseMap } from "../id_map.ts";
import type { LaunchSpec } from "../spec.ts";
import { subidsIn, type SubidUser, unreadableSubids } from "../subids.ts";

/** An account of passwd(5). */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly shell: string;
}

/** The accounts in the text of /etc/passwd. Lines that are not accounts are left out. */
export function parsePasswd(text: string): Account[] {
  return text.split("\n").flatMap((line) => {
    const [name, , uid, gid, , , shell] = line.split(":");
    return name && shell !== undefined ? [{ name, uid: Number(uid), gid: Number(gid), shell }] : [];
  });
}

function readIfThere(path: string): string {
  try {
    return readText(path);
  } catch {
    return "";
  }
}

/** What /etc/subuid or /etc/subgid has for a user. @param map The file with the map of this user namespace. */
function readSubids(path: string, map: string, user: SubidUser): CallerIds {
  const found = (text: string): CallerIds =>
    subidsIn({ path, text, map: parseMap(readIfThere(map)) }, user);
  try {
    return found(readText(path));
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    const { errno } = error;
    if (errno === ENOENT) return found("");
    return unreadableSubids(path, errnoText(errno), errno === EACCES, user);
  }
}

/** The accounts of /etc/passwd; none if it cannot be read. */
export function readAccounts(): Account[] {
  return parsePasswd(readIfThere("/etc/passwd"));
}

/** This process's effective user id. */
export function effectiveUser(): number {
  return syscall("geteuid");
}

/** This process's effective group id. */
export function effectiveGroup(): number {
  return syscall("getegid");
}

/** Shells start programs with SIGPIPE as they have it; Rust, Python and Node start them without. */
const SHELLS: ReadonlySet<string> = new Set(
  ["sh", "bash", "dash", "ash", "zsh", "ksh", "mksh", "fish", "busybox", "systemd"],
);

/**
 * Signals that Deno and its C library take at their start: SIGPIPE, which Rust ignores, and 33, by
 * which glibc changes the ids of all threads.
 */
const TAKEN = [SIGNALS.SIGPIPE, 33];

/** What follows a name at the start of a line: expressions would take longer here than all else. */
function fieldOf(text: string, name: string): string {
  const at = `\n${text}`.indexOf(`\n${name}`);
  return at < 0 ? "" : text.slice(at + name.length, text.indexOf("\n", at)).trim();
}

/**
 * What Deno changed when it started: signals, and the limit of descriptors, which it raises. How
 * it was before can still be seen at the process that started it.
 */
export function readRestore(): Restore {
  const parent = `/proc/${syscall("getppid")}`;
  const status = readIfThere(`${parent}/status`);
  const set = BigInt(`0x${fieldOf(status, "SigIgn:") || 0}`);
  const shell = SHELLS.has(fieldOf(status, "Name:"));
  const ignored = TAKEN.filter((signal) => shell && (set & signalSet(signal)) !== 0n);
  const nofile = readNofile(parent);
  return {
    handled: TAKEN.filter((signal) => signal === SIGNALS.SIGPIPE && !ignored.includes(signal)),
    ignored: ignored.filter((signal) => signal !== SIGNALS.SIGPIPE),
    ...(nofile ? { nofile } : {}),
  };
}

function readNofile(parent: string): Restore["nofile"] {
  const own = memory(16);
  if (syscall("prlimit64", 0, RLIMIT_NOFILE, null, own) < 0) return undefined;
  const view = new DataView(own.buffer);
  const [soft, hard] = [view.getBigUint64(0, true), view.getBigUint64(8, true)];
  // Below the hard limit it has not been raised.
  if (soft !== hard) return undefined;
  const limits = fieldOf(readIfThere(`${parent}/limits`), "Max open files").split(" ");
  const [parentSoft, parentHard] = limits.filter(Boolean);
  if (parentSoft === undefined || parentHard !== String(hard)) return undefined;
  return BigInt(parentSoft) < soft ? { soft: BigInt(parentSoft), hard } : undefined;
}

/** Whether processes may be opened. */
function hasPidfds(): boolean {
  const fd = syscall("pidfd_open", syscall("getpid"), 0);
  if (fd >= 0) syscall("close", fd);
  return fd !== -EPERM && fd !== -ENOSYS;
}

/** The version of a kernel release such as "6.1.0-9-amd64"; undefined if it is none. */
export function parseRelease(release: string): readonly [number, number] | undefined {
  const [, major, minor] = release.match(/^(\d+)\.(\d+)/) ?? [];
  return major === undefined ? undefined : [Number(major), Number(minor)];
}

/** The user id that a spec gives the program by number; else the caller's. */
function idInside({ setuid, mapUser }: LaunchSpec, euid: number): number {
  return [setuid, mapUser].find((id) => typeof id === "number") ?? euid;
}

/**
 * The shell of a spec without a program: $SHELL as it will have it, that of the user inside in
 * /etc/passwd, or /bin/sh.
 */
function loginShell(spec: LaunchSpec, euid: number): Bytes {
  const { clearEnv, whitelistEnv } = spec;
  const cleared = clearEnv || whitelistEnv;
  const kept = !cleared || whitelistEnv?.some((name) => display(name) === "SHELL");
  const named = kept ? getenv("SHELL") : undefined;
  if (named?.length) return named;
  const inside = idInside(spec, euid);
  return readAccounts().find(({ uid }) => uid === inside)?.shell || "/bin/sh";
}

/** The facts that this spec needs. */
export function factsFor(spec: LaunchSpec): Caller {
  const euid = effectiveUser();
  const sources = [...spec.mapUsers ?? [], ...spec.mapGroups ?? []];
  // Root maps by itself whatever it has; others what newuidmap(1) lets them.
  const ranged = euid !== 0 && sources.length > 0 ||
    sources.includes("auto") || sources.includes("subids");
  const mapped = sources.includes("all");
  const user = sources.length > 0
    ? readAccounts().find(({ uid }) => uid === euid)?.name
    : undefined;
  const name = user ?? String(euid);
  const ids = (subids: string, map: string): CallerIds => ({
    ...(ranged ? readSubids(subids, map, { name, uid: euid }) : {}),
    ...(mapped ? { map: parseMap(readIfThere(map)) } : {}),
  });
  const path = getenv("PATH");
  const kernel = spec.join ? parseRelease(readIfThere("/proc/sys/kernel/osrelease")) : undefined;
  return {
    euid,
    egid: effectiveGroup(),
    user: name,
    ...(path === undefined ? {} : { path }),
    ...(kernel === undefined ? {} : { kernel }),
    ...(spec.join && !hasPidfds() ? { pidfds: false } : {}),
    // The target's is found when the launch runs.
    ...(spec.program === undefined && !spec.join?.env ? { shell: loginShell(spec, euid) } : {}),
    ...(spec.whitelistEnv ? { environ: environ() } : {}),
    users: ids("/etc/subuid", "/proc/self/uid_map"),
    groups: ids("/etc/subgid", "/proc/self/gid_map"),
  };
}
