/** Values as exact options have them. What is none is refused by a UsageError, in bubblewrap's words. */
import { CAPABILITY_NAMES } from "../../ffi/abi/capability_names.ts";
import { UsageError } from "../getopt.ts";

/** Ends with a message. @throws {UsageError} */
export function refuse(message: string): never {
  throw new UsageError(message);
}

/** A descriptor's number, as strtol(3) reads it. */
export function parseDescriptor(text: string): number {
  return parseWhole(text) ?? refuse(`Invalid fd: ${text}`);
}

/** A whole number that is not negative; undefined if it is none. */
function parseWhole(text: string): number | undefined {
  if (!/^[ \t\n\v\f\r]*\+?\d+$/.test(text)) return undefined;
  const number = Number(text);
  return number < 2 ** 31 ? number : undefined;
}

/** The largest size of a tmpfs. */
const MOST_BYTES = 2n ** 63n - 1n;

/** The most bits of a mode. */
const MOST_MODE = 0o7777;

/** A mode in octal, of at most 12 bits. */
export function parseMode(text: string, long: string): number {
  const isOctal = /^[ \t\n\v\f\r]*\+?[0-7]+$/.test(text);
  const mode = isOctal ? Number.parseInt(text.trim().replace("+", ""), 8) : Infinity;
  return mode <= MOST_MODE ? mode : refuse(`--${long} takes an octal argument <= 07777`);
}

/** A size in bytes, as strtoull(3) reads it: octal behind 0, hexadecimal behind 0x. */
export function parseBytes(text: string): number | bigint {
  const isNumber = /^(0|[1-9]\d*|0[0-7]+|0[xX][0-9a-fA-F]+)$/.test(text);
  const size = isNumber ? BigInt(text.replace(/^0(?=[0-7])/, "0o")) : 0n;
  if (size === 0n || size >= 2n ** 64n) refuse("--size takes a non-zero number of bytes");
  if (size > MOST_BYTES) refuse(`--size (for tmpfs) is limited to ${MOST_BYTES}`);
  return size > Number.MAX_SAFE_INTEGER ? size : Number(size);
}

/** A user or group id. */
export function parseId(text: string, long: string): number {
  return parseWhole(text) ?? refuse(`Invalid ${long}: ${text}`);
}

/** A capability by its name, in any case, or its number; or all. @see capabilities(7) */
export function parseCapability(text: string): string {
  if (text.toUpperCase() === "ALL") return "all";
  const name = /^\d+$/.test(text) ? CAPABILITY_NAMES[Number(text)] : text.toUpperCase();
  return name && CAPABILITY_NAMES.includes(name) ? name : refuse(`unknown cap: ${text}`);
}

/** A path that is not empty. */
export function parsePath(text: string, long: string): string {
  return text === "" ? refuse(`--${long} does not take an empty path argument`) : text;
}

/** The name of a variable. */
export function parseVariable(text: string, long: string): string {
  return text === "" || text.includes("=") ? refuse(`${long} failed`) : text;
}
