/** Finds out how the caller's network namespace is joined to others. */
import { interfaceTo } from "../../ffi/routes.ts";
import { close } from "../../ffi/fast_calls.ts";
import type { ListedNamespace } from "../../inspect/namespaces.ts";
import { type Address, isLoopback } from "../../inspect/ports/address.ts";
import { addressesOf } from "../../inspect/ports/find.ts";
import { ownNamespaces } from "../../inspect/process.ts";
import { ownNetSocket } from "../../launch/run/net_socket.ts";
import { readNetworks } from "../map/networks.ts";
import { joinedBy, type Surroundings } from "./reach.ts";

/** Those of these addresses that the caller's namespace sends to by one of these interfaces. */
function reached(addresses: readonly Address[], interfaces: ReadonlySet<number>): Address[] {
  const socket = ownNetSocket();
  if (socket < 0) return [];
  try {
    return addresses.filter((address) =>
      !isLoopback(address) && interfaces.has(interfaceTo(socket, address) ?? -1)
    );
  } finally {
    close(socket);
  }
}

/**
 * The surroundings of network namespaces, by inode number.
 *
 * @param namespaces All that are known.
 * @param wanted Those that are asked for.
 */
export function surroundingsOf(
  namespaces: readonly ListedNamespace[],
  wanted: ReadonlySet<number>,
): Map<number, Surroundings> {
  const own = ownNamespaces();
  const asked = namespaces.filter(({ ns }) => wanted.has(ns));
  const isAlone = asked.every(({ ns }) => ns === own.net);
  const networks = isAlone ? undefined : readNetworks(namespaces, own);
  const here = networks?.found.find(({ ns }) => ns === own.net);
  return new Map(asked.map((one) => {
    const isOwn = one.ns === own.net;
    const interfaces = here && !isOwn ? joinedBy(one.ns, here, networks!.pairs) : new Set<number>();
    const addresses = interfaces.size > 0 ? addressesOf(one) ?? [] : [];
    const links = networks?.links.get(one.ns);
    return [one.ns, { isOwn, links, addresses: reached(addresses, interfaces) }];
  }));
}
