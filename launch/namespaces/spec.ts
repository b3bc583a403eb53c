/** Names of namespace types as people write them. */
import { NAMESPACE_TYPES, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import { nearest } from "../suggest.ts";

/** What the kernel's documentation, options of nsenter(1) and others call them. */
const ALSO: Readonly<Record<string, NamespaceType>> = {
  hostname: "uts",
  mount: "mnt",
  network: "net",
  process: "pid",
};

/** Whether it is the name of a type. */
export function isNamespaceType(name: string): name is NamespaceType {
  return NAMESPACE_TYPES.some((type) => type === name);
}

/** What to say of a name that is none. */
export function unknownType(name: string): string {
  const guess = nearest(name, [...Object.keys(ALSO), ...NAMESPACE_TYPES]);
  const meant = guess === undefined ? "" : `; did you mean '${ALSO[guess] ?? guess}'?`;
  return `unknown namespace type: '${name}'${meant}`;
}
