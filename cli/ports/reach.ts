/** Whether the caller's network namespace reaches what waits in another. */
import {
  type Address,
  isLoopback,
  isSame,
  isWildcard,
  unmapped,
} from "../../inspect/ports/address.ts";
import type { Found } from "../map/links.ts";
import type { LinkEnd } from "../map/model.ts";

/** The caller reaches it: it is in the same network namespace, by an address of the other, or not at all. */
export type Reach =
  | { readonly how: "here" }
  | { readonly how: "address"; readonly address: Address }
  | { readonly how: "no" };

/** What is known of the network namespace of a port. Undefined is what could not be asked. */
export interface Surroundings {
  readonly isOwn: boolean;
  /** The names of its interfaces. */
  readonly links: readonly string[] | undefined;
  /** Its addresses to which the caller's namespace sends by an interface that is joined to it. */
  readonly addresses: readonly Address[];
}

/**
 * Whether the caller reaches a port; undefined where it is not known. Filters of packets are not looked at.
 *
 * @param takesIpv4 Whether a socket on :: takes IPv4, too.
 */
export function reachOf(
  address: Address,
  { isOwn, links, addresses }: Surroundings,
  takesIpv4: () => boolean,
): Reach | undefined {
  if (isOwn) return { how: "here" };
  if (isLoopback(address) || links?.every((name) => name === "lo")) return { how: "no" };
  const bound = unmapped(address);
  const takes = (one: Address): boolean => {
    if (!isWildcard(address)) return isSame(one, bound);
    return one.length === bound.length || one.length === 4 && takesIpv4();
  };
  const found = addresses.find(takes);
  return found && { how: "address", address: found };
}

/**
 * Indexes of interfaces of the namespace `own` that are ends of pairs whose other ends are in `ns`, and of the
 * bridges that these are parts of.
 */
export function joinedBy(
  ns: number,
  own: Found,
  pairs: readonly (readonly [LinkEnd, LinkEnd])[],
): Set<number> {
  const names = new Set(pairs.flatMap(([one, other]) => {
    if (one.ns === own.ns && other.ns === ns) return one.name;
    return other.ns === own.ns && one.ns === ns ? other.name : [];
  }));
  return new Set(
    own.links.filter(({ name }) => names.has(name)).map(({ index, master }) => master ?? index),
  );
}
