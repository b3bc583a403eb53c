/** Internet addresses: 4 or 16 bytes in network order. */

/** An address of IPv4 (4 bytes) or IPv6 (16 bytes), in network order. */
export type Address = Uint8Array;

/** The bytes in front of an IPv4 address that is written as one of IPv6. @see ipv6(7) */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff];

const isMapped = (address: Address): boolean =>
  address.length === 16 && MAPPED.every((byte, i) => address[i] === byte);

/** The IPv4 address where it is one, written as one of IPv6 or not; else the address itself. */
export function unmapped(address: Address): Address {
  return isMapped(address) ? address.subarray(MAPPED.length) : address;
}

/** Whether it stands for all addresses: 0.0.0.0 or ::. */
export function isWildcard(address: Address): boolean {
  return unmapped(address).every((byte) => byte === 0);
}

/** Whether it leads nowhere but to its own network namespace: 127.0.0.0/8 or ::1. */
export function isLoopback(address: Address): boolean {
  const bytes = unmapped(address);
  if (bytes.length === 4) return bytes[0] === 127;
  return bytes.every((byte, i) => byte === (i === 15 ? 1 : 0));
}

/** Whether two are the same. */
export function isSame(one: Address, other: Address): boolean {
  return one.length === other.length && one.every((byte, i) => byte === other[i]);
}

/** Its text, of IPv6 the shortest one. @see RFC 5952 */
export function addressText(address: Address): string {
  if (address.length === 4) return address.join(".");
  if (isMapped(address)) return `::ffff:${unmapped(address).join(".")}`;
  const groups = Array.from(
    { length: 8 },
    (_, i) => ((address[2 * i]! << 8) | address[2 * i + 1]!).toString(16),
  );
  const { at, length } = zerosIn(groups);
  if (length < 2) return groups.join(":");
  return `${groups.slice(0, at).join(":")}::${groups.slice(at + length).join(":")}`;
}

/** The longest run of zeros, the first of those. */
function zerosIn(groups: readonly string[]): { at: number; length: number } {
  let best = { at: 0, length: 0 };
  for (let at = 0; at < groups.length; at++) {
    const rest = groups.slice(at).findIndex((group) => group !== "0");
    const length = rest < 0 ? groups.length - at : rest;
    if (length > best.length) best = { at, length };
  }
  return best;
}

/** The address that hexadecimal digits have, byte after byte; undefined if they have none. */
export function addressOfHex(digits: string): Address | undefined {
  if (!/^(?:[0-9a-f]{8}|[0-9a-f]{32})$/i.test(digits)) return undefined;
  return Uint8Array.from(digits.match(/../g)!, (pair) => parseInt(pair, 16));
}
