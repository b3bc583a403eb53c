/** The names of what nsfs and sockfs hold: `mnt:[4026531841]`, `socket:[1234]`. */
import { NAMESPACE_TYPES, type NamespaceType } from "../ffi/abi/namespaces.ts";

/** A namespace: its type, and the inode number of its file in nsfs, which is unique while it lives. */
export interface NamespaceId {
  /** As in /proc/PID/ns. */
  readonly type: NamespaceType;
  /** The inode number: what `readlink /proc/PID/ns/TYPE` and lsns(8) show. */
  readonly ns: number;
}

const NS_LINK = /^([a-z_]+):\[(\d+)\]$/;

/** The namespace that a link of /proc/PID/ns or /proc/PID/fd names; undefined if it names none. */
export function parseNsLink(link: string): NamespaceId | undefined {
  const found = NS_LINK.exec(link);
  const type = NAMESPACE_TYPES.find((known) => known === found?.[1]);
  return found && type ? { type, ns: Number(found[2]) } : undefined;
}

/** The inode of a socket that a link of /proc/PID/fd names; undefined if it names none. */
export function parseSocketLink(link: string): number | undefined {
  const found = /^socket:\[(\d+)\]$/.exec(link);
  return found ? Number(found[1]) : undefined;
}

/** `mnt:[4026531841]` → 4026531841; 0 if there is none. */
export function inodeIn(link: string): number {
  const open = link.indexOf("[");
  return open < 0 ? 0 : Number(link.slice(open + 1, -1));
}
