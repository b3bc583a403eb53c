/** Gathers the facts for the map. */
import { Containers } from "../../inspect/container/find.ts";
import type { Holder } from "../../inspect/holder.ts";
import { ownPid } from "../../inspect/own_proc.ts";
import { idMaps, namespacesOf, ownNamespaces, statusOf } from "../../inspect/process.ts";
import { type ListedNamespace, listNamespaces } from "../../inspect/namespaces.ts";
import { ifReadable } from "../../inspect/proc.ts";
import { endedWords } from "../../inspect/status.ts";
import { readAccounts } from "../../launch/run/facts.ts";
import { labelOf } from "../belonging.ts";
import { mapWords } from "../pid/words.ts";
import type { Unseen } from "../unseen.ts";
import { count } from "../words.ts";
import { holdingOf, othersHolding } from "../who/holding.ts";
import { Witnesses } from "../who/witnesses.ts";
import type { MapFacts, MapProcess } from "./model.ts";
import { readNetworks } from "./networks.ts";

/** The most sentences about ids in a box. */
const FEW_IDS = 2;

/** The facts of the map, and what is missing. */
export interface Gathered {
  readonly facts: MapFacts;
  readonly unseen: Unseen;
  /** How many network namespaces could not be asked for their interfaces. */
  readonly untold: number;
}

/** Tells the container of a process in few words, unless it is the caller's too. */
function containerNames(): (pid: number) => { container?: string } {
  const containers = new Containers();
  const own = labelOf(containers, ownPid() ?? 0);
  return (pid) => {
    const container = labelOf(containers, pid);
    return container === undefined || container === own ? {} : { container };
  };
}

function processesByPid(pids: Iterable<number>): Map<number, MapProcess> {
  const containerOf = containerNames();
  const processes = new Map<number, MapProcess>();
  for (const pid of pids) {
    const status = ifReadable(() => statusOf(pid));
    if (!status) continue;
    const ended = endedWords(status);
    processes.set(pid, {
      pids: status.nspid,
      name: status.name,
      ...(ended === undefined ? {} : { ended }),
      ...containerOf(pid),
    });
  }
  return processes;
}

/** Who made it, and which ids are which. */
function notesOf(one: ListedNamespace, users: ReadonlyMap<number, string>): string[] {
  const { makerUid: uid } = one;
  const name = uid === undefined ? undefined : users.get(uid);
  const maker = uid === undefined ? [] : [`made by ${name ? `${name} (${uid})` : `uid ${uid}`}`];
  const first = one.processes[0];
  const maps = first && ifReadable(() => idMaps(first.pid));
  if (!maps) return maker;
  const words = mapWords(maps.uid, "uid");
  const more = words.length - FEW_IDS;
  return [
    ...maker,
    ...words.slice(0, FEW_IDS),
    ...(more > 0 ? [`and ${count(more, "more range", "more ranges")}`] : []),
  ];
}

/** Kernel threads are left out: they would be most of the map. */
const isKernelThread = (pid: number): boolean => ifReadable(() => statusOf(pid).kthread) === true;

/** Gathers the facts. */
export function gather(): Gathered {
  const { namespaces, processes, ...unseen } = listNamespaces();
  const own = ownNamespaces();
  const self = ownPid();
  const users = new Map(readAccounts().reverse().map(({ uid, name }) => [uid, name]));
  const witnesses = new Witnesses();
  const held = new Map<number, string>();
  for (const one of namespaces) {
    if (one.processes.length > 0) continue;
    const [first, ...more]: Holder[] = othersHolding(one, namespaces, self);
    if (!first) continue;
    const { what } = holdingOf(first, witnesses, false);
    held.set(one.ns, more.length > 0 ? `${what} and ${more.length} more` : what);
  }
  const networks = readNetworks(namespaces.filter(({ type }) => type === "net"), own);
  const shown = processes.map(({ pid }) => pid).filter((pid) => !isKernelThread(pid));
  return {
    facts: {
      namespaces,
      processes: processesByPid(shown),
      usual: ifReadable(() => namespacesOf(1)) ?? own,
      userNotes: new Map(
        namespaces.filter(({ type }) => type === "user").map((
          one,
        ) => [one.ns, notesOf(one, users)]),
      ),
      held,
      links: networks.links,
      pairs: networks.pairs,
    },
    unseen,
    untold: networks.untold,
  };
}
