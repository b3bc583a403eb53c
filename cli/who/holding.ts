/** What holds a namespace, in words, and the command that makes it let go. */
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import type { Holder } from "../../inspect/holder.ts";
import { holdersIn } from "../../inspect/holders.ts";
import type { ListedNamespace } from "../../inspect/namespaces.ts";
import { shellWord } from "./shell_word.ts";

/** What has to be known of the processes that hold. */
export interface Witness {
  /** The name of a process. */
  name(pid: number): string;
  /** Whether it has ended, and whose child it is. */
  zombieOf(pid: number): number | undefined;
  /** Whether it is PID 1 in its PID namespace. */
  isInit(pid: number): boolean;
  /** Whether its root directory is another than its mount namespace's. */
  hasOwnRoot(pid: number): boolean;
  /** Whether it is in a user namespace other than the caller's, who is not root. */
  needsUser(pid: number): boolean;
}

/** A holder in words. */
export interface Holding {
  /** "process", "descriptor" … */
  readonly kind: Holder["kind"];
  readonly what: string;
  /** The command that frees the namespace from it. */
  readonly free: string;
  /** What else there is to say. */
  readonly note?: string;
}

/** Everything that holds a namespace but nido itself, which is gone when this is read. */
export function othersHolding(
  namespace: ListedNamespace,
  all: readonly ListedNamespace[],
  self: number,
): Holder[] {
  return holdersIn(namespace, all).filter((holder) => !("pid" in holder) || holder.pid !== self);
}

/** A holder of a namespace of this type, in words. */
export function holdingOf(
  holder: Holder,
  type: NamespaceType,
  witness: Witness,
  ascii: boolean,
): Holding {
  const { kind } = holder;
  switch (kind) {
    case "process":
      return { kind, ...ofProcess(holder.pid, type, witness) };
    case "thread":
      return {
        kind,
        what: `thread ${holder.tid} of ${holder.pid} ${witness.name(holder.pid)}`,
        free: `kill ${holder.pid}`,
      };
    case "for_children":
      return {
        kind,
        what: holder.tid === holder.pid
          ? `next children of ${holder.pid} ${witness.name(holder.pid)}`
          : `next children of thread ${holder.tid} of ${holder.pid} ${witness.name(holder.pid)}`,
        free: `kill ${holder.pid}`,
      };
    case "descriptor":
    case "socket":
      return {
        kind,
        what: `${kind === "socket" ? "socket, " : ""}fd ${holder.fd} of ${holder.pid} ${
          witness.name(holder.pid)
        }`,
        free: `kill ${holder.pid}`,
        note: `or let it close fd ${holder.fd}`,
      };
    case "mount":
      return { kind, ...ofMount(holder, witness, ascii) };
    case "child":
      return { kind, what: `its child ${holder.type}:[${holder.ns}]`, free: whoOf(holder) };
    case "owned":
      return { kind, what: `it owns ${holder.type}:[${holder.ns}]`, free: whoOf(holder) };
  }
}

const whoOf = ({ type, ns }: { type: NamespaceType; ns: number }): string =>
  `nido who '${type}:[${ns}]'`;

type Part = Omit<Holding, "kind">;

function ofProcess(pid: number, type: NamespaceType, witness: Witness): Part {
  const what = `process ${pid} ${witness.name(pid)}`;
  const parent = witness.zombieOf(pid);
  if (parent !== undefined) {
    return {
      what: `${what} (zombie)`,
      free: `kill ${parent}`,
      note: "its parent must wait for it",
    };
  }
  if (type === "pid" && witness.isInit(pid)) {
    // PID 1 gets no signal from inside that it has no handler for, and takes all others with it.
    return { what: `${what} (PID 1)`, free: `kill -KILL ${pid}`, note: "ends all others in it" };
  }
  return { what, free: `kill ${pid}` };
}

function ofMount(
  { path, pid, mnt, here }: Extract<Holder, { kind: "mount" }>,
  witness: Witness,
  ascii: boolean,
): Part {
  const umount = `umount ${shellWord(path, ascii)}`;
  if (here) return { what: `mount ${path}`, free: umount };
  const enter = [
    `nsenter -t ${pid}`,
    ...(witness.needsUser(pid) ? ["-U --preserve-credentials"] : []),
    "-m",
    ...(witness.hasOwnRoot(pid) ? ["-r"] : []),
  ].join(" ");
  return { what: `mount ${path} in mnt:[${mnt}]`, free: `${enter} ${umount}` };
}
