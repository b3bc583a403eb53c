/** Types of namespaces, as they are joined. @see setns(2) */
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";

/** The order in which namespaces are joined one by one: the user namespace gives rights to the others. */
export const JOIN_ORDER: readonly NamespaceType[] = [
  "user",
  "cgroup",
  "ipc",
  "uts",
  "net",
  "pid",
  "mnt",
  "time",
];

/** How the descriptor of a namespace is called in prints. */
export const fdName = (type: NamespaceType): string => `${type} namespace`;
