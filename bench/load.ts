/** Loads: what each contender is to do, the same for all. */
import type { NamespaceType } from "../ffi/abi/namespaces.ts";

/** Namespaces to be created around a program, which is root in them. */
export interface Load {
  readonly name: string;
  /** With "pid" there is a /proc of its own, too, and with "mnt" all mounts are those of the caller. */
  readonly namespaces: readonly NamespaceType[];
}

const FIVE = ["user", "pid", "mnt", "uts", "ipc"] as const;

/** The load that memory is measured with. */
export const FIVE_WITH_PROC: Load = { name: "five namespaces with /proc", namespaces: FIVE };

/** The loads. */
export const LOADS: readonly Load[] = [
  { name: "a user namespace alone", namespaces: ["user"] },
  FIVE_WITH_PROC,
  { name: "the five and a network namespace", namespaces: [...FIVE, "net"] },
];

/** Whether the load has a PID namespace, and so a child in it and its own /proc. */
export const hasProc = ({ namespaces }: Load): boolean => namespaces.includes("pid");
