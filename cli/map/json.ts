/** The map as JSON. What the caller may not see is null. */
import type { Cell, NamespaceMap, NetCard, PidBox, UserBox } from "./model.ts";

const groupsJson = (cells: readonly Cell[]) =>
  cells.map(({ namespaces, container, processes }) => ({
    namespaces,
    container: container ?? null,
    processes: processes.map(({ container: _, ...process }) => process),
  }));

const pidJson = ({ ns, parent, held, elsewhere, cells, boxes }: PidBox): unknown => ({
  ns,
  parent: parent ?? null,
  held: held ?? null,
  elsewhere,
  groups: groupsJson(cells),
  children: boxes.map(pidJson),
});

const netJson = ({ ns, links, processes, held }: NetCard): unknown => ({
  ns,
  links: links ?? null,
  processes,
  held: held ?? null,
});

const userJson = ({ ns, notes, cells, pids, nets, held, boxes }: UserBox): unknown => ({
  ns: ns ?? null,
  notes,
  groups: groupsJson(cells),
  pid_namespaces: pids.map(pidJson),
  net_namespaces: nets.map(netJson),
  held,
  children: boxes.map(userJson),
});

/** The nested boxes of the map, and the pairs of interfaces. */
export function mapJson({ roots, pairs }: NamespaceMap): Record<string, unknown> {
  return {
    users: roots.map(userJson),
    pairs: pairs.map(([one, other]) => [one, other]),
  };
}
