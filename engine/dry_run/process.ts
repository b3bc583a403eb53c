/** Processes of a dry run, and what the kernel would know of each. */
import { CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH } from "../../ffi/abi/capability.ts";
import type { File } from "./descriptors.ts";
import type { Interpreter } from "./interpreter.ts";
import { Paths } from "./paths.ts";
import type { Node } from "./tree.ts";

/** A limit for one read or write. */
export const MOST_BYTES: number = 1 << 24;

/** Two structs of three sets. */
export const CAPABILITY_BYTES = 24;

/** An argument that is an int. */
export const int32 = (value: bigint | undefined): number => Number(BigInt.asIntN(32, value ?? 0n));

/** A simulated new or joined user namespace. */
export interface UserNamespace {
  /** The /proc folder of a process in it. */
  readonly folder?: string;
  isDenied: boolean;
  /** How many user namespaces there may be in it, all together, if that is limited. */
  most?: number;
}

/** A process of a dry run. */
export class Process {
  readonly files: Map<number, File>;
  /** Ranges of inherited descriptors that it has closed. */
  closed: readonly (readonly [first: number, last: number])[] = [];
  readonly paths: Paths;
  /** What is mounted on its root: only `/..` leads there. */
  top: Node | undefined;
  /** Its root and its working directory, where they are in a simulated file system. */
  root: Node | undefined;
  folder: Node | undefined;
  readonly children: Process[] = [];
  /** Whether a new user namespace gives it all capabilities. */
  isPrivileged = false;
  /** The user namespace that it would be in; undefined as long as it is this process's own. */
  userNamespace: UserNamespace | undefined;
  /** CLONE_NEW* of those that it has made, for itself or its children. */
  newNamespaces = 0;
  /** The argument of the last capset(2). */
  capabilities: Uint8Array | undefined;
  readonly actions: Map<number, Uint8Array>;
  mask = 0n;
  /** Its status, as wait4(2) gives it, when it has ended or is a program of its own. */
  status: number | undefined;
  /** Whether its end has been told by a signal, and by wait4(2). */
  isSignalled = false;
  isReaped = false;

  readonly pid: number;
  interpreter: Interpreter;
  readonly parent: Process | undefined;

  constructor(pid: number, interpreter: Interpreter, parent?: Process) {
    this.pid = pid;
    this.interpreter = interpreter;
    this.parent = parent;
    this.files = new Map(parent?.files);
    this.paths = parent?.paths.copy() ?? new Paths();
    this.actions = new Map(parent?.actions);
    if (!parent) return;
    this.top = parent.top;
    this.closed = parent.closed;
    this.root = parent.root;
    this.folder = parent.folder;
    this.isPrivileged = parent.isPrivileged;
    this.userNamespace = parent.userNamespace;
    this.newNamespaces = parent.newNamespaces;
    this.capabilities = parent.capabilities;
    this.mask = parent.mask;
    parent.children.push(this);
    for (const { writes } of this.files.values()) if (writes) writes.writers++;
  }

  /** Whether capset(2) has left it nothing by which it overrides the modes of directories. */
  get obeysModes(): boolean {
    const bits = 1 << CAP_DAC_OVERRIDE | 1 << CAP_DAC_READ_SEARCH;
    return this.capabilities !== undefined && (this.capabilities[0]! & bits) === 0;
  }

  end(status: number): void {
    this.status = status;
    for (const { writes } of this.files.values()) if (writes) writes.writers--;
    this.files.clear();
  }
}
