/** What the functions that append steps get. */
import type { When } from "../engine/condition.ts";
import type { Variable } from "../engine/value.ts";
import type { Failure, FrontEnd, Hint, Message } from "../engine/failure.ts";
import type { Asked } from "./request.ts";
import type { Starter } from "./starter.ts";
import type { Ids } from "./ids/caller.ts";

/** For the first steps. */
export interface Start extends Asked {
  readonly starter: Starter;
  /** The front ends, whose words messages are in: s.voice tells which speaks. */
  readonly fronts: readonly FrontEnd[];
}

/** For all steps after those that find out who starts the launch. */
export interface Context extends Start {
  readonly ids: Ids;
  /** Whether the launcher is a copy in memory: see start/own_copy.ts. */
  readonly isCopy: When;
  /** Descriptors that are opened before namespaces are joined, and used afterwards. */
  readonly held: Held;
  /** Of a launch that joins namespaces, after those steps. */
  readonly joined?: Joined;
}

/** See proc/files.ts, root/opened.ts and join/tree.ts. */
export interface Held {
  /** The caller's /proc. */
  proc?: Variable;
  /** The file by which clocks are set. */
  clocks?: Variable;
  /** Tells that the program could not be executed. */
  missed?: () => void;
  /** The path of the caller's working directory, a C string. */
  folder?: Variable;
  /** The capabilities that root had outside, or all: those are not got back in a user namespace. */
  capabilities?: Variable;
  /** The mount namespace that the launch was started in. */
  mounts?: Variable;
  /** The target's root directory, its mount namespace, and a copy of its mounts. */
  treeRoot?: Variable;
  treeMounts?: Variable;
  tree?: Variable;
}

/** Results of the steps that join namespaces. */
export interface Joined {
  /** Whether a user namespace is joined. */
  readonly user: When;
  /** The ids of the target in the program's user namespace, if the program follows them. */
  readonly uid?: Variable;
  readonly gid?: Variable;
  /** 1 if supplementary groups were dropped before anything was joined. */
  readonly groupsDropped?: Variable;
  /** The address of the target's environment, if the program gets it. */
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
