/** The columns of `lsns`, and their values. */
import { Containers } from "../../inspect/container/find.ts";
import { commandOf, statusOf } from "../../inspect/process.ts";
import type { ListedNamespace } from "../../inspect/namespaces.ts";
import { ifReadable } from "../../inspect/proc.ts";
import type { ScannedProcess } from "../../inspect/scan.ts";
import { readAccounts } from "../../launch/run/facts.ts";
import { podLabel } from "../belonging.ts";
import type { Cell, Column } from "../table.ts";

/** The names of lsns(8)'s columns, in the order of --output-all. */
export const USUAL_NAMES = [
  "NS",
  "TYPE",
  "PATH",
  "NPROCS",
  "PID",
  "PPID",
  "COMMAND",
  "UID",
  "USER",
  "NETNSID",
  "NSFS",
  "PNS",
  "ONS",
] as const;

/** Columns that lsns(8) does not have: --output-all and --list-columns leave them to those who ask for them. */
const OWN_NAMES = ["ENGINE", "CONTAINER", "CID", "POD", "UNIT", "UUNIT"] as const;

/** The names of all columns. */
export const COLUMN_NAMES = [...USUAL_NAMES, ...OWN_NAMES] as const;

/** The name of a column. */
export type ColumnName = typeof COLUMN_NAMES[number];

/** A column of lsns, with what --list-columns says of it. */
export interface LsnsColumn extends Column {
  readonly name: ColumnName;
  readonly help: string;
}

const NUMBER = { right: true, number: true } as const;

/** The columns by their names. */
export const COLUMNS: Readonly<Record<ColumnName, LsnsColumn>> = {
  NS: { name: "NS", ...NUMBER, help: "inode number, which identifies the namespace" },
  TYPE: { name: "TYPE", least: 5, help: "type, as in /proc/PID/ns" },
  PATH: { name: "PATH", help: "file by which it can be entered" },
  NPROCS: { name: "NPROCS", ...NUMBER, help: "how many processes are in it" },
  PID: { name: "PID", ...NUMBER, help: "lowest PID among these processes" },
  PPID: { name: "PPID", ...NUMBER, help: "parent of that process" },
  COMMAND: { name: "COMMAND", truncate: true, help: "command line of that process" },
  UID: { name: "UID", ...NUMBER, help: "user id of that process, else of who made the namespace" },
  USER: { name: "USER", help: "name of that user" },
  NETNSID: { name: "NETNSID", right: true, help: "number that this network namespace has for it" },
  NSFS: { name: "NSFS", help: "where its file is mounted" },
  PNS: { name: "PNS", ...NUMBER, help: "inode number of the parent namespace" },
  ONS: { name: "ONS", ...NUMBER, help: "inode number of the owning user namespace" },
  ENGINE: { name: "ENGINE", help: "what made the container that process is in" },
  CONTAINER: { name: "CONTAINER", help: "name of that container" },
  CID: { name: "CID", help: "id of that container" },
  POD: { name: "POD", help: "pod of that container" },
  UNIT: { name: "UNIT", help: "systemd unit of that process" },
  UUNIT: { name: "UUNIT", help: "unit of a user's own systemd" },
};

/** A namespace and the process that stands for it in a row. */
export interface Subject {
  readonly namespace: ListedNamespace;
  readonly process: ScannedProcess | undefined;
}

/** Gives the values of columns, with a cache for processes and accounts. */
export class Cells {
  readonly #uids = new Map<number, number | undefined>();
  readonly #commands = new Map<number, string>();
  #containers: Containers | undefined;
  #users: Map<number, string> | undefined;

  of(column: ColumnName, { namespace, process }: Subject): Cell {
    switch (column) {
      case "NS":
        return namespace.ns;
      case "TYPE":
        return namespace.type;
      case "PATH":
        return process ? `/proc/${process.pid}/ns/${namespace.type}` : pathWithin(namespace);
      case "NPROCS":
        return namespace.processes.length;
      case "PID":
        return process?.pid;
      case "PPID":
        return process?.ppid;
      case "COMMAND":
        return process && this.#command(process);
      case "UID":
        return this.#uid(namespace, process);
      case "USER":
        return this.#user(this.#uid(namespace, process));
      case "NETNSID":
        return netnsid(namespace);
      case "NSFS":
        return namespace.mounts;
      case "PNS":
        return namespace.parent ?? 0;
      case "ONS":
        return namespace.owner ?? 0;
      default:
        return process && this.#belonging(column, process.pid);
    }
  }

  #belonging(column: typeof OWN_NAMES[number], pid: number): string | undefined {
    const { container, unit, userUnit } = (this.#containers ??= new Containers()).of(pid);
    switch (column) {
      case "ENGINE":
        return container?.engine;
      case "CONTAINER":
        return container?.name;
      case "CID":
        return container?.id;
      case "POD":
        return container?.pod && podLabel(container.pod);
      case "UNIT":
        return unit;
      case "UUNIT":
        return userUnit;
    }
  }

  #command({ pid, comm }: ScannedProcess): string {
    let command = this.#commands.get(pid);
    if (command === undefined) {
      command = ifReadable(() => commandOf(pid)) ?? comm;
      this.#commands.set(pid, command);
    }
    return command;
  }

  #uid(namespace: ListedNamespace, process: ScannedProcess | undefined): number {
    if (!process) return namespace.makerUid ?? 0;
    const { pid } = process;
    if (!this.#uids.has(pid)) this.#uids.set(pid, ifReadable(() => statusOf(pid).uid[1]));
    return this.#uids.get(pid) ?? 0;
  }

  #user(uid: number): string {
    // The first account of an id counts, as for getpwuid(3).
    this.#users ??= new Map(readAccounts().reverse().map((account) => [account.uid, account.name]));
    return this.#users.get(uid) ?? String(uid);
  }
}

/** The path, unless it is a mount: those have their own column. */
function pathWithin({ path, mounts }: ListedNamespace): string | undefined {
  return path !== undefined && mounts.includes(path) ? undefined : path;
}

function netnsid({ type, netnsid }: ListedNamespace): string | undefined {
  if (type !== "net" || netnsid === undefined) return undefined;
  return netnsid < 0 ? "unassigned" : String(netnsid);
}
