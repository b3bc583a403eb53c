/** Which interfaces are the two ends of a veth pair. */
import type { Link } from "../../ffi/links.ts";
import type { LinkEnd } from "./model.ts";

/** The interfaces of a network namespace. */
export interface Found {
  readonly ns: number;
  readonly links: readonly Link[];
  /** Network namespaces by the numbers that this one has for them. */
  readonly peers: ReadonlyMap<number, number>;
}

/** The pairs, each once. An index alone names an interface in one namespace only: so both ends must agree. */
export function pairsIn(found: readonly Found[]): (readonly [LinkEnd, LinkEnd])[] {
  const byNs = new Map(found.map((one) => [one.ns, one]));
  const otherNs = ({ ns, peers }: Found, { peerNetnsid }: Link): number | undefined =>
    peerNetnsid === undefined ? ns : peers.get(peerNetnsid);
  const pairs: (readonly [LinkEnd, LinkEnd])[] = [];
  for (const one of found) {
    for (const link of one.links) {
      const there = link.kind === "veth" ? byNs.get(otherNs(one, link) ?? -1) : undefined;
      const other = there?.links.find(({ index, peer }) =>
        index === link.peer && peer === link.index
      );
      if (!there || !other || otherNs(there, other) !== one.ns) continue;
      // Each end finds the other: the first one counts.
      if (there.ns < one.ns || there.ns === one.ns && other.index < link.index) continue;
      pairs.push([{ ns: one.ns, name: link.name }, { ns: there.ns, name: other.name }]);
    }
  }
  return pairs;
}

/** The names in the text of /proc/PID/net/dev, which has two lines of headings. */
export function parseNetDev(text: string): string[] {
  return text.split("\n").slice(2).flatMap((line) => {
    const colon = line.lastIndexOf(":");
    return colon < 0 ? [] : [line.slice(0, colon).trim()];
  });
}
