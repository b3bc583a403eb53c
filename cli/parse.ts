/** Parses values of options: numbers, names of users and signals, maps. Errors are worded as util-linux words them. */
import { EINVAL, ERANGE, errnoText } from "../ffi/abi/errno.ts";
import { SIGNALS } from "../ffi/abi/signal.ts";
import { ALL_IDS, type IdRangeSource, isAccountName } from "../launch/ids/spec.ts";
import { UsageError } from "./getopt.ts";

/** PIDs and descriptors have 32 bits and a sign. */
const INT_MAX = 2 ** 31 - 1;

/** The wording of util-linux. */
const invalid = (): string => errnoText(EINVAL);
const outOfRange = (): string => errnoText(ERANGE);

/** A number from 0 to below `limit`; otherwise why not: undefined if it is no number at all. */
function unsigned(text: string, limit: number): number | { why: string | undefined } {
  if (/^\s*-\d+$/.test(text)) return { why: outOfRange() };
  if (!/^\s*\+?\d+$/.test(text)) return { why: undefined };
  const number = Number(text);
  return number < limit ? number : { why: number > ALL_IDS ? outOfRange() : invalid() };
}

/** A user or group id in digits. */
export function parseId(text: string, what: "uid" | "gid"): number {
  const id = unsigned(text, ALL_IDS);
  if (typeof id === "number") return id;
  throw new UsageError(`failed to parse ${what}: '${text}'${id.why ? `: ${id.why}` : ""}`);
}

/** A user or group id in digits, or a name, which the launch looks up. */
export function parseNamed(text: string, what: "uid" | "gid"): number | { name: string } {
  const id = unsigned(text, ALL_IDS);
  if (typeof id === "number") return id;
  if (id.why === undefined && isAccountName(text)) return { name: text };
  throw new UsageError(`failed to parse ${what} '${text}': ${id.why ?? invalid()}`);
}

/** PID or PID:INODE, the inode being that of the process's pidfd. */
export function parseTarget(text: string): { pid: number; inode?: bigint } {
  const [word = "", inodeWord] = text.split(/:(.*)/s);
  const fail = (error: string): never => {
    const message = `failed to parse PID argument '${text}': ${error}`;
    throw new UsageError(message, false, undefined, noPid(text));
  };
  const pid = unsigned(word, INT_MAX + 1);
  if (typeof pid !== "number") {
    return fail(/^\s*[-+]?\d+$/.test(word) ? outOfRange() : pid.why ?? invalid());
  }
  if (pid === 0) return fail(outOfRange());
  if (inodeWord === undefined) return { pid };
  if (!/^\d+$/.test(inodeWord)) return fail(invalid());
  const inode = BigInt(inodeWord);
  return inode === 0n || inode >= 2n ** 64n ? fail(outOfRange()) : { pid, inode };
}

/** Where a script's command was to print a PID: what it has printed instead. */
function noPid(text: string): string | undefined {
  if (text === "") return "it is empty: what was to print a PID has printed none";
  if (/^-{1,2}[a-zA-Z]/.test(text)) {
    return "an option stands where the PID should be: what was to print one has printed none";
  }
  if (!/^0+$/.test(text)) return undefined;
  return "no process has PID 0: docker inspect prints it for a container that does not run";
}

/** A decimal number for the kernel: a descriptor, or a namespace's id. */
export function parseNumber(text: string, what: "file descriptor" | "nsid"): bigint {
  const limit = what === "nsid" ? 2n ** 64n : BigInt(INT_MAX) + 1n;
  if (!/^\s*\+?\d+$/.test(text)) {
    const why = /^\s*-\d+$/.test(text) ? `: ${outOfRange()}` : "";
    throw new UsageError(`failed to parse ${what}: '${text}'${why}`);
  }
  const number = BigInt(text.trim().replace("+", ""));
  if (number < limit) return number;
  throw new UsageError(`failed to parse ${what}: '${text}': ${outOfRange()}`);
}

/** A whole number of seconds, with a sign. */
export function parseSeconds(text: string, what: string): bigint {
  if (!/^\s*[-+]?\d+$/.test(text)) throw new UsageError(`failed to parse ${what}: '${text}'`);
  const seconds = BigInt(text.trim().replace("+", ""));
  if (BigInt.asIntN(64, seconds) !== seconds) {
    throw new UsageError(`failed to parse ${what}: '${text}': ${outOfRange()}`);
  }
  return seconds;
}

/** A signal's name, with or without SIG. */
export function parseSignal(text: string): number {
  const upper = text.toUpperCase();
  const names = SIGNALS as Readonly<Record<string, number>>;
  const realTime = upper.match(/^(?:SIG)?RT(MIN\+|MAX-)(\d+)$/);
  const signal = names[upper] ?? names[`SIG${upper}`] ??
    (realTime ? realTimeSignal(realTime) : undefined);
  if (signal === undefined) {
    const among = Object.keys(names).map((name) => upper.startsWith("SIG") ? name : name.slice(3));
    throw new UsageError(`unknown signal: ${text}`, false, { word: upper, among });
  }
  return signal;
}

/** glibc keeps the first two real-time signals for itself. */
function realTimeSignal([, end, offset]: RegExpMatchArray): number | undefined {
  const signal = end === "MIN+" ? 34 + Number(offset) : 64 - Number(offset);
  return signal >= 34 && signal <= 64 ? signal : undefined;
}

/** UID:GID */
export function parseOwner(text: string): { uid: number; gid: number } {
  const [, uid, gid] = text.match(/^\s*(\d+):(\d+)$/) ?? [];
  if (uid === undefined || gid === undefined || Number(uid) >= ALL_IDS || Number(gid) >= ALL_IDS) {
    throw new UsageError("failed to parse owner");
  }
  return { uid: Number(uid), gid: Number(gid) };
}

const COLONS = /^\s*\+?(\d+):\s*\+?(\d+):\s*\+?(\d+)$/;
const COMMAS = /^\s*\+?(\d+),\s*\+?(\d+),\s*\+?(\d+)$/;

/** inner:outer:count, the older outer,inner,count, or where to find a range. */
export function parseRange(text: string): IdRangeSource {
  if (text === "auto" || text === "subids" || text === "all") return text;
  const numbers = (text.match(COLONS) ?? text.match(COMMAS))?.slice(1)
    .map(Number);
  const [first, second, count] = numbers ?? [];
  if (first === undefined || second === undefined || count === undefined) {
    throw new UsageError(`invalid mapping '${text}'`);
  }
  return text.includes(":")
    ? { inner: first, outer: second, count }
    : { inner: second, outer: first, count };
}
