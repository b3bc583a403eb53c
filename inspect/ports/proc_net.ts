/**
 * Sockets and addresses of a network namespace, as files below /proc/PID/net tell them. @see proc_pid_net(5)
 */
import { type Address, addressOfHex } from "./address.ts";

/** What ports are of. */
export type Protocol = "tcp" | "udp";

/** A socket that waits for whoever comes: one of TCP that listens, or one of UDP that has a port and no peer. */
export interface Listening {
  readonly protocol: Protocol;
  readonly address: Address;
  readonly port: number;
  /** The number in its link in /proc/PID/fd, unique on the machine while it lives. */
  readonly inode: number;
  /** Whose it is, as the caller's user namespace numbers it. */
  readonly uid: number;
}

/** Which file has which sockets, and the state of those that wait, as lines of it have it. @see include/net/tcp_states.h */
export const FILES = [
  { name: "tcp", protocol: "tcp", state: "0A" },
  { name: "tcp6", protocol: "tcp", state: "0A" },
  { name: "udp", protocol: "udp", state: "07" },
  { name: "udp6", protocol: "udp", state: "07" },
] as const satisfies readonly { name: string; protocol: Protocol; state: string }[];

const IS_LITTLE = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** The kernel prints addresses as 32-bit numbers of the machine. */
function addressIn(digits: string, isLittle: boolean): Address | undefined {
  const address = addressOfHex(digits);
  if (!address || !isLittle) return address;
  for (let at = 0; at < address.length; at += 4) address.subarray(at, at + 4).reverse();
  return address;
}

/**
 * Parses a line of such a file.
 *
 * @param isLittle Whether the machine that wrote it is little-endian.
 * @returns undefined where the socket does not wait, and of headings.
 */
export function parseSocketLine(
  line: string,
  { protocol, state }: Pick<typeof FILES[number], "protocol" | "state">,
  isLittle: boolean = IS_LITTLE,
): Listening | undefined {
  const [, local = "", , is, , , , uid, , inode] = line.trim().split(/\s+/);
  const [digits, port] = local.split(":");
  const address = addressIn(digits!, isLittle);
  if (is !== state || !address || port === undefined || inode === undefined) return undefined;
  return { protocol, address, port: parseInt(port, 16), inode: Number(inode), uid: Number(uid) };
}

/** The IPv4 addresses of a network namespace, in its fib_trie: each once. */
export function parseFibTrie(text: string): Address[] {
  const found = new Set<string>();
  let address: string | undefined;
  for (const line of text.split("\n")) {
    address = /^\s*\|-- (\d+\.\d+\.\d+\.\d+)$/.exec(line)?.[1] ?? address;
    if (address !== undefined && /^\s*\/32 host LOCAL$/.test(line)) found.add(address);
  }
  return Array.from(found, (one) => Uint8Array.from(one.split("."), Number));
}

/** Flags of addresses that are not to be used yet, or not at all. @see linux/if_addr.h */
const IFA_F_DADFAILED = 0x08;
const IFA_F_TENTATIVE = 0x40;
/** The scope of addresses that all may use. */
const GLOBAL = 0;

/** The IPv6 addresses in if_inet6 that others can use; those of a link need its name. */
export function parseIfInet6(text: string): Address[] {
  return text.split("\n").flatMap((line) => {
    const [digits = "", , , scope = "", flags = ""] = line.trim().split(/\s+/);
    const isUsable = parseInt(scope, 16) === GLOBAL &&
      (parseInt(flags, 16) & (IFA_F_DADFAILED | IFA_F_TENTATIVE)) === 0;
    return isUsable ? addressOfHex(digits) ?? [] : [];
  });
}
