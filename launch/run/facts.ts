/** Reads facts of this process for launches: accounts, ids, and what Deno changed at its start. */
import { SIGNALS, signalSet } from "../../ffi/abi/signal.ts";
import { RLIMIT_NOFILE } from "../../ffi/abi/resource.ts";
import { readText } from "../../ffi/file.ts";
import { memory, syscall } from "../../ffi/syscall.ts";
import type { Restore } from "../starter.ts";

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

/** The text behind a name at the start of a line. Regular expressions would be the slowest part here. */
function fieldOf(text: string, name: string): string {
  const at = `\n${text}`.indexOf(`\n${name}`);
  return at < 0 ? "" : text.slice(at + name.length, text.indexOf("\n", at)).trim();
}

/**
 * What Deno changed when it started: signals, and the limit of descriptors, which it raises. The former
 * state is read from the parent process.
 */
export function readRestore(): Restore {
  return restore ??= findRestore();
}

let restore: Restore | undefined;

function findRestore(): Restore {
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
  // Deno raises the soft limit to the hard one: a lower one was not raised.
  if (soft !== hard) return undefined;
  const limits = fieldOf(readIfThere(`${parent}/limits`), "Max open files").split(" ");
  const [parentSoft, parentHard] = limits.filter(Boolean);
  if (parentSoft === undefined || parentHard !== String(hard)) return undefined;
  return BigInt(parentSoft) < soft ? { soft: BigInt(parentSoft), hard } : undefined;
}
