/** Ports as a table for people, and as JSON for programs. */
import { type Address, addressText } from "../../inspect/ports/address.ts";
import { safe } from "../../ffi/bytes.ts";
import { belongingJson } from "../belonging.ts";
import { type Column, listText, type Row, type Style } from "../table.ts";
import { textWidth, wrapped } from "../text.ts";
import type { HolderFacts, PortFacts } from "./facts.ts";
import type { Reach } from "./reach.ts";

/** Cut off further, it tells no more which. */
const CONTAINER: Column = { name: "CONTAINER", truncate: 18 };

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

function reachWords(reach: Reach | undefined): string {
  if (!reach) return "? from here";
  if (reach.how === "address") return `reached ${reachText(reach)}`;
  return reach.how === "here" ? "reached from here" : "not reached from here";
}

function processText({ name, ns }: HolderFacts, port: PortFacts): string {
  return ns === undefined || ns === port.ns ? name : `${name} (elsewhere)`;
}

const shownOf = ({ holders }: PortFacts, all: boolean): readonly HolderFacts[] =>
  all ? holders : holders.slice(0, FEW);

/** What is said of processes that are not listed. @param more How many these are. */
function rest(more: number, { holders, uid, user }: PortFacts): string[] {
  if (holders.length === 0) return [`? of ${user ?? `uid ${uid}`}`];
  return more > 0 ? [`and ${more} more`] : [];
}

function rowOf(port: PortFacts, all: boolean, hasContainers: boolean): Row {
  const { protocol, address, reach, ns, holders } = port;
  const shown = shownOf(port, all);
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
      [...processes, ...rest(holders.length - shown.length, port)],
    ],
    children: [],
  };
}

/** A port in a sentence. */
function sentenceOf(port: PortFacts, all: boolean): string {
  const { protocol, address, reach, ns, holders } = port;
  const processes = shownOf(port, all).map((holder) => {
    const { pid, pids, container } = holder;
    const inside = pids.length > 1 ? ` (${pids.at(-1)} inside)` : "";
    const of = container === undefined ? "" : ` of ${container}`;
    return `${pid}${inside} ${processText(holder, port)}${of}`;
  });
  const said = `${protocol} ${bracketed(address)}:${port.port}, ${reachWords(reach)}, netns ${ns}`;
  const who = [...processes, ...rest(holders.length - processes.length, port)];
  return `${said}: ${who.join("; ")}`;
}

/**
 * A table, without a column of containers where there are none; sentences where it does not fit.
 *
 * @param all Whether to list all processes of a socket.
 */
export function portsText(ports: readonly PortFacts[], all: boolean, style: Style): string {
  const hasContainers = ports.some(({ holders }) => holders.some(({ container }) => container));
  const columns = COLUMNS.filter((column) => hasContainers || column !== CONTAINER);
  const table = listText(columns, ports.map((port) => rowOf(port, all, hasContainers)), style);
  const { width = Infinity, ascii } = style;
  if (table.split("\n").every((line) => textWidth(line) <= width)) return table;
  return ports.map((port) => `${wrapped(safe(sentenceOf(port, all), ascii), width, 2)}\n`).join("");
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
