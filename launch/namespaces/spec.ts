/** New namespaces, as a spec has them, and names of types as people write them. */
import { NAMESPACE_TYPES, type NamespaceType } from "../../ffi/abi/namespaces.ts";
import type { Bytes } from "../../ffi/bytes.ts";
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

/** New namespaces, what keeps them, and their names. */
export interface NamespacesSpec<Open = never> {
  /** Namespaces to create, in those that are joined. */
  readonly namespaces: readonly NamespaceType[] | Open;
  /** Files, in the caller's mount namespace, to bind new namespaces to, so that they stay. */
  readonly persist?: Readonly<Partial<Record<NamespaceType, Bytes | Open>>>;
  /**
   * Host name in the new UTS namespace, which it implies: at most 64 bytes.
   *
   * @see sethostname(2)
   */
  readonly hostname?: Bytes | Open;
  /** NIS domain name in the new UTS namespace, which it implies: at most 64 bytes. */
  readonly domainname?: Bytes | Open;
}

/** Namespaces that are created where they can be, or where they must. */
export interface SettledSpec<Open = never> {
  /**
   * Namespaces to create where there can be some: "user", "cgroup". `mapUser` and `mapGroup` do not imply a
   * user namespace then.
   */
  readonly tryNamespaces?: readonly NamespaceType[] | Open;
  /**
   * Unless root starts it: create a user namespace, if none is joined by a descriptor, and give the program no
   * capabilities but those that `capabilities` adds. `mapUser` and `mapGroup` do not imply one then.
   */
  readonly rootless?: boolean | Open;
}
