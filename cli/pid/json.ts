/** A process as JSON. */
import { NAMESPACE_TYPES, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { belongingJson } from "../belonging.ts";
import type { CallerFacts, ProcessFacts } from "./facts.ts";
import { capabilityNames, capabilitySets } from "./words.ts";

/** The JSON about a process. Sets of capabilities are lists of names. */
export function jsonOf(facts: ProcessFacts, { own }: CallerFacts): unknown {
  const { status, command, namespaces, owners, pidNamespaces, userNamespaces, maps } = facts;
  const types = NAMESPACE_TYPES.filter((type) => namespaces?.[type] !== undefined);
  const one = (type: NamespaceType) => ({
    ns: namespaces![type],
    yours: own[type] === undefined ? null : namespaces![type] === own[type],
    owner: owners[type] ?? null,
  });
  return {
    pid: status.pid,
    tgid: status.tgid,
    ppid: status.ppid,
    name: status.name,
    command,
    state: status.state,
    threads: status.threads,
    uid: status.uid,
    gid: status.gid,
    pids: status.nspid.map((pid, i) => ({ pid, ns: pidNamespaces[i] ?? null })),
    namespaces: namespaces ? Object.fromEntries(types.map((type) => [type, one(type)])) : null,
    pid_for_children: namespaces?.pid_for_children ?? null,
    time_for_children: namespaces?.time_for_children ?? null,
    ...belongingJson(facts.belonging),
    host_name: facts.hostName ?? null,
    root: facts.root ?? null,
    threads_elsewhere: facts.threadsElsewhere,
    time_offsets: facts.timeOffsets?.map(({ clock, secs, nanosecs }) => ({
      clock,
      secs: Number(secs),
      nanosecs,
    })) ?? null,
    user_namespaces: userNamespaces.map(({ ns, maker, parent }) => ({
      ns,
      made_by: maker ?? null,
      parent: parent ?? null,
    })),
    uid_map: maps?.uid ?? null,
    gid_map: maps?.gid ?? null,
    setgroups: maps?.setgroups ?? null,
    capabilities: Object.fromEntries(
      Object.entries(capabilitySets(status)).map(([name, set]) => [name, capabilityNames(set)]),
    ),
    no_new_privs: status.noNewPrivs,
    seccomp: { mode: status.seccomp, filters: status.seccompFilters },
  };
}
