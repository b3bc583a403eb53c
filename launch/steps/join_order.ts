/** Types of namespaces, as they are joined. @see setns(2) */
import { NAMESPACE_FLAGS, type NamespaceType } from "../../ffi/abi/namespaces.ts";

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

/** The flags of these types. */
export function flagsOf(types: readonly NamespaceType[]): number {
  return types.reduce((flags, type) => flags | NAMESPACE_FLAGS[type], 0);
}

/** How the descriptor of a namespace is called in prints. */
export const fdName = (type: NamespaceType): string => `${type} namespace`;
