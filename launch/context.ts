/** What every group of steps is made from. */
import type { When } from "../engine/condition.ts";
import type { Variable } from "../engine/value.ts";
import type { Failure, FrontEnd, Hint, Message } from "../engine/failure.ts";
import type { Asked } from "./request.ts";
import type { Starter } from "./starter.ts";
import type { Ids } from "./ids/caller.ts";

/** What the first steps are made from. */
export interface Start extends Asked {
  readonly starter: Starter;
  /** In whose words the launch speaks. */
  readonly front: FrontEnd;
}

/** What is known when it has been found out who starts the launch. */
export interface Context extends Start {
  readonly ids: Ids;
  /** Descriptors that are opened before namespaces are joined, and used behind that. */
  readonly held: Held;
  /** Of a launch that joins namespaces, behind the steps that do so. */
  readonly joined?: Joined;
}

/** See proc/files.ts. */
export interface Held {
  /** The caller's /proc. */
  proc?: Variable;
  /** The file by which clocks are set. */
  clocks?: Variable;
}

/** What those who join namespaces leave to later steps. */
export interface Joined {
  /** Whether a user namespace is joined. */
  readonly user: When;
  /** The ids of the target, as the program's user namespace has them, where they are followed. */
  readonly uid?: Variable;
  readonly gid?: Variable;
  /** 1 if supplementary groups were dropped before anything was joined. */
  readonly groupsDropped?: Variable;
  /** The address of the target's environment, where that is the program's. */
  readonly environ?: Variable;
}

/** nido's own errors have this exit status, as unshare's have. */
export const EXIT_FAILURE = 1;

/** Exit statuses of a program that cannot be run. @see sh(1), "Exit status" */
export const EXIT_NOT_EXECUTABLE = 126;
export const EXIT_NOT_FOUND = 127;

/** A failure of nido's own. */
export function failed(message: Message, hints: readonly Hint[] = []): Failure {
  return { message, status: EXIT_FAILURE, hints };
}
