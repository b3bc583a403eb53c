/** Gathers what is told of ports. */
import type { Belonging } from "../../inspect/container/container.ts";
import { Containers } from "../../inspect/container/find.ts";
import { ownPid } from "../../inspect/own_proc.ts";
import { listPorts, type Port, type Ports } from "../../inspect/ports/find.ts";
import type { SocketHolder } from "../../inspect/ports/holders.ts";
import { isOnlyIpv6 } from "../../inspect/ports/socket.ts";
import { ownNamespaces, statusOf } from "../../inspect/process.ts";
import { ifReadable } from "../../inspect/proc.ts";
import { readAccounts } from "../../launch/run/facts.ts";
import { labelOf } from "../belonging.ts";
import type { Unseen } from "../unseen.ts";
import { type Reach, reachOf } from "./reach.ts";
import { surroundingsOf } from "./surroundings.ts";

/** A process that has the socket open. */
export interface HolderFacts extends SocketHolder {
  /** From the caller's PID namespace to its own. */
  readonly pids: readonly number[];
  /** Any character may be in it. */
  readonly name: string;
  /** The network namespace that it is in. */
  readonly ns: number | undefined;
  readonly belonging: Belonging;
  /** The container in few words, unless the caller is in it, too. */
  readonly container: string | undefined;
}

/** A port, and all that is told of it. */
export interface PortFacts extends Omit<Port, "holders"> {
  readonly reach: Reach | undefined;
  readonly holders: readonly HolderFacts[];
  /** The name of the account whose socket it is. */
  readonly user: string | undefined;
}

/** What `nido ports` tells, the caller's network namespace first. */
export interface Gathered {
  readonly ports: readonly PortFacts[];
  readonly unseen: Unseen;
}

function holderFacts({ processes }: Ports): (holder: SocketHolder) => HolderFacts[] {
  const containers = new Containers();
  const own = labelOf(containers, ownPid() ?? 0);
  const byPid = new Map(processes.map((process) => [process.pid, process]));
  return ({ pid, fds }) => {
    const status = ifReadable(() => statusOf(pid));
    if (!status) return [];
    const label = labelOf(containers, pid);
    return [{
      pid,
      fds,
      pids: status.nspid,
      name: status.name,
      ns: byPid.get(pid)?.namespaces.net,
      belonging: containers.of(pid),
      container: label === own ? undefined : label,
    }];
  };
}

/** Whether a socket of IPv6 takes IPv4, too, as far as it may be asked. */
function takesIpv4({ holders }: Port): boolean {
  const [holder] = holders;
  return holder !== undefined && isOnlyIpv6(holder.pid, holder.fds[0]!) === false;
}

/** Gathers it. */
export function gather(): Gathered {
  const { ports, namespaces, ...rest } = listPorts();
  const own = ownNamespaces().net;
  const surroundings = surroundingsOf(namespaces, new Set(ports.map(({ ns }) => ns)));
  const users = new Map(readAccounts().reverse().map(({ uid, name }) => [uid, name]));
  const holdersOf = holderFacts({ ports, namespaces, ...rest });
  const told = ports.map((port) => ({
    ...port,
    reach: reachOf(port.address, surroundings.get(port.ns)!, () => takesIpv4(port)),
    holders: port.holders.flatMap(holdersOf),
    user: users.get(port.uid),
  }));
  const order = (one: PortFacts, other: PortFacts): number =>
    Number(other.ns === own) - Number(one.ns === own) || one.ns - other.ns ||
    one.port - other.port || (one.protocol < other.protocol ? -1 : 1);
  const { unreadable, hidepid } = rest;
  return { ports: told.sort(order), unseen: { unreadable, ...(hidepid ? { hidepid } : {}) } };
}
