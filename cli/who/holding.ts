/** What holds a namespace, in words, and the command that makes it let go. */
import type { NamespaceType } from "../../ffi/abi/namespaces.ts";
import type { Holder } from "../../inspect/holder.ts";
import { holdersIn } from "../../inspect/holders.ts";
import type { ListedNamespace } from "../../inspect/namespaces.ts";
import { hasEnded } from "../../inspect/status.ts";
import { endingOf, isInit, type Witness } from "./ending.ts";
import { shellWord } from "../../ffi/shell_word.ts";

/** A holder in words. */
export interface Holding {
  /** "process", "descriptor" … */
  readonly kind: Holder["kind"];
  readonly what: string;
  /** The command that frees the namespace from it; null if none does. */
  readonly free: string | null;
  /** What else there is to say. */
  readonly note?: string;
}

/** Everything that holds a namespace but nido itself, `self` in /proc, which is gone when this is read. */
export function othersHolding(
  namespace: ListedNamespace,
  all: readonly ListedNamespace[],
  self: number | undefined,
): Holder[] {
  return holdersIn(namespace, all).filter((holder) => !("pid" in holder) || holder.pid !== self);
}

/** What is done about a holder, beside what it is. */
type Part = Omit<Holding, "kind">;

const nameOf = (pid: number, witness: Witness): string => witness.status(pid)?.name ?? "(ended)";

/** A holder in words. */
export function holdingOf(holder: Holder, witness: Witness, ascii: boolean): Holding {
  const { kind } = holder;
  switch (kind) {
    case "process":
    case "thread":
    case "for_children":
    case "descriptor":
    case "socket":
      return { kind, ...ofProcess(holder, witness) };
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

function ofProcess(
  holder: Extract<Holder, { pid: number; mnt?: undefined }>,
  witness: Witness,
): Part {
  const { pid } = holder;
  const process = `${pid} ${nameOf(pid, witness)}`;
  const { command: free, note } = endingOf(pid, witness);
  const part = (what: string): Part => ({ what, free, ...(note === undefined ? {} : { note }) });
  switch (holder.kind) {
    case "process": {
      const status = witness.status(pid);
      const is = !status ? "" : hasEnded(status) ? " (zombie)" : isInit(status) ? " (PID 1)" : "";
      return part(`process ${process}${is}`);
    }
    case "thread":
      return part(`thread ${holder.tid} of ${process}`);
    case "for_children":
      return part(
        `next children of ${holder.tid === pid ? "" : `thread ${holder.tid} of `}${process}`,
      );
    default: {
      const close = `let it close fd ${holder.fd}`;
      return {
        what: `${holder.kind === "socket" ? "socket, " : ""}fd ${holder.fd} of ${process}`,
        free,
        note: free === null ? close : `or ${close}`,
      };
    }
  }
}

/**
 * Programs of another mount namespace are those of who is in there: nobody is told to run its
 * umount(8), which root would do with all of root's capabilities.
 */
function ofMount(
  { path, mnt, here }: Extract<Holder, { kind: "mount" }>,
  { isRoot }: Witness,
  ascii: boolean,
): Part {
  if (here) {
    const free = `umount ${shellWord(path, ascii)}`;
    return { what: `mount ${path}`, free, ...(isRoot ? {} : { note: "as root" }) };
  }
  return {
    what: `mount ${path} in mnt:[${mnt}]`,
    free: whoOf({ type: "mnt", ns: mnt }),
    note: "it goes with that namespace",
  };
}

/** Whether no command frees a namespace: what is in it cannot be ended from here. */
export function livesOn(holdings: readonly Holding[]): boolean {
  return holdings.some(({ kind, free }) =>
    free === null && (kind === "process" || kind === "thread" || kind === "for_children")
  );
}
