/** Names of the UTS namespace. @see uts_namespaces(7), uname(2) */
import { quote } from "../abi/text.ts";
import { type Bytes, decode } from "../bytes.ts";
import { check, memory, syscall } from "../syscall.ts";
import { bytesOf } from "./text.ts";

/** struct new_utsname: sysname, nodename, release, version, machine, domainname, each of 65 bytes. */
const FIELD_BYTES = 65;
const FIELDS = 6;
const NODENAME = 1;
const DOMAINNAME = 5;

function field(index: number): string {
  const names = memory(FIELDS * FIELD_BYTES);
  check(syscall("uname", names), "uname", "");
  const start = index * FIELD_BYTES;
  return decode(names.subarray(start, names.indexOf(0, start)));
}

function setName(call: "sethostname" | "setdomainname", name: Bytes): void {
  const bytes = Uint8Array.from(bytesOf(name, "the name"));
  check(syscall(call, bytes, bytes.length), call, `${quote(bytes)}, ${bytes.length}`);
}

/**
 * Changes the host name: of the calling thread's UTS namespace, and so of the whole machine where
 * that is not a namespace of its own. Every process in the namespace sees it at once.
 *
 * @param name At most 64 bytes; may be empty.
 * @throws {SyscallError} EPERM without CAP_SYS_ADMIN in the user namespace that owns the UTS
 * namespace; EINVAL if it is longer.
 * @throws {TypeError} if the name has a NUL.
 * @see sethostname(2)
 *
 * @example
 * ```ts
 * import { gethostname, sethostname, SyscallError } from "@nido/nido";
 *
 * try {
 *   sethostname(gethostname());
 * } catch (error) {
 *   if (!(error instanceof SyscallError)) throw error;
 *   console.log(error.code); // EPERM for who is not root
 * }
 * ```
 */
export function sethostname(name: Bytes): void {
  setName("sethostname", name);
}

/**
 * Changes the NIS domain name, which is not DNS's: of the calling thread's UTS namespace, and so
 * of the whole machine where that is not a namespace of its own.
 *
 * @param name At most 64 bytes; may be empty.
 * @throws {SyscallError} EPERM without CAP_SYS_ADMIN in the user namespace that owns the UTS
 * namespace; EINVAL if it is longer.
 * @throws {TypeError} if the name has a NUL.
 * @see setdomainname(2)
 *
 * @example
 * ```ts
 * import { getdomainname, setdomainname, SyscallError } from "@nido/nido";
 *
 * try {
 *   setdomainname(getdomainname());
 * } catch (error) {
 *   if (!(error instanceof SyscallError)) throw error;
 *   console.log(error.code); // EPERM for who is not root
 * }
 * ```
 */
export function setdomainname(name: Bytes): void {
  setName("setdomainname", name);
}

/**
 * The host name in the calling thread's UTS namespace. Changes nothing.
 *
 * `Deno.hostname()` tells the same, but needs `--allow-sys=hostname`.
 *
 * @returns Bytes that are not UTF-8 are lone surrogates, which {@linkcode sethostname} takes back.
 * @see gethostname(2), uname(2)
 *
 * @example
 * ```ts
 * import { gethostname } from "@nido/nido";
 *
 * console.log(gethostname());
 * ```
 */
export function gethostname(): string {
  return field(NODENAME);
}

/**
 * The NIS domain name in the calling thread's UTS namespace: "(none)" where none was set. Changes
 * nothing.
 *
 * @see getdomainname(2), uname(2)
 *
 * @example
 * ```ts
 * import { getdomainname } from "@nido/nido";
 *
 * console.log(getdomainname());
 * ```
 */
export function getdomainname(): string {
  return field(DOMAINNAME);
}
