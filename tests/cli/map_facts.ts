/** What maps of tests are made of. */
import type { ListedNamespace } from "../../inspect/namespaces.ts";
import type { NamespaceInodes } from "../../inspect/process.ts";
import type { MapFacts } from "../../cli/map/model.ts";

const usual: NamespaceInodes = { user: 1, pid: 2, net: 3, mnt: 4 };
const inner: NamespaceInodes = { user: 11, pid: 12, net: 13, mnt: 4 };

/** Facts of a small map: a user namespace in the first one, with PID and network namespaces of its own. */
export function facts(name = "prog"): MapFacts {
  const process = (pid: number, namespaces: NamespaceInodes) => ({
    pid,
    ppid: 1,
    comm: name,
    threads: 1,
    namespaces,
  });
  const [one, two] = [process(1, usual), process(50, inner)];
  const namespace = (
    type: ListedNamespace["type"],
    ns: number,
    processes: readonly ListedNamespace["processes"][number][],
    more: Partial<ListedNamespace> = {},
  ): ListedNamespace => ({ type, ns, processes, holders: [], mounts: [], owner: 1, ...more });
  const { owner: _, ...first } = namespace("user", 1, [one]);
  return {
    namespaces: [
      first,
      namespace("pid", 2, [one]),
      namespace("net", 3, [one]),
      namespace("mnt", 4, [one, two]),
      namespace("user", 11, [two], { parent: 1 }),
      namespace("pid", 12, [two], { owner: 11, parent: 2 }),
      namespace("net", 13, [two], { owner: 11 }),
      namespace("uts", 14, []),
    ],
    processes: new Map([[1, { pids: [1], name }], [50, { pids: [50, 1], name }]]),
    usual,
    userNotes: new Map([[11, ["uids 1–5 inside are the same outside"]]]),
    held: new Map([[14, `mount /${name}`]]),
    links: new Map([[3, ["lo", name]], [13, ["eth0"]]]),
    pairs: [[{ ns: 3, name }, { ns: 13, name: "eth0" }]],
  };
}
