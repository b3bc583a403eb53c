/** Ports as a table for people, and as JSON for programs. */
import { type Address, addressText } from "../../inspect/ports/address.ts";
import { belongingJson } from "../belonging.ts";
import { type Column, listText, type Row, type Style } from "../table.ts";
import type { HolderFacts, PortFacts } from "./facts.ts";
import type { Reach } from "./reach.ts";

const CONTAINER: Column = { name: "CONTAINER", truncate: true };

const COLUMNS: readonly Column[] = [
  { name: "PROTO" },
  { name: "ADDRESS" },
  { name: "FROM HERE" },
  { name: "NETNS", right: true },
  { name: "PID", right: true },
  { name: "INSIDE", right: true },
  CONTAINER,
  { name: "PROCESS", truncate: true },
];

/** Without --all, how many processes of a socket are listed. */
const FEW = 3;

const bracketed = (address: Address): string =>
  address.length === 4 ? addressText(address) : `[${addressText(address)}]`;

function reachText(reach: Reach | undefined): string {
  if (!reach) return "?";
  if (reach.how === "address") return `by ${addressText(reach.address)}`;
  return reach.how === "here" ? "yes" : "no";
}

function processText({ name, ns }: HolderFacts, port: PortFacts): string {
  return ns === undefined || ns === port.ns ? name : `${name} (elsewhere)`;
}

function rowOf(port: PortFacts, all: boolean, hasContainers: boolean): Row {
  const { protocol, address, reach, ns, holders, uid, user } = port;
  const shown = all ? holders : holders.slice(0, FEW);
  const more = holders.length - shown.length;
  const processes = shown.map((holder) => processText(holder, port));
  const inside = shown.map(({ pids }) => pids.length > 1 ? String(pids.at(-1)) : "");
  return {
    cells: [
      protocol,
      `${bracketed(address)}:${port.port}`,
      reachText(reach),
      ns,
      shown.map(({ pid }) => String(pid)),
      inside,
      ...(hasContainers ? [shown.map(({ container }) => container ?? "")] : []),
      holders.length === 0
        ? `? of ${user ?? `uid ${uid}`}`
        : [...processes, ...(more > 0 ? [`and ${more} more`] : [])],
    ],
    children: [],
  };
}

/** The table; without a column of containers where there are none. @param all Whether to list all processes of a socket. */
export function portsText(ports: readonly PortFacts[], all: boolean, style: Style): string {
  const hasContainers = ports.some(({ holders }) => holders.some(({ container }) => container));
  const columns = COLUMNS.filter((column) => hasContainers || column !== CONTAINER);
  return listText(columns, ports.map((port) => rowOf(port, all, hasContainers)), style);
}

function reachJson(reach: Reach | undefined): unknown {
  if (!reach) return { reached: null, reached_by: null };
  const by = reach.how === "address" ? addressText(reach.address) : null;
  return { reached: reach.how !== "no", reached_by: by };
}

/** The same for programs: null is what is not known, or not there. */
export function portJson(port: PortFacts): unknown {
  const { protocol, address, ns, inode, uid, reach, holders } = port;
  return {
    protocol,
    address: addressText(address),
    port: port.port,
    ...reachJson(reach) as object,
    netns: ns,
    inode,
    uid,
    processes: holders.map(({ pid, pids, name, fds, ns, belonging }) => ({
      pid,
      pids,
      name,
      fds,
      netns: ns ?? null,
      ...belongingJson(belonging),
    })),
  };
}
